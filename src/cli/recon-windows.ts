import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { SlicewiseError } from '../../core/errors.js';
import type { PhaseListener } from '../../core/phases.js';
import { createFileSink, openFileSource, type FileSink } from '../../core/platform/byte-files.js';
import { machineMemory } from '../../core/platform/threads.js';
import { defaultMethod } from '../engine/request.js';
import { largeReadingOf, openLargeScan } from '../engine/windows/open-large.js';
import { overlapOf, planWindows, wholeBytes, type WindowOptions } from '../engine/windows/plan.js';
import { reconstructWindows, usesPrior, type DoneWindow, type WindowedResult } from '../engine/windows/reconstruct-windows.js';
import type { InputRecord } from '../report/index.js';
import { openBackend } from './backend.js';
import type { CommandContext } from './command.js';
import { scanFlags } from './inputs.js';
import { saveJson } from './outputs.js';
import { showPhases } from './phases.js';
import { requireAgreement, runOptions, type Given } from './recon-flags.js';
import { reportOf } from './recon-report.js';
import { tellHeldOut, writeReport } from './recon-save.js';
import { bytes, duration, kebab, sizes } from './text.js';

/**
 * How the run of a file is cut, when it is: asked for by a flag, or larger than memory and written to a copy of the file.
 * @param available bytes that the run may take where no flag says it; default the machine's
 * @throws SlicewiseError ARGUMENT for flags that are none, or that files of this name do not have
 */
export async function windowsFor(path: string, flags: Given, available: number = machineMemory()): Promise<WindowOptions | undefined> {
  const { output, windows, overlap, memory: bound, method } = flags;
  const asked = [windows, overlap, bound].some((value) => value !== undefined);
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
  const memory = bound === undefined ? available : parseBytes(bound);
  const options = { ...parseWindows(flags), memory };
  if (windows !== undefined || overlap !== undefined) return options;
  const source = await openFileSource(path);
  try {
    const values = await large.values(source, { ...(await scanFlags(flags)) });
    return wholeBytes({ shape: [1, 1, values] }, usesPrior({ method })) > memory ? options : undefined;
  } finally {
    await source.close();
  }
}

/** `96` lines with all of their traces (along a single line: traces), or `96x256`: lines × traces. */
function parseWindows({ windows, overlap }: Given): Pick<WindowOptions, 'size' | 'overlap'> {
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
export function parseBytes(text: string): number {
  const [, digits, unit] = /^\s*([\d.]+)\s*([kmgt]?)i?b?\s*$/i.exec(text) ?? [];
  const value = Number(digits) * UNITS[(unit ?? '').toLowerCase()];
  if (value > 0) return value;
  throw new SlicewiseError('ARGUMENT', { message: '--memory', expected: 'bytes, such as 4GB or 800MB', got: `'${text}'` });
}

/** Flags that need the whole image, or mean nothing for such files. */
const CHECKPOINTS = ['checkpoint', 'checkpointSeconds', 'resume'];
const WHOLE = ['std', 'uncertainty', 'decompose', 'support', 'unmeasured', 'complex', 'reference', ...CHECKPOINTS, 'tune', 'tuneSeconds'];

/**
 * What `recon` does for a file that is read in windows.
 * @throws SlicewiseError ARGUMENT for flags that need the whole image; as the reader, the run and the output do
 */
export async function reconInWindows(
  path: string,
  given: Given,
  cut: WindowOptions,
  context: CommandContext & { readonly print: (text: string) => void },
): Promise<void> {
  const { terminal, leaveNothing, watch } = context;
  // checkpoints of a run that is one of many are asked for whatever the file
  const refused = watch ? WHOLE.filter((name) => !CHECKPOINTS.includes(name)) : WHOLE;
  const wrong = refused.find((name) => given[name] !== undefined);
  if (wrong) {
    throw new SlicewiseError('ARGUMENT', {
      message: `--${kebab(wrong)} needs the whole survey in memory, which goes in windows here`,
      hint: 'leave it out',
    });
  }
  leaveNothing();
  const { output, report, json } = given;
  const source = await openFileSource(path);
  try {
    const scan = await openLargeScan(source, await scanFlags(given));
    const method = given.method ?? defaultMethod(scan);
    requireAgreement({ ...given, method });
    const own = await runOptions(given, method);
    for (const warning of scan.warnings) terminal.note(`warning: ${warning}`);
    const plan = planWindows(scan, cut, usesPrior({ method }));
    const count = plan.lines.length * plan.rows.length;
    const size = sizes([plan.lines[0].count, plan.rows[0].count, scan.shape[2]]);
    const overlap = `${overlapOf(plan.lines)} × ${overlapOf(plan.rows)}`;
    terminal.note(`${sizes(scan.shape)} in ${count} windows of ${size}, overlap ${overlap}; memory about ${bytes(plan.bytes)}`);
    let shown: DoneWindow | undefined;
    const onWindow = (window: DoneWindow): void => {
      if ((report || watch) && (!shown || fromMiddle(window, scan.shape) < fromMiddle(shown, scan.shape))) shown = window;
    };
    const backend = await openBackend({ ...given, relaxed: watch?.relaxed }, terminal);
    let result: WindowedResult;
    try {
      await watch?.planned(plan.bytes, backend.build);
      const phases = showPhases(terminal);
      const progress: PhaseListener = (phase, done, total) => {
        phases.listen(phase, done, total);
        watch?.phase(phase, done, total);
      };
      result = await intoFile(output, (sink) => reconstructWindows(scan, sink, { ...own, backend, progress, windows: cut, onWindow }));
      phases.end();
    } finally {
      await backend.dispose();
    }
    const { manifest, windows, rows } = result;
    const known = new Set(scan.warnings);
    for (const warning of manifest.warnings) if (!known.has(warning)) terminal.note(`warning: ${warning}`);
    const done = `${rows} traces in ${windows} windows written into a copy of ${path}`;
    terminal.out(`${output}: ${done}; ${manifest.method.name} in ${duration(manifest.timings.totalSeconds)}`);
    tellHeldOut(manifest, terminal);
    watch?.done(shown?.result.volume);
    if (!report && !json) return;
    const told = { ...manifest, inputs: [await streamedRecord(path, source.size)] };
    const whole = { ...told, peakBytes: process.resourceUsage().maxRSS * 1024 };
    if (json === '-') context.print(JSON.stringify(whole, null, 2));
    else if (json) await saveJson(json, whole);
    if (!report || !shown) return;
    const { lines, rows: span } = shown;
    const place = `lines ${lines.start + 1} to ${lines.start + lines.count}, traces ${span.start + 1} to ${span.start + span.count}`;
    const made = reportOf({
      path: `${path}, the window of ${place}`,
      scan: shown.scan,
      method: manifest.method.name,
      result: { ...shown.result, manifest: told },
    });
    await writeReport(report, made, terminal, ` of ${place}`);
  } finally {
    await source.close();
  }
}

/** A file that is there when all of it is; nothing is left of one that failed. */
async function intoFile<T>(path: string, work: (sink: FileSink) => Promise<T>): Promise<T> {
  const sink = await createFileSink(path);
  try {
    const result = await work(sink);
    await sink.commit();
    return result;
  } catch (error) {
    await sink.abort();
    throw error;
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
