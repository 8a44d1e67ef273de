import type { z } from 'zod';
import type { Backend } from '../../compute/backend.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { Volume } from '../../volumes/volume.js';

/** How scans of a modality are simulated: the command `simulate NAME` follows from it. `T`: what is scanned, beside volumes. */
export interface Simulation<T = unknown, S extends z.ZodObject = z.ZodObject> {
  /** One sentence for the help. */
  readonly summary: string;
  /** What is scanned, for the help. */
  readonly source: string;
  readonly examples: readonly string[];
  /** Options, strict. Those that are files are made by `fileOption`. */
  readonly schema: S;
  /** Runs on a backend, and so has workers. */
  readonly computes?: boolean;
  /** What is scanned, for people: 'the object that was scanned', and what the option that writes it does. */
  readonly words: { readonly object: string; readonly grid: string };
  /** A thing that has a name instead of a file, `phantom:NAME`; undefined for a file. @throws SlicewiseError for an unknown name */
  named?(path: string): T | undefined;
  /** Before any work: what the options ask of this source. @throws SlicewiseError ARGUMENT */
  check?(source: Volume | T, options: z.output<S>): void;
  /** What will be taken, where that is much. */
  memory?(source: Volume | T, options: z.output<S>): SimulationMemory;
  /** The scan. @throws SlicewiseError ARGUMENT, ABORTED */
  run(source: Volume | T, options: z.output<S>, work: SimulationWork): Promise<Measurement>;
  /** What was scanned, on the grid of the scan: what a reconstruction may be compared with. */
  object(source: Volume | T, options: z.output<S>): Volume;
  /** What there is to say of the scan, after its kind and the shape of its data. */
  describe(scan: Measurement): string;
}

/** What a simulation will take, bytes. */
export interface SimulationMemory {
  readonly planned: number;
  /** Of the data alone. */
  readonly data: number;
  readonly hint: string;
}

/** What a simulation is given beside its options. */
export interface SimulationWork {
  /** Made when it is first asked for, and disposed by whoever calls. */
  readonly backend: () => Backend;
  readonly signal?: AbortSignal;
  /** After every slice. */
  readonly progress?: (done: number, total: number) => void;
}
