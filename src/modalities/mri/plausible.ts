import { centredFft } from '../../../core/fft.js';
import type { KspaceShape } from '../../../volumes/kinds/kspace/mask.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { isSlicewiseError } from '../../../core/errors.js';
import { noiseFromData } from './noise/noise-level.js';
import { maskOf } from './stages.js';

/** A coil's noise against the median of all from which on it is told. */
const LOUD = 10;
/** σ over the root mean square of the signal below which noise is none: numbers of 7 digits have no more. */
const SILENT = 1e-6;
/** Slices looked at, spread over the volume. */
const SLICES = 16;

/**
 * What k-space on a grid shows that can hardly be, each with the way out: a centre in the corners, noise that is none, one coil whose noise
 * is many times the others', slices shifted against each other.
 */
export function plausibleKspace(scan: Measurement): readonly string[] {
  const shape = scan.shape as unknown as KspaceShape;
  if (shape.some((n) => n < 1)) return [];
  const told: string[] = [];
  const corner = centreInCorners(scan.data, shape);
  if (corner) told.push(corner);
  told.push(...noiseDoubts(scan, shape));
  if (!corner) told.push(...shiftedSlices(scan.data, shape));
  return told;
}

/** Energy of boxes of an eighth of the matrix about the middle, and about [0, 0] as an unshifted transform leaves it. */
function centreInCorners(data: Float32Array, [slices, coils, ny, nx]: KspaceShape): string | undefined {
  if (Math.min(ny, nx) < 16) return undefined;
  const [hy, hx] = [Math.ceil(ny / 16), Math.ceil(nx / 16)];
  const [middle, corners, rows, columns] = [0, 1, 2, 3].map((n) => {
    const [cy, cx] = [n === 0 || n === 3 ? Math.floor(ny / 2) : 0, n === 0 || n === 2 ? Math.floor(nx / 2) : 0];
    let energy = 0;
    for (let plane = 0; plane < slices * coils; plane++) {
      for (let dy = -hy; dy < hy; dy++) {
        for (let dx = -hx; dx < hx; dx++) {
          const at = 2 * ((plane * ny + ((cy + dy + ny) % ny)) * nx + ((cx + dx + nx) % nx));
          energy += data[at] ** 2 + data[at + 1] ** 2;
        }
      }
    }
    return energy;
  });
  const most = Math.max(corners, rows, columns);
  if (!(most > 4 * middle)) return undefined;
  const where = most === corners ? 'in the corners of k-space' : most === rows ? 'at the ends of ky' : 'at the ends of kx';
  const axes = most === corners ? 'ky,kx' : most === rows ? 'ky' : 'kx';
  return (
    `most of the signal lies ${where} and not in the middle: the image will be wrong. Was the data left as an unshifted transform ` +
    `(numpy.fft) leaves it? Then say so (--fftshift ${axes}), or check --axes`
  );
}

/** Noise levels from the periphery, where it tells them. */
function noiseDoubts({ data, arrays, shape: sizes }: Measurement, shape: KspaceShape): string[] {
  const [, coils] = shape;
  const told: string[] = [];
  try {
    const { std, perCoil } = noiseFromData(data, shape, maskOf({ arrays, shape: sizes }).data);
    let [energy, count] = [0, 0];
    for (let n = 0; n < data.length; n++) {
      if (data[n] === 0) continue;
      energy += data[n] ** 2;
      count++;
    }
    const signal = Math.sqrt(energy / Math.max(1, count));
    if (std < SILENT * signal) {
      told.push(
        `the noise at the edge of k-space is ${(std / signal).toExponential(1)} of the signal, less than numbers of this precision hold: ` +
          'zeros were filled in and filtered, or the data are simulated; the noise level cannot be told from them (--noise-std)',
      );
    }
    const median = [...perCoil].sort((a, b) => a - b)[coils >> 1];
    const loud = [...perCoil].flatMap((level, c) => (coils > 2 && level > LOUD * median ? [c] : []));
    if (loud.length > 0) {
      told.push(
        `coil${loud.length > 1 ? 's' : ''} ${loud.join(', ')} of 0 … ${coils - 1}: noise more than ${LOUD} times that of the others ` +
          '(a broken channel?); whiten by a noise scan, or leave the coil out of the file',
      );
    }
  } catch (error) {
    // too few samples to judge by
    if (!isSlicewiseError(error)) throw error;
  }
  return told;
}

/** Samples along either axis that profiles are made of. */
const LOW = 32;

/**
 * Neighbouring slices of one object look alike; ones that fit far better when moved by an eighth of the field of view or more are shifted
 * (a phase ramp of every second slice, frequency drift, slices of two scans).
 */
function shiftedSlices(data: Float32Array, [slices, coils, ny, nx]: KspaceShape): string[] {
  if (slices < 3 || Math.min(ny, nx) < LOW) return [];
  const step = Math.ceil(slices / SLICES);
  const looked = Array.from({ length: slices }, (_, s) => s).filter((s) => s % step === 0 || (step > 1 && s % step === 1));
  const images = new Map(looked.map((s) => [s, lowImage(data, s, [slices, coils, ny, nx])]));
  const told: string[] = [];
  for (const [axis, name] of [
    [0, 'ky'],
    [1, 'kx'],
  ] as const) {
    const moved = looked.filter((s) => {
      const [a, b] = [images.get(s), images.get(s + 1)];
      return a !== undefined && b !== undefined && isMoved(profileOf(a, axis), profileOf(b, axis));
    });
    if (moved.length < 2) continue;
    told.push(
      `slices seem shifted against each other along ${name === 'ky' ? 'the rows (ky)' : 'the columns (kx)'} (first between ` +
        `${moved[0]} and ${moved[0] + 1}): each is reconstructed as it is, but couplings between slices blur them; use --mode 2d or ` +
        'correct the phase of the slices first',
    );
  }
  return told;
}

/** Root sum of squares of the middle of k-space, [LOW, LOW]. */
function lowImage(data: Float32Array, slice: number, [, coils, ny, nx]: KspaceShape): Float64Array {
  const out = new Float64Array(LOW * LOW);
  const [fy, fx] = [Math.floor(ny / 2) - LOW / 2, Math.floor(nx / 2) - LOW / 2];
  for (let c = 0; c < coils; c++) {
    const box = new Float64Array(2 * LOW * LOW);
    for (let y = 0; y < LOW; y++) {
      const from = 2 * (((slice * coils + c) * ny + fy + y) * nx + fx);
      box.set(data.subarray(from, from + 2 * LOW), 2 * y * LOW);
    }
    centredFft(box, [LOW, LOW], 0, 'inverse');
    centredFft(box, [LOW, LOW], 1, 'inverse');
    for (let n = 0; n < out.length; n++) out[n] += box[2 * n] ** 2 + box[2 * n + 1] ** 2;
  }
  return out.map(Math.sqrt);
}

function profileOf(image: Float64Array, axis: 0 | 1): Float64Array {
  const out = new Float64Array(LOW);
  for (let y = 0; y < LOW; y++) for (let x = 0; x < LOW; x++) out[axis === 0 ? y : x] += image[y * LOW + x];
  return out;
}

/** Do two periodic profiles agree far better when one is moved by an eighth or more? */
function isMoved(a: Float64Array, b: Float64Array): boolean {
  const centred = (p: Float64Array): Float64Array => {
    const mean = p.reduce((sum, v) => sum + v, 0) / p.length;
    return p.map((v) => v - mean);
  };
  const [p, q] = [centred(a), centred(b)];
  const norm = Math.sqrt(p.reduce((s, v) => s + v * v, 0) * q.reduce((s, v) => s + v * v, 0));
  if (!(norm > 0)) return false;
  const agreement = (shift: number): number => p.reduce((sum, v, n) => sum + v * q[(n + shift + LOW) % LOW], 0) / norm;
  let [best, at] = [-1, 0];
  for (let shift = -LOW / 2; shift < LOW / 2; shift++) {
    const value = agreement(shift);
    if (value > best) [best, at] = [value, shift];
  }
  return Math.abs(at) >= LOW / 8 && best > 0.9 && 1 - best < 0.3 * (1 - agreement(0));
}
