import { SlicewiseError } from '../../../core/errors.js';
import type { ByteSource } from '../../byte-source.js';
import { getField, TRACE_FIELDS } from '../segy/header-fields.js';
import { chooseLayout, TRACE_HEADER_BYTES } from '../segy/layout.js';
import { sampleFormat } from '../segy/sample-formats.js';
import type { SegyFile, SegyOpenOptions } from '../segy/segy-file.js';
import { verticalAxis } from '../segy/vertical.js';

/** Floats that Seismic Unix keeps in bytes 181-196, where SEG-Y has coordinates and line numbers (segy.h). */
const SU_FIRST_SAMPLE = { byte: 185, type: 'float32' } as const;
const SU_INTERVAL = { byte: 181, type: 'float32' } as const;

/**
 * Whether an SU file is little endian: the byte order of the machine that wrote it, which nothing states. The number of samples (bytes
 * 115-116) must not be 0, traces of that length must fill the file, and the second trace must state the same. Where both orders pass or
 * neither does, the one with the smaller sample interval and count is taken.
 */
export async function suByteOrder(source: ByteSource): Promise<'little' | 'big' | undefined> {
  const first = await source.read(0, TRACE_HEADER_BYTES);
  if (first.length < TRACE_HEADER_BYTES) return undefined;
  const view = new DataView(first.buffer, first.byteOffset, first.length);
  const scores = await Promise.all(
    [true, false].map(async (little) => {
      const count = getField(view, TRACE_FIELDS.sampleCount, little);
      const stride = TRACE_HEADER_BYTES + 4 * count;
      if (count === 0 || stride > source.size) return -1;
      let score = source.size % stride === 0 ? 2 : 0;
      if (stride + TRACE_HEADER_BYTES <= source.size) {
        const next = await source.read(stride, TRACE_HEADER_BYTES);
        const other = new DataView(next.buffer, next.byteOffset, next.length);
        if (getField(other, TRACE_FIELDS.sampleCount, little) === count) score += 2;
      }
      return score;
    }),
  );
  if (scores[0] === -1 && scores[1] === -1) return undefined;
  if (scores[0] !== scores[1]) return scores[0] > scores[1] ? 'little' : 'big';
  const size = (little: boolean): number =>
    getField(view, TRACE_FIELDS.sampleCount, little) + getField(view, TRACE_FIELDS.sampleInterval, little);
  return size(true) <= size(false) ? 'little' : 'big';
}

/**
 * Opens a Seismic Unix file: traces of a 240-byte header and float32 samples, nothing else, in the byte order of the machine that wrote
 * it. Trace headers are those of SEG-Y to byte 180. The interval is `dt` (117-118, µs); where that is 0, `d1` and `f1` (floats in bytes
 * 181-188).
 * @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED as `openSegy`
 */
export async function openSu(source: ByteSource, options: SegyOpenOptions = {}): Promise<SegyFile> {
  const order = options.byteOrder ?? (await suByteOrder(source));
  if (order === undefined) {
    throw new SlicewiseError('FORMAT', {
      message: 'not an SU file',
      expected: 'trace headers with a number of samples in bytes 115-116, in either byte order, and traces that fit into the file',
      got: `${source.size} bytes`,
      hint: 'SEG-Y files begin with 3600 bytes of text and binary headers: name such a file .sgy',
    });
  }
  const littleEndian = order === 'little';
  const format = sampleFormat(options.format ?? 'ieee');
  const layout = await chooseLayout(source, {
    format,
    littleEndian,
    starts: [0],
    samples: [],
    statedSamples: options.samples,
    additionalHeaders: [0],
    statedTraces: 0,
    trailerRecords: 0,
    truncated: options.truncated ?? 'error',
    fixedLength: false,
  });
  const warnings = [...layout.warnings];
  const first = layout.probes[0];
  const ownInterval = getField(first, SU_INTERVAL, littleEndian);
  const usesOwn = getField(first, TRACE_FIELDS.sampleInterval, littleEndian) === 0 && ownInterval > 0 && ownInterval < 1e6;
  const vertical = verticalAxis({
    // d1 is in seconds, or in the unit of depth
    options: usesOwn
      ? {
          interval: options.domain === 'depth' ? ownInterval : 1000 * ownInterval,
          first: finite(getField(first, SU_FIRST_SAMPLE, littleEndian)) * (options.domain === 'depth' ? 1 : 1000),
          ...options,
        }
      : options,
    binaryInterval: 0,
    extendedInterval: 0,
    measurementSystem: 0,
    headers: layout.probes,
    littleEndian,
    text: [],
    warnings,
  });
  if (usesOwn)
    warnings.push(`dt is 0: d1 = ${ownInterval} (bytes 181-184) is used, as ${vertical.domain === 'time' ? 'seconds' : vertical.unit}`);
  return {
    source,
    flavour: 'SU',
    littleEndian,
    revision: [0, 0],
    format,
    statedFormat: 0,
    samples: layout.samples,
    vertical,
    lengthUnit: '',
    traces: layout.traces,
    start: 0,
    headerBytes: TRACE_HEADER_BYTES,
    traceBytes: TRACE_HEADER_BYTES + layout.samples * format.bytes,
    tailBytes: layout.tailBytes,
    head: new Uint8Array(0),
    textEncoding: 'ASCII',
    text: [],
    warnings,
  };
}

const finite = (value: number): number => (Number.isFinite(value) && Math.abs(value) < 1e9 ? value : 0);
