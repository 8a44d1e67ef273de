import { SlicewiseError } from '../../../core/errors.js';
import { fullySampledCentre } from '../../../core/sampling-mask.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { drawTrials, type HoldOut } from '../held-out.js';
import { errorOfKspace } from './error-of-kspace.js';
import { maskOf } from './stages.js';

const SHARE = 0.02;
/** Side of the region about the centre that is never hidden: maps, scale and noise level are made of it. */
const KEPT = 24;
/** Lines or points that must be left to hide any. */
const FEWEST = 10;

/**
 * Samples outside of the calibration region are hidden, of all coils: whole lines where lines were measured (their samples lie side by
 * side, and would tell of each other), else points.
 */
export const heldOutSamples: HoldOut = {
  what: 'k-space samples',
  draw(scan: Measurement, { seed, share = SHARE, trials = 1 }) {
    const [slices, coils, ny, nx] = scan.shape;
    const mask = maskOf(scan);
    const masks = mask.data.length / (ny * nx);
    const centre = fullySampledCentre({ data: mask.data, shape: [masks, ny, nx] }, KEPT);
    const inCentre = (y: number, x: number): boolean =>
      centre !== undefined && Math.abs(y - Math.floor(ny / 2)) <= centre.height / 2 && Math.abs(x - Math.floor(nx / 2)) <= centre.width / 2;
    const measured = (at: number): boolean => {
      for (let m = 0; m < masks; m++) if (mask.data[m * ny * nx + at] === 0) return false;
      return true;
    };
    const lines = linesOf(mask.data.subarray(0, ny * nx), ny, nx);
    // a unit: what is hidden together, by its number; a line runs along kx or ky, a point is itself
    const unitOf = (at: number): number => (lines === 'kx' ? Math.floor(at / nx) : lines === 'ky' ? at % nx : at);
    const whole = new Set<number>();
    const near = new Set<number>();
    for (let at = 0; at < ny * nx; at++) {
      if (!measured(at)) continue;
      whole.add(unitOf(at));
      const [y, x] = [Math.floor(at / nx), at % nx];
      if (inCentre(y, x)) near.add(unitOf(at));
    }
    const free = [...whole].filter((unit) => !near.has(unit));
    if (free.length < FEWEST) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'too little was measured outside of the calibration region to hide any of it',
        expected: `at least ${FEWEST} ${lines ? 'lines' : 'samples'} that all slices have`,
        got: `${free.length}`,
        hint: 'leave --hold-out and --tune out',
      });
    }
    const per = lines ? (lines === 'kx' ? nx : ny) : 1;
    const distance = distances(ny, nx, lines);
    return drawTrials(free, Math.max(1, Math.round(share * whole.size)), trials, seed).map((hide) => {
      const gone = Uint8Array.from({ length: ny * nx }, (_, at) => (measured(at) && hide.has(unitOf(at)) ? 1 : 0));
      const rest = mask.data.map((m, n) => (gone[n % (ny * nx)] ? 0 : m));
      const data = scan.data.map((value, n) => (gone[(n >> 1) % (ny * nx)] ? 0 : value));
      return {
        scan: { ...scan, data, arrays: { ...scan.arrays, mask: { ...mask, data: rest } } },
        hidden: (shape) => Uint8Array.from({ length: shape.reduce((a, n) => a * n, 1) }, (_, n) => gone[n % (ny * nx)]),
        errorOfAll: (predicted, truth, shape, noiseStd) =>
          errorOfKspace(predicted, truth, { shape, gone, seen: rest, distance, parts: Math.floor(hide.size / (lines ? 2 : 20)) }, noiseStd),
        count: hide.size * per * slices * coils,
        of: whole.size * per * slices * coils,
      };
    });
  },
};

/** The direction along which all samples of a line are measured together, if there is one. */
function linesOf(mask: Float32Array, ny: number, nx: number): 'kx' | 'ky' | undefined {
  const alike = (at: (n: number) => number, outer: number, inner: number, step: number): boolean => {
    for (let line = 0; line < outer; line++) {
      for (let n = 1; n < inner; n++) if (mask[at(line)] !== mask[at(line) + n * step]) return false;
    }
    return true;
  };
  if (alike((line) => line * nx, ny, nx, 1)) return 'kx';
  if (alike((line) => line, nx, ny, nx)) return 'ky';
  return undefined;
}

/** From the centre of k-space, of every point, in shares of the way to the border: of whole lines across them alone. */
const distances = (ny: number, nx: number, lines: 'kx' | 'ky' | undefined): Float64Array =>
  Float64Array.from({ length: ny * nx }, (_, at) => {
    const y = (2 * (Math.floor(at / nx) - Math.floor(ny / 2))) / ny;
    const x = (2 * ((at % nx) - Math.floor(nx / 2))) / nx;
    return lines === 'kx' ? Math.abs(y) : lines === 'ky' ? Math.abs(x) : Math.hypot(y, x);
  });
