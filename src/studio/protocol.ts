import type { NamedBytes } from '../../volumes/format.js';
import type { Volume } from '../../volumes/volume.js';
import type { Manifest } from '../report/manifest.js';
import type { SliceView } from '../report/slice-view.js';
import type { Figure, StepRecord } from '../report/types.js';

/*
 * What the studio's page and the engine behind it say to one another: calls that are answered, and events. All of it is plain data with
 * typed arrays, so that it goes to a web worker as it is, and to the server by wire.ts.
 */

/** A field of a form, made of the schema of an option. */
export interface FormField {
  readonly name: string;
  /** On the command line, without its dashes. */
  readonly flag: string;
  readonly type: 'number' | 'boolean' | 'choice' | 'text';
  /** Of a choice; of a text: words that it may be beside a number. */
  readonly choices: readonly string[];
  /** As text; absent where the method decides by itself. */
  readonly fallback?: string;
  readonly words: string;
  /** Shown at once; the others are folded. */
  readonly basic: boolean;
}

export interface MethodEntry {
  readonly name: string;
  readonly needsPrior: boolean;
  /** Judges others by hidden measurements, or needs no iterations. */
  readonly group: 'direct' | 'iterative' | 'prior';
}

export interface PriorEntry {
  readonly name: string;
  /** What its card says of the data it was made of. */
  readonly words: string;
}

/** What an engine is and has. */
export interface About {
  readonly version: string;
  /** 'Node, 8 worker threads'. */
  readonly engine: string;
  readonly samples: readonly { readonly name: string; readonly title: string; readonly words: string }[];
  /** What may be said of a file that does not say everything. */
  readonly scanFields: readonly FormField[];
  readonly extensions: readonly string[];
  /** A file that was named where the studio was started. */
  readonly given?: readonly string[];
}

/** An image of the data as they were measured. */
export interface DataImage {
  /** [height, width] */
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly across: string;
  readonly down: string;
  /** Which image of how many, and what they are counted along. */
  readonly index: number;
  readonly count: number;
  readonly along: string;
  /** Magnitudes are shown as their logarithm. */
  readonly logarithm: boolean;
  readonly low: number;
  readonly high: number;
}

/** What there is to tell of a file. */
export interface Told {
  readonly name: string;
  readonly what: 'scan' | 'volume';
  readonly rows: readonly (readonly [name: string, text: string])[];
  readonly warnings: readonly string[];
  readonly figures: readonly Figure[];
  readonly data?: DataImage;
  /** Of a volume: itself, to be looked at. */
  readonly volume?: Volume;
  readonly methods: readonly MethodEntry[];
  readonly method: string;
  readonly priors: readonly PriorEntry[];
  readonly prior?: string;
  /** Of a plain array: what would make it a scan, flags of the command line. */
  readonly suggestions: readonly { readonly what: string; readonly options: string }[];
  /** It was made here, and says everything. */
  readonly sample?: boolean;
  /** The command that makes the file of a sample. */
  readonly line?: string;
}

/** What is asked of a run: text as it stands in the form. */
export interface Wish {
  readonly method: string;
  readonly prior?: string;
  readonly seed: number;
  readonly options: { readonly [name: string]: string | boolean };
}

/** A result with everything that the page shows of it. */
export interface StudioResult {
  readonly id: number;
  readonly name: string;
  /** Complex images by their magnitude. */
  readonly volume: Volume;
  readonly std?: Volume;
  readonly support?: Volume;
  readonly events: readonly StepRecord[];
  readonly manifest: Manifest;
  /** SHA-256 of the numbers, float32 little-endian in C order. */
  readonly hash: string;
  /** Endings of files that it can be written as, the usual one first. */
  readonly formats: readonly ExportFormat[];
  /** What the modality shows of a result beside its images: spectra. */
  readonly figures: readonly Figure[];
  /** How well hidden measurements were predicted, and what was chosen by it. */
  readonly judged?: readonly string[];
}

export interface ExportFormat {
  readonly extension: string;
  readonly name: string;
}

export type StudioEvent =
  | { readonly event: 'phase'; readonly phase: string; readonly done: number; readonly total: number }
  | { readonly event: 'plan'; readonly words: string }
  | { readonly event: 'warning'; readonly text: string }
  | ({ readonly event: 'step'; readonly start: boolean; readonly sample: number; readonly samples: number } & StepRecord)
  | { readonly event: 'preview'; readonly step: number; readonly views: readonly SliceView[] }
  | { readonly event: 'done'; readonly result: StudioResult }
  | { readonly event: 'stopped'; readonly resumable: boolean }
  | { readonly event: 'failed'; readonly code: string; readonly message: string };

/** The calls, with what they are given and answer. */
export interface StudioCalls {
  about(): Promise<About>;
  open(given: { readonly files: readonly NamedBytes[]; readonly options: { readonly [name: string]: string } }): Promise<Told>;
  /** The file that was named at the start. */
  given(given: { readonly options: { readonly [name: string]: string } }): Promise<Told>;
  sample(given: { readonly name: string }): Promise<Told>;
  data(given: { readonly index: number }): Promise<DataImage>;
  form(given: { readonly method: string }): Promise<readonly FormField[]>;
  /** Begins a run, or goes on with the one that was stopped; the rest is told by events. */
  start(given: { readonly wish: Wish; readonly resume: boolean }): Promise<null>;
  /** Answered when the run has ended, within a second. */
  stop(): Promise<null>;
  write(given: { readonly result: number; readonly name: string }): Promise<readonly NamedBytes[]>;
  report(given: { readonly result: number }): Promise<string>;
  /** The scan as a file of ours, and the files that were read. */
  scanFile(): Promise<NamedBytes>;
  files(): Promise<readonly NamedBytes[]>;
}

export type CallName = keyof StudioCalls;

/** A call on its way. */
export interface SentCall {
  readonly id: number;
  readonly call: CallName;
  readonly given?: unknown;
}

export type SentAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

/** The page's end of an engine. */
export interface StudioEngine extends StudioCalls {
  onEvent(listener: (event: StudioEvent) => void): void;
  /** Ends it and everything that it does. */
  close(): void;
}
