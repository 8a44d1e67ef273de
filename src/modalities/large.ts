import type { ByteSink, ByteSource } from '../../volumes/byte-source.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import type { HeldOut } from './held-out.js';
import type { ReadingOptions } from './reading.js';

/** A file that is read in pieces. */
export interface NamedSource extends ByteSource {
  readonly name: string;
}

/**
 * A scan that need not fit into memory: a grid [line, row, sample] that is read in windows, and a copy of its file into which the result is
 * written row by row. A row is all samples at one place of the first two axes.
 */
export interface LargeScan {
  /** Its name, as `Measurement.kind`. */
  readonly kind: string;
  readonly shape: readonly [lines: number, rows: number, samples: number];
  readonly grid: Grid;
  /** What a user should hear of. */
  readonly warnings: readonly string[];
  /** Of lines and rows, in this order: 1 where something was measured. */
  readonly live: Uint8Array;
  /** Of lines and rows, in this order: 1 where a row is to be made. */
  readonly missing: Uint8Array;
  /** Lines and rows of a window where nobody says, and the overlap of windows. */
  readonly windows: { readonly size: readonly [lines: number, rows: number]; readonly overlap: number };
  /** The window as a scan of its own. @throws SlicewiseError SHAPE outside the grid; as the format's reader */
  read(start: readonly [number, number], count: readonly [number, number]): Promise<Measurement>;
  /** What is hidden to judge methods by, drawn from windows all over the scan. @throws SlicewiseError ARGUMENT */
  hide(asked: { readonly seed: number; readonly share?: number }): Promise<readonly HeldOut[]>;
  /**
   * Begins the copy of the file.
   * @param fill [line, row]: 1 for missing rows that will be written
   * @param notes lines for the file's header: what was done
   */
  copy(sink: ByteSink, fill: Uint8Array, notes: readonly string[], signal?: AbortSignal): Promise<LargeCopy>;
}

/** A copy in the making. */
export interface LargeCopy {
  /** Writes a row, all of its samples. @throws SlicewiseError NOT_FINITE, and what the sink throws */
  write(line: number, row: number, samples: Float32Array): Promise<void>;
  /** When all rows are written. @returns what there is to tell @throws SlicewiseError SHAPE when one is not */
  finish(): readonly string[];
}

/** How files of a modality are read in windows. */
export interface LargeReading {
  /** Can a file of this name be read so? */
  takes(name: string): boolean;
  /** Files of which names the result can be written to: copies of the input. */
  writes(input: string, output: string): boolean;
  /** Samples of all rows that are there, from the headers alone. @throws SlicewiseError as the format's reader */
  values(source: NamedSource, options: ReadingOptions): Promise<number>;
  /** @throws SlicewiseError as the format's reader, ARGUMENT for options that need the whole scan */
  open(source: NamedSource, options: ReadingOptions, signal?: AbortSignal): Promise<LargeScan>;
}
