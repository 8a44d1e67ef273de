import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { modelSources } from '../../src/node.js';
import { createBackend } from '../../src/index.js';
import { chooseMethod, trialsOf, type Choice } from '../../src/engine/judge/auto.js';
import { chooseGuarded, guardedBy, partOptions } from '../../src/engine/judge/guard.js';
import type { Runner } from '../../src/engine/judge/judge.js';
import { heldOutChoice } from '../../src/engine/judge/record.js';
import { blendOfResults } from '../../src/engine/judge/result.js';
import { plannedGuide } from '../../src/engine/guide.js';
import { priorSource } from '../../src/engine/prior-source.js';
import type { ReconstructOptions } from '../../src/engine/options.js';
import { runToEnd, type ReconstructionResult } from '../../src/engine/reconstruct.js';
import { requestOf } from '../../src/engine/request.js';
import type { TraceGrid } from '../../src/modalities/seismic/classical/grid.js';
import { makeVolume } from '../../volumes/volume.js';
import type { Measurement } from '../../volumes/measurement.js';
import { scanOfGrid } from './seismic-scan.js';

/** A result as it was chosen by hidden traces. */
export interface Chosen {
  readonly data: Float32Array;
  /** What was taken, and dB on hidden traces. */
  readonly chosen: string;
  readonly expected: number;
  /** CPU seconds of all its runs. */
  readonly seconds: number;
}

/** What a method alone made of the grid, where it was made. */
export interface Alone {
  readonly method: string;
  readonly data: Float32Array;
  readonly seconds: number;
}

/** Runs by scan and method, kept in files: how methods are put together is tried again without them. */
class KeptRuns {
  readonly seconds = new Map<ReconstructionResult, number>();
  /** Runs since it was emptied. */
  used = new Set<ReconstructionResult>();
  readonly #known = new Map<string, ReconstructionResult>();

  constructor(
    private readonly folder: string,
    /** What a scan is called; one that is not here is not kept. */
    private readonly names: ReadonlyMap<Measurement, string>,
  ) {}

  readonly run: Runner = async (scan, options) => {
    const key = `${this.names.get(scan)!}-${String(options.method)}`;
    let result = this.#known.get(key);
    if (!result) {
      const kept = await this.#read(key, scan);
      result = kept?.result ?? (await this.#made(key, scan, options));
      this.#known.set(key, result);
      if (kept) this.seconds.set(result, kept.seconds);
    }
    this.used.add(result);
    return result;
  };

  /** Methods that were made of a scan. */
  of(scan: Measurement): readonly (readonly [string, ReconstructionResult])[] {
    const name = `${this.names.get(scan)!}-`;
    return [...this.#known].filter(([key]) => key.startsWith(name)).map(([key, result]) => [key.slice(name.length), result]);
  }

  async #made(key: string, scan: Measurement, options: ReconstructOptions): Promise<ReconstructionResult> {
    const begun = process.cpuUsage();
    const result = await runToEnd(scan, options);
    const { user, system } = process.cpuUsage(begun);
    const seconds = (user + system) / 1e6;
    this.seconds.set(result, seconds);
    const { data } = result.volume;
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${this.folder}/${key}.f32`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    await writeFile(`${this.folder}/${key}.json`, JSON.stringify({ seconds, manifest: result.manifest }));
    return result;
  }

  async #read(key: string, scan: Measurement): Promise<{ result: ReconstructionResult; seconds: number } | undefined> {
    const text = await readFile(`${this.folder}/${key}.json`, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const { seconds, manifest } = JSON.parse(text) as { seconds: number; manifest: ReconstructionResult['manifest'] };
    const { buffer } = Uint8Array.from(await readFile(`${this.folder}/${key}.f32`));
    const volume = makeVolume(new Float32Array(buffer), scan.grid.shape, { ...scan.grid, units: 'arbitrary', modality: 'seismic' });
    return { result: { volume, manifest, events: [] }, seconds };
  }
}

/**
 * What `recon --method auto` and `recon --method dds --prior seismic-2d` make of a grid. Both try methods on the same hidden traces: every
 * run of it is made once. There is no bound on the time, so that a loaded machine chooses as an idle one does.
 * @param folder in which runs are kept
 */
export async function chosenTogether(
  grid: TraceGrid,
  seed: number,
  folder: string,
): Promise<{ auto: Chosen; dds: Chosen; alone: readonly Alone[] }> {
  const backend = createBackend({ workers: 1 });
  const scan = scanOfGrid(grid);
  try {
    const options = { zoo: modelSources(), seed, backend };
    const request = requestOf(scan, { ...options, method: 'auto' });
    const trials = trialsOf(request, seed);
    const runs = new KeptRuns(folder, new Map([[scan, 'whole'], ...trials.map((trial, n) => [trial.scan, `trial${n}`] as const)]));
    const { run } = runs;
    const made = async ({ parts, record }: Choice, own: object): Promise<Chosen> => {
      const results = [];
      for (const part of parts) results.push(await run(scan, partOptions({ ...options, ...own }, part)));
      const weights = parts.map(({ weight }) => weight);
      const { volume } = blendOfResults(request, results, weights);
      const total = [...runs.used].reduce((sum, result) => sum + runs.seconds.get(result)!, 0);
      return { data: volume.data, chosen: heldOutChoice(record), expected: record.snr, seconds: total };
    };
    const auto = await made(await chooseMethod(request, { budget: Infinity }, run, trials), {});
    runs.used = new Set();
    const named = { method: 'dds', prior: 'seismic-2d' } as const;
    const asked = requestOf(scan, { ...options, ...named });
    const candidates = guardedBy(asked, plannedGuide(asked, await priorSource(asked.options)))!;
    const dds = await made(await chooseGuarded(asked, candidates, run, trials), named);
    const alone = runs.of(scan).map(([method, result]) => ({ method, data: result.volume.data, seconds: runs.seconds.get(result)! }));
    return { auto, dds, alone };
  } finally {
    await backend.dispose();
  }
}
