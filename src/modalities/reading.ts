import * as z from 'zod';
import type { NamedBytes } from '../../volumes/format.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { ArrayInfo } from '../../volumes/raw-array.js';
import type { ScanOptions } from '../../volumes/scan-options.js';
import type { Volume } from '../../volumes/volume.js';
import type { LargeReading } from './large.js';

/** Options of `readScan` by name, as its caller gives them. */
export type ReadingOptions = { readonly [option: string]: unknown };

/** One of several images of a file. */
export interface NamedReading {
  /** Fit for a file's name: `contrast0-repetition2`. */
  readonly name: string;
  /** What was asked, for this image alone. */
  readonly options: ReadingOptions;
}

/** How a plain array could be read as a scan. */
export interface ScanSuggestion {
  /** What it would be, in words. */
  readonly what: string;
  /** Flags of the command line. */
  readonly options: string;
}

/**
 * What may be said of the files of a modality's scans. In this order: `readers`, the format's reader, `attach`, `adjust`, (views, noise),
 * `place`, `complete`.
 */
export interface Reading {
  /** With descriptions: recon's flags, help and docs follow. Options that are files are made by `fileOption`. */
  readonly options: { readonly [option: string]: z.ZodType };
  /** Options that are for some of the kinds; the others are for all. */
  readonly only?: { readonly [option: string]: readonly string[] };
  /** A volume that is a scan by itself, such as a cube that is to be denoised; undefined for one that is none of this modality's. */
  volume?(volume: Volume): Measurement | undefined;
  /**
   * Of a plain array that says nothing, and the arrays beside it: what would make it a scan, for `info`; undefined where it can be none.
   */
  suggest?(array: ArrayInfo, beside: readonly ArrayInfo[]): ScanSuggestion | undefined;
  /** What the formats' readers are told. @throws SlicewiseError ARGUMENT for options that contradict each other */
  readers?(options: ReadingOptions): ScanOptions;
  /**
   * Where the options ask for several images of one file: what each is called, and the options that ask for it alone. Files that an option
   * names need not be read yet; those of the scan are read where several are asked for. Undefined where one is.
   */
  images?(files: () => Promise<readonly NamedBytes[]>, options: ReadingOptions): Promise<readonly NamedReading[] | undefined>;
  /** Files that belong to the data, such as a mask. */
  attach?(scan: Measurement, options: ReadingOptions): Promise<Measurement>;
  /** What is known better than the file says, from all views: the rotation axis. */
  adjust?(scan: Measurement, options: ReadingOptions): Measurement;
  /** The image wanted: `size`, `spacing`. Without this neither may be given. */
  place?(scan: Measurement, options: ReadingOptions): Measurement;
  /** Files larger than memory, in windows. */
  readonly large?: LargeReading;
  /** Files that belong to the image, such as coil maps. */
  complete?(scan: Measurement, options: ReadingOptions): Promise<Measurement>;
}

/** The files of an option. */
export const filesOf = (options: ReadingOptions, name: string): readonly NamedBytes[] | undefined =>
  Array.isArray(options[name]) ? (options[name] as readonly NamedBytes[]) : undefined;

interface FileMark {
  readonly file: true;
  /** A text beginning with @ names an array of the scan's own file. */
  readonly dataset: boolean;
  /** Endings that make a text the path of a file; another text is the value itself. */
  readonly endings?: readonly string[];
}

/** An option whose value is the files of one thing, with their bytes; `dataset`: or `@path`, an array of the scan's own file. */
export function fileOption(description: string, { dataset = false } = {}): z.ZodType {
  const files = z.custom<readonly NamedBytes[]>(
    (value) => (Array.isArray(value) && value.every(isNamedBytes)) || (dataset && /^@/.test(String(value))),
    `files with their bytes${dataset ? ', or @ and the path of an array' : ''}`,
  );
  return files.meta({ description, file: true, dataset } satisfies FileMark & { description: string });
}

/** Is an option made by `fileOption`? */
export const fileMark = (schema: z.ZodType): FileMark | undefined => {
  const meta = schema.meta() as Partial<FileMark> | undefined;
  return meta?.file ? { file: true, dataset: meta.dataset === true, endings: meta.endings } : undefined;
};

/** An option that is a value, or a file where a text has one of the endings. */
export const valueOrFile = (value: z.ZodType, endings: readonly string[], description: string): z.ZodType =>
  z.union([value, z.custom<readonly NamedBytes[]>((v) => Array.isArray(v) && v.length > 0 && v.every(isNamedBytes))]).meta({
    ...{ description, file: true, dataset: false, endings },
  } satisfies FileMark & { description: string });

const isNamedBytes = (value: unknown): boolean => typeof value === 'object' && value !== null && 'name' in value && 'bytes' in value;
