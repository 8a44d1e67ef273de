import { SlicewiseError } from '../../core/errors.js';
import { margins, redundancyWeights } from './fbp/view-weights.js';

/**
 * The detector row that is filtered: the measured one, with margins of zeros where the weights ask for them, and the weight of every
 * measured bin.
 */
export interface DetectorRow {
  readonly detectorCount: number;
  readonly detectorOffset: number;
  /** Bins that were measured, and how many of the row come before them. */
  readonly measured: number;
  readonly before: number;
  /** [view][measured bin]: redundancy × the cosine of the ray to the central ray. */
  readonly weights: readonly Float64Array[];
}

interface Detector {
  readonly angles: readonly number[];
  readonly detectorCount: number;
  readonly detectorPitch: number;
  readonly detectorOffset: number;
}

/**
 * @param sourceToDetector mm; absent for a parallel beam
 * @param curved bins lie on an arc about the source
 */
export function detectorRow(g: Detector, sourceToDetector?: number, curved = false): DetectorRow {
  const { angles, detectorCount: bins, detectorPitch: pitch, detectorOffset: offset } = g;
  const beam = { angles, bins, pitch, offset, sourceToDetector, curved };
  const { before, after } = margins(beam);
  const cosine = (bin: number): number => {
    if (sourceToDetector === undefined) return 1;
    const s = (bin - (bins - 1) / 2) * pitch + offset;
    return curved ? Math.cos(s / sourceToDetector) : sourceToDetector / Math.hypot(sourceToDetector, s);
  };
  return {
    detectorCount: bins + before + after,
    detectorOffset: offset + ((after - before) * pitch) / 2,
    measured: bins,
    before,
    weights: redundancyWeights(beam).map((row) => row.map((w, bin) => w * cosine(bin))),
  };
}

/** out[…, view, before + bin] ← data[…, view, bin] · weight. */
export function weightRows(data: Float32Array, row: DetectorRow, out: Float32Array): void {
  const { measured, before, detectorCount, weights } = row;
  for (let from = 0, to = before; from < data.length;) {
    for (const weight of weights) {
      for (let bin = 0; bin < measured; bin++) out[to + bin] = data[from + bin] * weight[bin];
      from += measured;
      to += detectorCount;
    }
  }
}

/** @throws SlicewiseError SHAPE */
export function checkSize(data: Float32Array, shape: readonly number[], axes: string): void {
  if (data.length === shape.reduce((a, n) => a * n, 1)) return;
  throw new SlicewiseError('SHAPE', {
    message: 'the data and their geometry differ in size',
    expected: `[${axes}] = [${shape.join(', ')}]`,
    got: `${data.length} values`,
  });
}
