import { angularSpan, looksLikeRadians } from '../../../volumes/kinds/radon/angles.js';
import { isVolumetric } from '../../../volumes/kinds/radon/schema.js';
import type { Measurement } from '../../../volumes/measurement.js';

/** Views from which on a scan of a few degrees is none. */
const FEW_VIEWS = 8;
/** A mean line integral that no object has: e⁻⁵⁰ of the light comes through. */
const OPAQUE = 50;

/**
 * What projections show that can hardly be, each with the way out: angles in radians, counts or transmissions in place of line integrals,
 * slices shifted against each other.
 */
export function plausibleProjections(scan: Measurement): readonly string[] {
  const told: string[] = [];
  const angles = scan.geometry.angles as readonly number[] | undefined;
  if (angles && angles.length > FEW_VIEWS && looksLikeRadians(angles)) {
    const span = angularSpan(angles);
    told.push(
      span === 0
        ? `all ${angles.length} views have the same angle`
        : `the ${angles.length} views span ${span.toPrecision(4)}°: are the angles radians? Then say so (--angle-unit rad)`,
    );
  }
  told.push(...lengthDoubts(scan));
  told.push(...valueDoubts(scan));
  const shift = shiftedRows(scan);
  if (shift) told.push(shift);
  return told;
}

/** mm: no detector has smaller bins; metres do. */
const SMALLEST_PITCH = 1e-5;

/** Lengths that no scanner has: metres for mm, an axis that the detector does not see. */
function lengthDoubts({ geometry, shape }: Measurement): string[] {
  const { detectorPitch, columnPitch = detectorPitch, detectorOffset, columnOffset = detectorOffset } = geometry;
  if (typeof columnPitch !== 'number' || typeof columnOffset !== 'number') return [];
  const told: string[] = [];
  if (columnPitch < SMALLEST_PITCH)
    told.push(`the detector bins are ${columnPitch} mm wide: are the lengths metres? Give them in mm (--pitch)`);
  const bins = shape.at(-1)!;
  if (Math.abs(columnOffset) > (bins * columnPitch) / 2) {
    const center = (bins - 1) / 2 - columnOffset / columnPitch;
    told.push(
      `the rotation axis lies at column ${+center.toFixed(1)}, outside of the detector of ${bins} columns: give it in columns from 0 ` +
        '(--center), or its offset in mm (--offset)',
    );
  }
  return told;
}

/** Means over all, over the ends of the detector and over its middle. */
function valueDoubts({ data, shape, grid }: Measurement): string[] {
  const bins = shape.at(-1)!;
  const edge = Math.max(1, Math.round(bins / 16));
  let whole = true;
  let [sum, ends, middle] = [0, 0, 0];
  let [endCount, middleCount] = [0, 0];
  for (let n = 0; n < data.length; n++) {
    const bin = n % bins;
    sum += data[n];
    whole &&= Number.isInteger(data[n]);
    if (bin < edge || bin >= bins - edge) {
      ends += data[n];
      endCount++;
    } else if (bin >= bins / 4 && bin < (3 * bins) / 4) {
      middle += data[n];
      middleCount++;
    }
  }
  const mean = sum / data.length;
  const [atEnds, inMiddle] = [ends / endCount, middle / middleCount];
  // line integrals of an unknown scale may be anything: counts are whole numbers, or higher beside the object, or of a scan in mm
  if (mean > OPAQUE && (whole || atEnds > inMiddle || grid.units === '1/mm')) {
    return [
      `the line integrals are ${mean.toPrecision(3)} in the mean, which lets no light through: are they counts? Give the counts without ` +
        'object (--counts N), or flats and darks (--flat, --dark)',
    ];
  }
  if (mean < 0) {
    return [
      `the line integrals are negative in the mean (${mean.toPrecision(3)}): was the logarithm taken with the wrong sign, are flats and ` +
        'projections swapped, or are the counts without object too small (--counts)?',
    ];
  }
  // air at the ends of the detector lets all light through, an object in the middle less
  if (bins >= 16 && atEnds > 0.5 && atEnds < 1.5 && inMiddle < 0.8 * atEnds && inMiddle > 0) {
    return [
      `the values are larger at the ends of the detector (${atEnds.toPrecision(3)}) than in its middle (${inMiddle.toPrecision(3)}), as ` +
        'transmissions are and line integrals are not: take −log first (--counts 1)',
    ];
  }
  return [];
}

/** Rows looked at, spread over the detector. */
const ROWS = 32;

/**
 * The mean over all views of neighbouring detector rows (slices) is nearly the same; where it fits far better moved by a sixteenth of the
 * detector or more, the rows are shifted against each other.
 */
function shiftedRows({ kind, data, shape }: Measurement): string | undefined {
  const bins = shape.at(-1)!;
  const [rows, views] = isVolumetric(kind) ? [shape[1], shape[0]] : [shape[0], shape[1]];
  if (rows < 3 || bins < 32 || shape.length !== 3) return undefined;
  const profile = (row: number): Float64Array => {
    const out = new Float64Array(bins);
    for (let view = 0; view < views; view++) {
      const at = (isVolumetric(kind) ? view * rows + row : row * views + view) * bins;
      for (let b = 0; b < bins; b++) out[b] += data[at + b] / views;
    }
    return out;
  };
  const step = Math.ceil(rows / ROWS);
  const moved: number[] = [];
  for (let row = 0; row + 1 < rows; row += step) if (isMoved(profile(row), profile(row + 1))) moved.push(row);
  if (moved.length < 2) return undefined;
  return (
    `slices seem shifted against each other along the detector (first between ${moved[0]} and ${moved[0] + 1}): check --axes (rows and ` +
    'views swapped?) and whether all slices are of one scan'
  );
}

function isMoved(a: Float64Array, b: Float64Array): boolean {
  const farthest = Math.floor(a.length / 4);
  const agreement = (shift: number): number => {
    let [product, p, q] = [0, 0, 0];
    const [from, to] = [Math.max(0, -shift), Math.min(a.length, a.length - shift)];
    let [meanA, meanB] = [0, 0];
    for (let n = from; n < to; n++) {
      meanA += a[n] / (to - from);
      meanB += b[n + shift] / (to - from);
    }
    for (let n = from; n < to; n++) {
      const [u, v] = [a[n] - meanA, b[n + shift] - meanB];
      product += u * v;
      p += u * u;
      q += v * v;
    }
    return p > 0 && q > 0 ? product / Math.sqrt(p * q) : 0;
  };
  const still = agreement(0);
  if (still > 0.95) return false;
  let [best, at] = [still, 0];
  for (let shift = -farthest; shift <= farthest; shift++) {
    const value = agreement(shift);
    if (value > best) [best, at] = [value, shift];
  }
  return Math.abs(at) >= a.length / 16 && best > 0.9 && 1 - best < 0.3 * (1 - still);
}
