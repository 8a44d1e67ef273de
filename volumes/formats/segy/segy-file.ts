import type { ByteSource } from '../../byte-source.js';
import type { SampleFormat } from './sample-formats.js';
import type { TextEncoding } from './text-header.js';

/** The axis of a trace's samples. */
export interface VerticalAxis {
  readonly domain: 'time' | 'depth';
  /** `ms`, `m` or `ft`. */
  readonly unit: 'ms' | 'm' | 'ft';
  /** Time (delay recording time) or depth of the first sample. */
  readonly first: number;
  readonly step: number;
}

/** An open SEG-Y or SU file: what its headers say, checked. Traces lie one after another, all of the same length. */
export interface SegyFile {
  readonly source: ByteSource;
  readonly flavour: 'SEG-Y' | 'SU';
  readonly littleEndian: boolean;
  /** Major and minor revision; 0, 0 for SU and whatever is not a known revision. */
  readonly revision: readonly [number, number];
  readonly format: SampleFormat;
  /** Data sample format code in the header (0 for SU). */
  readonly statedFormat: number;
  /** Samples of a trace. */
  readonly samples: number;
  readonly vertical: VerticalAxis;
  /** Unit of offsets and coordinates: metres, feet, or not said. */
  readonly lengthUnit: 'm' | 'ft' | '';
  readonly traces: number;
  /** First byte of the first trace. */
  readonly start: number;
  /** Bytes of a trace's headers: 240, more with additional trace headers. */
  readonly headerBytes: number;
  /** Bytes of a trace, headers and samples. */
  readonly traceBytes: number;
  /** Bytes behind the last trace that are none: padding, trailer records; without those of a trace that was cut off. */
  readonly tailBytes: number;
  /** Everything before the first trace, byte for byte. */
  readonly head: Uint8Array<ArrayBuffer>;
  readonly textEncoding: TextEncoding;
  /** The textual header and the extended ones, line by line. */
  readonly text: readonly (readonly string[])[];
  /** What a user should hear of: fields that disagree and which was used, bytes left over, oddities. */
  readonly warnings: readonly string[];
}

/** What a caller may say where the file is silent or wrong. */
export interface SegyOpenOptions {
  /** Sample format, instead of the code in the header. */
  readonly format?: import('./sample-formats.js').SampleFormatChoice;
  readonly byteOrder?: 'big' | 'little';
  /** Samples of a trace. */
  readonly samples?: number;
  /** Sample interval, in ms (time) or in the unit of length (depth). */
  readonly interval?: number;
  /** Time or depth of the first sample, in the same unit. */
  readonly first?: number;
  readonly domain?: 'time' | 'depth';
  /** Extended textual headers (3200 bytes each) behind the binary header. */
  readonly extendedTextHeaders?: number;
  /** Additional trace headers (240 bytes each) of every trace. */
  readonly additionalTraceHeaders?: number;
  /** A file that ends within a trace: an error (default), or the traces that are whole. */
  readonly truncated?: 'error' | 'whole-traces';
}
