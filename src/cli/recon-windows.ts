import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { SlicewiseError } from '../../core/errors.js';
import { createFileSink, openFileSource } from '../../core/platform/byte-files.js';
import { writeFileAtomic } from '../../core/platform/files.js';
import { machineMemory } from '../../core/platform/threads.js';
import { heldOutChoice, heldOutTable, heldOutText } from '../engine/judge/record.js';
import type { ReconstructOptions } from '../engine/options.js';
import { defaultMethod } from '../engine/request.js';
import type { ReadScanOptions } from '../engine/scan-options.js';
import { largeReadingOf, openLargeScan } from '../engine/windows/open-large.js';
import { overlapOf, planWindows, wholeBytes, type WindowOptions } from '../engine/windows/plan.js';
import { reconstructWindows, usesPrior, type DoneWindow } from '../engine/windows/reconstruct-windows.js';
import type { InputRecord } from '../report/index.js';
import type { CommandContext } from './command.js';
import { saveJson } from './outputs.js';
import { reportOf } from './recon-report.js';
import { bytes, duration, sizes } from './text.js';

/** Flags of runs in windows. */
export interface WindowFlags {
  readonly windows?: string;
  readonly overlap?: number;
  readonly memory?: string;
}

/**
 * How the run of a file is cut, when it is: asked for by a flag, or larger than memory and written to a copy of the file.
 * @throws SlicewiseError ARGUMENT for flags that are none, or that files of this name do not have
 */
export async function windowsFor(
  path: string,
  output: string,
  flags: WindowFlags,
  method: string | undefined,
  reading: ReadScanOptions,
): Promise<WindowOptions | undefined> {
  const asked = Object.values(flags).some((value) => value !== undefined);
  const name = basename(path);
  const large = (await stat(path).catch(() => undefined))?.isFile() ? largeReadingOf(name) : undefined;
  if (!large || !large.writes(name, basename(output))) {
    if (!asked) return undefined;
    throw new SlicewiseError('ARGUMENT', {
      message: 'runs in windows (--windows, --overlap, --memory) write into a copy of the input',
      expected: 'SEG-Y to SEG-Y, or SU to SU',
      got: `'${path}' to '${output}'`,
    });
  }
  const memory = flags.memory === undefined ? machineMemory() : parseBytes(flags.memory);
  const options = { ...parseWindows(flags), memory };
  if (flags.windows !== undefined || flags.overlap !== undefined) return options;
  const source = await openFileSource(path);
  try {
    const values = await large.values(source, { ...reading });
    return wholeBytes({ shape: [1, 1, values] }, usesPrior({ method })) > memory ? options : undefined;
  } finally {
    await source.close();
  }
}

/** `96` lines with all of their traces (along a single line: traces), or `96x256`: lines × traces. */
function parseWindows({ windows, overlap }: WindowFlags): Pick<WindowOptions, 'size' | 'overlap'> {
  const shared = overlap === undefined ? {} : { overlap };
  if (windows === undefined) return shared;
  const numbers = windows.split(/[x×]/).map(Number);
  if (numbers.length > 2 || !numbers.every((n) => Number.isInteger(n) && n > 0)) {
    throw new SlicewiseError('ARGUMENT', { message: '--windows', expected: 'lines, or lines x traces: 96x256', got: `'${windows}'` });
  }
  return { size: numbers as [number] | [number, number], ...shared };
}

const UNITS: { readonly [unit: string]: number } = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** `4GB`, `800MB`, or bytes. */
function parseBytes(text: string): number {
  const [, digits, unit] = /^\s*([\d.]+)\s*([kmgt]?)i?b?\s*$/i.exec(text) ?? [];
  const value = Number(digits) * UNITS[(unit ?? '').toLowerCase()];
  if (value > 0) return value;
  throw new SlicewiseError('ARGUMENT', { message: '--memory', expected: 'bytes, such as 4GB or 800MB', got: `'${text}'` });
}

/**
 * What `recon` does for a file that is read in windows.
 * @param optionsOf options of the run for a method
 */
export async function reconInWindows(
  path: string,
  given: { readonly output: string; readonly method?: string; readonly report?: string; readonly json?: string },
  cut: WindowOptions,
  optionsOf: (method: string) => ReconstructOptions,
  reading: ReadScanOptions,
  { terminal, interruptible }: CommandContext,
): Promise<void> {
  const signal = interruptible();
  const { output, method: asked, report, json } = given;
  const source = await openFileSource(path);
  try {
    const scan = await openLargeScan(source, reading, signal);
    const method = asked ?? defaultMethod(scan);
    const options = { ...optionsOf(method), method, signal };
    for (const warning of scan.warnings) terminal.note(`warning: ${warning}`);
    const plan = planWindows(scan, cut, usesPrior(options));
    const count = plan.lines.length * plan.rows.length;
    const size = sizes([plan.lines[0].count, plan.rows[0].count, scan.shape[2]]);
    const overlap = `${overlapOf(plan.lines)} × ${overlapOf(plan.rows)}`;
    terminal.note(`${sizes(scan.shape)} in ${count} windows of ${size}, overlap ${overlap}; memory about ${bytes(plan.bytes)}`);
    let shown: DoneWindow | undefined;
    const onWindow = (window: DoneWindow): void => {
      if (report && (!shown || fromMiddle(window, scan.shape) < fromMiddle(shown, scan.shape))) shown = window;
    };
    const sink = await createFileSink(output);
    const run = reconstructWindows(scan, sink, { ...options, windows: cut, onWindow });
    const { manifest, windows, rows } = await run.then(
      async (result) => {
        await sink.commit();
        return result;
      },
      async (error: unknown) => {
        await sink.abort();
        throw error;
      },
    );
    const known = new Set(scan.warnings);
    for (const warning of manifest.warnings) if (!known.has(warning)) terminal.note(`warning: ${warning}`);
    const { heldOut, timings } = manifest;
    const done = `${rows} traces in ${windows} windows written into a copy of ${path}`;
    terminal.out(`${output}: ${done}; ${manifest.method.name} in ${duration(timings.totalSeconds)}`);
    if (heldOut) {
      if (heldOut.table) terminal.out(`tried on hidden ${heldOut.what}: ${heldOutTable(heldOut)}`);
      if (heldOut.chosen) terminal.out(`chosen: ${heldOutChoice(heldOut)}`);
      terminal.out(`judged without truth: ${heldOutText(heldOut)}`);
    }
    if (!report && !json) return;
    const told = { ...manifest, inputs: [await streamedRecord(path, source.size)] };
    if (json) await saveJson(json, { ...told, peakBytes: process.resourceUsage().maxRSS * 1024 });
    if (!report || !shown) return;
    const { lines, rows: span } = shown;
    const place = `lines ${lines.start + 1} to ${lines.start + lines.count}, traces ${span.start + 1} to ${span.start + span.count}`;
    const made = reportOf({
      path: `${path}, the window of ${place}`,
      scan: shown.scan,
      method: manifest.method.name,
      result: { ...shown.result, manifest: told },
    });
    await writeFileAtomic(report, new TextEncoder().encode(made.html()));
    const montage = `${report.replace(/\.html?$/i, '')}.png`;
    await writeFileAtomic(montage, made.png());
    terminal.out(`${report} and ${montage}: report of ${place}`);
  } finally {
    await source.close();
  }
}

/** How far the middle of a window is from that of the scan, in shares of its sides. */
const fromMiddle = ({ lines, rows }: Pick<DoneWindow, 'lines' | 'rows'>, [l, r]: readonly number[]): number =>
  Math.abs((lines.start + lines.count / 2) / l - 0.5) + Math.abs((rows.start + rows.count / 2) / r - 0.5);

/** Name, size and hash of a file, read in pieces. */
async function streamedRecord(path: string, size: number): Promise<InputRecord> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return { name: path, bytes: size, sha256: hash.digest('hex') };
}
