import { affineOf, spacingOf, shapeOf } from '../../../../core/placement.js';
import { SlicewiseError } from '../../../../core/errors.js';
import { checkFinite } from '../../../../volumes/finite.js';
import { cropSlices, toCanonical, type Plane } from '../../../../volumes/orientation.js';
import { makeVolume, volumeData, type Volume } from '../../../../volumes/volume.js';
import type { ObjectExtent, PixelPlane, Vector } from './coils.js';

/** An MR image of something: its magnitude, and its phase (radians, the same grid) where it is known. */
export interface MrObject {
  readonly magnitude: Volume;
  readonly phase?: Volume;
}

/**
 * The part of the object that is scanned: slices in `plane`, cropped, magnitudes ≥ 0.
 * @returns the object and what the user should know of it
 * @throws SlicewiseError UNITS for CT, ARGUMENT for slices that are not there, SHAPE for a phase on another grid, NOT_FINITE
 */
export function scannedPart(
  source: Volume | MrObject,
  plane: Plane,
  slices?: readonly [number, number],
): { object: MrObject; warnings: string[] } {
  const { magnitude, phase } = 'magnitude' in source ? source : { magnitude: source, phase: undefined };
  if (magnitude.units === 'HU' || magnitude.units === '1/mm') {
    throw new SlicewiseError('UNITS', {
      message: 'cannot simulate an MRI scan of this volume',
      expected: 'the magnitude of an MR image',
      got: `${magnitude.units}, the unit of CT`,
      hint: 'if it is an MR image, say so: --units arbitrary',
    });
  }
  if (phase && shapeOf(phase).join() !== shapeOf(magnitude).join()) {
    throw new SlicewiseError('SHAPE', {
      message: 'phase and magnitude lie on different grids',
      expected: shapeOf(magnitude).join(' × '),
      got: shapeOf(phase).join(' × '),
    });
  }
  const part = (volume: Volume): Volume => {
    const turned = toCanonical(volume, plane).volume;
    if (!slices) return turned;
    const [first, last] = slices;
    const count = shapeOf(turned)[0];
    if (first <= last && last < count) return cropSlices(turned, first, last + 1);
    throw new SlicewiseError('ARGUMENT', {
      message: `no such ${plane} slices`,
      expected: `first:last with 0 ≤ first ≤ last ≤ ${count - 1}, both included`,
      got: `${first}:${last}`,
    });
  };
  const cut = part(magnitude);
  const data = volumeData(cut);
  checkFinite(data, shapeOf(cut), 'the volume', 1, 'where they lie outside the field of view, read them as 0: --fill 0 (fill: 0)');
  const negative = data.reduce((count, value) => count + (value < 0 ? 1 : 0), 0);
  const object = {
    magnitude:
      negative === 0
        ? cut
        : makeVolume(
            data.map((v) => Math.max(0, v)),
            shapeOf(cut),
            cut,
          ),
    ...(phase ? { phase: part(phase) } : {}),
  };
  if (object.phase) checkFinite(volumeData(object.phase), shapeOf(object.phase), 'the phase');
  const warnings = negative === 0 ? [] : [`${negative} voxels are negative, which a magnitude is not: they count as 0`];
  return { object, warnings };
}

/** Foreground is what has more than this share of the 99th percentile of the values above 0. */
const FOREGROUND = 0.1;

/**
 * Where the object is: voxels above a tenth of the 99th percentile of those above 0.
 * @throws SlicewiseError ARGUMENT for an empty volume
 */
export function foregroundThreshold(data: Float32Array): number {
  const positive = data.filter((v) => v > 0).sort();
  if (positive.length > 0) return FOREGROUND * positive[Math.floor(0.99 * (positive.length - 1))];
  throw new SlicewiseError('ARGUMENT', {
    message: 'there is nothing in these slices',
    expected: 'values above 0',
    got: 'none',
    hint: 'choose other --slices',
  });
}

/** Mean magnitude of the foreground: the signal of the signal-to-noise ratio. */
export function foregroundMean(data: Float32Array, threshold: number): number {
  let [sum, count] = [0, 0];
  for (const value of data) {
    if (value <= threshold) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** The pixels of slice k, each split into `oversample` × `oversample`; DC's pixel stays where it is. */
export function pixelPlane(volume: Volume, k: number, oversample: number): PixelPlane {
  const [, nj, ni] = shapeOf(volume);
  const m = affineOf(volume);
  const axis = (n: number): Vector => [m[n], m[4 + n], m[8 + n]];
  const [i, j, slice] = [axis(0), axis(1), axis(2)];
  // index ⌊N/2⌋ of the volume is ⌊fN/2⌋ of the finer grid
  const start = (n: number): number => Math.floor(n / 2) - Math.floor((n * oversample) / 2) / oversample;
  const at = (n: number): number => m[4 * n + 3] + start(ni) * i[n] + start(nj) * j[n] + k * slice[n];
  const finer = (v: Vector): Vector => [v[0] / oversample, v[1] / oversample, v[2] / oversample];
  return {
    shape: [nj * oversample, ni * oversample],
    origin: [at(0), at(1), at(2)],
    row: finer(j),
    column: finer(i),
  };
}

/** Longest side of the field of view, mm. */
export function longestSide(volume: Volume): number {
  const [nk, nj, ni] = shapeOf(volume);
  const [dx, dy, dz] = spacingOf(volume, 'mm');
  return Math.max(ni * dx, nj * dy, nk * dz);
}

/** The foreground as a cylinder along z of the world, the direction of B₀. */
export function objectExtent(volume: Volume, threshold: number): ObjectExtent {
  const [nk, nj, ni] = shapeOf(volume);
  const data = volumeData(volume);
  const m = affineOf(volume);
  // the ends of every row of foreground are enough: what lies between is no farther out
  const points: number[] = [];
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const row = data.subarray((k * nj + j) * ni, (k * nj + j + 1) * ni);
      const first = row.findIndex((v) => v > threshold);
      if (first < 0) continue;
      for (const i of [first, row.findLastIndex((v) => v > threshold)]) {
        for (let w = 0; w < 3; w++) points.push(m[4 * w] * i + m[4 * w + 1] * j + m[4 * w + 2] * k + m[4 * w + 3]);
      }
    }
  }
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  points.forEach((value, n) => {
    low[n % 3] = Math.min(low[n % 3], value);
    high[n % 3] = Math.max(high[n % 3], value);
  });
  const centre = low.map((value, w) => (value + high[w]) / 2) as unknown as Vector;
  let radius = 0;
  for (let n = 0; n < points.length; n += 3) {
    radius = Math.max(radius, Math.hypot(points[n] - centre[0], points[n + 1] - centre[1]));
  }
  // an object of one voxel still needs coils around it
  const least = Math.min(...spacingOf(volume, 'mm'));
  return { centre, radius: Math.max(radius, least), height: Math.max(high[2] - low[2], least) };
}
