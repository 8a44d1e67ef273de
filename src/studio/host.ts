import type { Backend } from '../../compute/backend.js';
import { createCpuBackend } from '../../compute/cpu/backend.js';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import { sha256 } from '../../core/sha256.js';
import { bytes as bytesText } from '../../core/text.js';
import { cardFit, runsOnGpu } from '../../models/card/card-fit.js';
import { findModels, type ModelSources } from '../../models/sources/zoo.js';
import type { NamedBytes } from '../../volumes/format.js';
import type { Measurement } from '../../volumes/measurement.js';
import { writeMeasurement } from '../../volumes/open.js';
import { READ_OPTIONS } from '../../volumes/option-names.js';
import { measurementFormats, volumeFormats } from '../../volumes/registry.js';
import { magnitudeOf, type Volume } from '../../volumes/volume.js';
import { SERIES, writeExport } from './export.js';
import { denoisedImages } from '../engine/denoised-images.js';
import { scanFacts, volumeFacts } from '../engine/file-facts.js';
import { AUTO } from '../engine/judge/auto.js';
import { heldOutChoice, heldOutTable, heldOutText, type HeldOutRecord } from '../engine/judge/record.js';
import { planned } from '../engine/memory/memory-parts.js';
import { readEither } from '../engine/read-scan.js';
import { Reconstruction, type ReconstructionResult, type ReconstructionStep } from '../engine/reconstruct.js';
import { requestOf } from '../engine/request.js';
import { requirePossible } from '../engine/requirements.js';
import { suggestScan } from '../engine/suggest-scan.js';
import { unmeasuredText } from '../engine/support.js';
import { modalities, requireKind } from '../modalities/registry.js';
import { scanSection, spectraOf } from '../modalities/scan-section.js';
import { renderReport } from '../report/report.js';
import type { Figure } from '../report/types.js';
import { viewSlice } from '../report/slice-view.js';
import { viewerPlanes } from '../report/viewer/planes.js';
import { solvers } from '../solvers/registry.js';
import { VERSION } from '../version.js';
import { dataImageOf } from './data-image.js';
import { methodForm, methodValues, scanForm, scanValues } from './form.js';
import { memoryCheckpoints } from './memory-checkpoints.js';
import type { ExportFormat, MethodEntry, PriorEntry, StudioCalls, StudioEvent, StudioResult, Told, Wish } from './protocol.js';

/** Where the studio computes. */
export interface StudioPlace {
  /** For people: 'Node, 8 worker threads'. */
  readonly engine: string;
  open(): Promise<Backend>;
  /** It computes on a GPU, on which some priors do not run. */
  readonly gpu?: boolean;
  readonly zoo: ModelSources;
  /** What was named where the studio was started. */
  readonly given?: { readonly name: string; read(): Promise<readonly NamedBytes[]> };
}

/** Least milliseconds between two previews. */
const PREVIEW = 500;
/** How long a stopped run may take to end by itself, ms: a step may be longer. */
const PATIENCE = 800;
/** Milliseconds of work without a pause, at most. */
const BREATH = 50;
/** Seconds between the states that are kept for going on after a stop. */
const KEPT = 20;

interface Opened {
  readonly name: string;
  readonly files: readonly NamedBytes[];
  readonly scan: Measurement;
}

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** Ends it where it does not hear. */
  give(): void;
}

/**
 * The engine behind the studio's page: one file that is open, one run at a time, its results. Knows neither page nor server: it is called
 * (`calls`) and tells (`tell`), in Node's process and in a web worker alike.
 */
export class StudioHost implements StudioCalls {
  #opened?: Opened;
  #running?: Running;
  #kept = memoryCheckpoints();
  readonly #results = new Map<number, { readonly name: string; readonly result: ReconstructionResult; readonly of: Opened }>();
  #next = 1;

  constructor(
    private readonly place: StudioPlace,
    private readonly tell: (event: StudioEvent) => void,
  ) {}

  async about(): ReturnType<StudioCalls['about']> {
    const extensions = [...volumeFormats.entries(), ...measurementFormats.entries()].flatMap(([, format]) => format.extensions);
    return {
      version: VERSION,
      engine: this.place.engine,
      samples: modalities.entries().flatMap(([name, { title, sample }]) => (sample ? [{ name, title, words: sample.words }] : [])),
      scanFields: scanForm(),
      extensions: [...new Set(extensions)].sort(),
      ...(this.place.given && { given: [this.place.given.name] }),
    };
  }

  async open({ files, options }: Parameters<StudioCalls['open']>[0]): Promise<Told> {
    await this.stop();
    const said = scanValues(options);
    // what may be said of a volume too, such as which array is meant, does not make it a scan
    const either = Object.keys(said).every((name) => READ_OPTIONS.includes(name));
    const read = await readEither(files, either ? { scan: said, volume: said } : { as: 'scan', scan: said });
    const name = files.length === 1 ? files[0].name : `${files[0].name} and ${files.length - 1} more`;
    if ('scan' in read) return this.#take({ name, files, scan: read.scan });
    this.#opened = undefined;
    const { rows, warnings } = volumeFacts(name, read.volume);
    return {
      ...{ name, what: 'volume', rows: rows.map(([key, text]) => [key, text] as const), warnings, figures: [], methods: [], method: '' },
      ...{ priors: [], volume: magnitudeOf(read.volume), suggestions: await suggestScan(files, read.volume) },
    };
  }

  async given({ options }: Parameters<StudioCalls['given']>[0]): Promise<Told> {
    if (!this.place.given) throw new SlicewiseError('ARGUMENT', { message: 'no file was named where the studio was started' });
    return this.open({ files: await this.place.given.read(), options });
  }

  async sample({ name }: Parameters<StudioCalls['sample']>[0]): Promise<Told> {
    await this.stop();
    const { sample } = modalities.get(name);
    if (!sample) throw new SlicewiseError('ARGUMENT', { message: `there is no sample of ${name}` });
    const backend = createCpuBackend({ workers: 0 });
    try {
      const told = await this.#take({ name: `sample-${name}.h5`, files: [], scan: await sample.make(backend) });
      return { ...told, sample: true, ...(sample.line === undefined ? {} : { line: sample.line }) };
    } finally {
      await backend.dispose();
    }
  }

  async data({ index }: Parameters<StudioCalls['data']>[0]): ReturnType<StudioCalls['data']> {
    const image = dataImageOf(this.#scan().scan, index);
    if (!image) throw new SlicewiseError('SHAPE', { message: 'these data are no images' });
    return image;
  }

  async form({ method }: Parameters<StudioCalls['form']>[0]): ReturnType<StudioCalls['form']> {
    return methodForm(method, this.#scan().scan);
  }

  async start({ wish, resume }: Parameters<StudioCalls['start']>[0]): Promise<null> {
    await this.stop();
    const opened = this.#scan();
    const stop = new AbortController();
    let give = (): void => undefined;
    const given = new Promise<'given up'>((resolve) => (give = () => resolve('given up')));
    const ended = this.#follow(opened, wish, resume, stop, given).finally(() => {
      if (this.#running?.stop === stop) this.#running = undefined;
    });
    this.#running = { stop, ended, give };
    return null;
  }

  async stop(): Promise<null> {
    const running = this.#running;
    if (!running) return null;
    running.stop.abort();
    const timer = setTimeout(running.give, PATIENCE);
    await running.ended;
    clearTimeout(timer);
    return null;
  }

  async write({ result, name }: Parameters<StudioCalls['write']>[0]): ReturnType<StudioCalls['write']> {
    const { volume, manifest } = this.#result(result).result;
    return writeExport(name, volume, manifest.method.name);
  }

  async report({ result: id }: Parameters<StudioCalls['report']>[0]): Promise<string> {
    const { name, result, of } = this.#result(id);
    const { volume, support, events, manifest } = result;
    return renderReport({
      title: `${name} of ${of.name}`,
      results: [{ name, volume, support, std: result.std, events, seconds: manifest.timings.totalSeconds }],
      manifest,
      scan: scanSection(of.scan, manifest.method, undefined, volume),
      spectra: spectraOf({ data: of.scan.data, result: magnitudeOf(volume) }),
      heldOut: manifest.heldOut ?? undefined,
      unmeasured: manifest.unmeasured ? unmeasuredText(manifest.unmeasured) : undefined,
      warnings: manifest.warnings,
    });
  }

  async scanFile(): Promise<NamedBytes> {
    const { name, scan } = this.#scan();
    const file = `${name.replace(/\.[^.]*$/, '')}.h5`;
    return { name: file, bytes: await writeMeasurement(file, scan) };
  }

  async files(): ReturnType<StudioCalls['files']> {
    const { files } = this.#scan();
    return files.length > 0 ? files : [await this.scanFile()];
  }

  async #take(opened: Opened): Promise<Told> {
    this.#opened = opened;
    this.#kept = memoryCheckpoints();
    const { scan, name } = opened;
    const { rows, warnings } = scanFacts(name, scan);
    const { physics, modality } = requireKind(scan.kind);
    const priors = await this.#priors(scan);
    return {
      ...{ name, what: 'scan', rows: rows.map(([key, text]) => [key, text] as const), warnings, suggestions: [] },
      figures: physics.figures?.(scan) ?? [],
      data: dataImageOf(scan),
      methods: await this.#methods(scan, priors.at(0)?.name),
      method: physics.method,
      priors,
      prior: (priors.find((prior) => prior.name === modality.prior) ?? priors.at(0))?.name,
    };
  }

  /** Those that these data may be reconstructed with. */
  async #methods(scan: Measurement, prior: string | undefined): Promise<MethodEntry[]> {
    const { physics } = requireKind(scan.kind);
    const direct = Object.entries(physics.direct ?? {}).map(([name, { needsPrior = false }]) => ({
      ...{ name, needsPrior, group: needsPrior ? ('prior' as const) : ('direct' as const) },
    }));
    const auto = physics.candidates ? [{ name: AUTO, needsPrior: false, group: 'direct' as const }] : [];
    const iterative = solvers
      .entries()
      .map(([name, { needsPrior }]) => ({ name, needsPrior, group: needsPrior ? ('prior' as const) : ('iterative' as const) }));
    const backend = createCpuBackend({ workers: 0 });
    const possible = async ({ name: method, needsPrior }: MethodEntry): Promise<boolean> => {
      if (needsPrior && prior === undefined) return false;
      try {
        await requirePossible(requestOf(scan, { method, backend, ...(needsPrior ? { prior } : {}) }));
        return true;
      } catch (error) {
        if (isSlicewiseError(error)) return false;
        throw error;
      }
    };
    const all: MethodEntry[] = [...auto, ...direct, ...iterative];
    const kept = await Promise.all(all.map(possible));
    await backend.dispose();
    return all.filter((_, n) => kept[n]);
  }

  async #priors(scan: Measurement): Promise<PriorEntry[]> {
    const backend = createCpuBackend({ workers: 0 });
    const images = denoisedImages(requestOf(scan, { backend, method: solvers.names()[0] }));
    await backend.dispose();
    return (await findModels(this.place.zoo)).flatMap(({ name, card, hidden }) => {
      if (!card || hidden || cardFit(card, images).problem || (this.place.gpu && !runsOnGpu(card))) return [];
      return [{ name, words: card.description || `${card.modality}, ${card.plane}` }];
    });
  }

  async #follow(opened: Opened, wish: Wish, resume: boolean, stop: AbortController, given: Promise<'given up'>): Promise<void> {
    const backend = await this.place.open().catch((error: unknown) => this.#fail(error));
    if (!backend) return;
    if (!resume) this.#kept = memoryCheckpoints();
    try {
      const done = this.#run(opened, wish, resume, stop, backend);
      done.catch(() => undefined); // told below, unless it was given up
      const result = await Promise.race([done, given]);
      if (result === 'given up') this.tell({ event: 'stopped', resumable: (await this.#kept.latest()) !== undefined });
      else this.tell({ event: 'done', result });
    } catch (error) {
      if (stop.signal.aborted) this.tell({ event: 'stopped', resumable: (await this.#kept.latest()) !== undefined });
      else this.#fail(error);
    } finally {
      await backend.dispose();
    }
  }

  #fail(error: unknown): undefined {
    const code = isSlicewiseError(error) ? error.code : 'UNEXPECTED';
    this.tell({ event: 'failed', code, message: error instanceof Error ? error.message : String(error) });
    return undefined;
  }

  async #run({ scan, ...from }: Opened, wish: Wish, resume: boolean, stop: AbortController, backend: Backend): Promise<StudioResult> {
    const { method, prior, seed } = wish;
    const run = new Reconstruction(scan, {
      ...{ method, seed, backend, resume, zoo: this.place.zoo, signal: stop.signal },
      methodOptions: methodValues(method, scan.kind, wish.options),
      ...(prior === undefined ? {} : { prior }),
      checkpoint: this.#kept,
      checkpointSeconds: KEPT,
      progress: (phase, done, total) => {
        if (!stop.signal.aborted) this.tell({ event: 'phase', phase, done, total });
      },
    });
    await run.ready;
    const told = new Set<string>();
    const warn = (): void => {
      for (const text of run.warnings) if (!told.has(text)) this.tell({ event: 'warning', text });
      for (const text of run.warnings) told.add(text);
    };
    warn();
    const [host, gpu] = (['host', 'gpu'] as const).map((where) => planned(run.plan, where));
    this.tell({ event: 'plan', words: gpu > 0 ? `${bytesText(host)}, and ${bytesText(gpu)} of the GPU` : bytesText(host) });
    let shown = -Infinity;
    let heard = performance.now();
    for await (const step of run) {
      // a stop must be heard where steps wait for nothing
      if (performance.now() - heard > BREATH) {
        await new Promise((resolve) => setTimeout(resolve));
        heard = performance.now();
      }
      if (stop.signal.aborted) continue;
      this.#step(step);
      if (performance.now() - shown < PREVIEW) continue;
      await this.#preview(step);
      shown = performance.now();
    }
    warn();
    return this.#finish(await run.result(), wish, { scan, ...from });
  }

  #step({ phase, estimate: _, ...step }: ReconstructionStep): void {
    this.tell({ event: 'step', start: phase === 'start', ...step });
  }

  async #preview(step: ReconstructionStep): Promise<void> {
    const volume = magnitudeOf(await step.estimate());
    const views = viewerPlanes(volume).map(({ name }) => viewSlice(volume, name));
    this.tell({ event: 'preview', step: step.step, views });
  }

  async #finish(result: ReconstructionResult, { method, prior }: Wish, of: Opened): Promise<StudioResult> {
    const id = this.#next++;
    const name = `${id}: ${method}${prior === undefined ? '' : ` · ${prior}`}`;
    this.#results.set(id, { name, result, of });
    const { volume, std, support, events, manifest } = result;
    const { data } = volume;
    const hash = await sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return {
      ...{ id, name, std, support, events, hash },
      manifest: { ...manifest, warnings: [...manifest.warnings] },
      volume: sent(magnitudeOf(volume)),
      formats: formatsFor(volume),
      figures: resultFigures(of.scan, magnitudeOf(volume)),
      ...(manifest.heldOut ? { judged: judgedLines(manifest.heldOut) } : {}),
    };
  }

  #scan(): Opened {
    if (this.#opened) return this.#opened;
    throw new SlicewiseError('ARGUMENT', { message: 'no scan is open', hint: 'drop a file, or take a sample' });
  }

  #result(id: number): { readonly name: string; readonly result: ReconstructionResult; readonly of: Opened } {
    const found = this.#results.get(id);
    if (found) return found;
    throw new SlicewiseError('ARGUMENT', { message: `there is no result ${id}` });
  }
}

/** What the modality shows of a result that it does not show of the scan: spectra. */
function resultFigures(scan: Measurement, volume: Volume): Figure[] {
  const { physics } = requireKind(scan.kind);
  const before = new Set(physics.figures?.(scan).map(({ caption }) => caption));
  const own = physics.figures?.(scan, volume).filter(({ caption }) => !before.has(caption)) ?? [];
  return [...own, ...spectraOf({ data: scan.data, result: volume })];
}

/** @example ['12 of 120 traces hidden, predicted with 6.1 dB', 'chosen: slope', 'tried: slope 6.1 dB (1.2 s), pocs 5.4 dB (3.0 s)'] */
function judgedLines(record: HeldOutRecord): string[] {
  return [
    heldOutText(record),
    ...(record.chosen ? [`chosen: ${heldOutChoice(record)}`] : []),
    ...(record.table?.length ? [`tried: ${heldOutTable(record)}`] : []),
  ];
}

/** What a reader keeps for a faithful write-back may be large, and is nothing to look at. */
const sent = (volume: Volume): Volume => ({ ...volume, meta: {} });

/**
 * Files that a volume can be written as, those made for such data first. What would lose its place or its axes is left out, but for plain
 * arrays and pictures, which everybody reads.
 */
function formatsFor(volume: Volume): ExportFormat[] {
  const needed = volume.placement ? 'placement' : 'axes';
  const found = volumeFormats.entries().flatMap(([, { name, extensions, keeps = [], write, writeFiles, folder, examples }]) => {
    if (!write && !writeFiles) return [];
    const own = examples?.().some(({ modality }) => modality === volume.modality) ?? false;
    const plain = keeps.length === 0 || keeps.join() === 'complex';
    if (examples ? !own : !plain && !keeps.includes(needed)) return [];
    // a page saves a file, not a folder
    if (folder) return volume.placement ? [{ extension: SERIES, name: `${name} series`, own: false }] : [];
    const [first, second] = extensions;
    const both = first.endsWith('.gz') && first.startsWith(second) ? [first, second] : [first];
    return both.map((extension) => ({ extension, name, own }));
  });
  return [...found.filter(({ own }) => own), ...found.filter(({ own }) => !own)].map(({ extension, name }) => ({ extension, name }));
}
