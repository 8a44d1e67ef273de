import { SlicewiseError } from '../../../../core/errors.js';
import type { Calibration } from './calibration.js';
import { DominantEigenpair, hermitianEigen } from '../../../../core/linear-algebra/hermitian.js';
import { referenceCoil, turnTo, type PhaseReference } from './phase.js';

/**
 * ESPIRiT coil maps: M. Uecker et al., "ESPIRiT: an eigenvalue approach to autocalibrating parallel MRI: where SENSE meets GRAPPA",
 * Magn. Reson. Med. 71 (2014) 990-1001.
 *
 * Every window of k × k × coils samples of the calibration region is a row of the calibration matrix A. Windows of any signal that the
 * coils can see lie in its row space, spanned by the right singular vectors v_j above a threshold. The map s(r) of a pixel is therefore the
 * eigenvector to eigenvalue 1 of
 *
 *     G(r) = 1/k² Σ_j a_j(r) a_j(r)ᴴ,   a_jc(r) = Σ_m v_jc[m] exp(2πi m·r/N)
 *
 * (paper, eqs. 12-16), and its largest eigenvalue falls below 1 where there is no signal. G(r) is a trigonometric polynomial whose
 * coefficients live on the (2k − 1)² differences of positions in a window, so it is summed from those directly, for any image size, instead
 * of k²·coils transforms of the kernels.
 */
export interface EspiritOptions {
  /**
   * Side of the kernel windows. Default 6, BART's and SigPy's, and less where the calibration region is smaller than 16: a third of its
   * shorter side. Windows of 6 leave a region of 10 × 24 too few of them; on simulated heads and limbs the energy that its maps do not
   * explain was 0.6 to 1.3 %, and 0.4 to 0.5 % with 3.
   */
  readonly kernel?: number;
  /**
   * Singular values below this share of the largest are noise. Default 0.02, SigPy's. BART's `-t t` is √t here: its default 0.001 is
   * 0.0316.
   */
  readonly threshold?: number;
  /**
   * Maps are 0 where the largest eigenvalue is at or below this. Default 0.8, BART's; SigPy's is 0.95. A pixel that is cut is lost to every
   * reconstruction, while one too many costs a little noise.
   */
  readonly crop?: number;
  /** Phase of the maps, see PhaseReference. Default 'virtual'. */
  readonly phase?: PhaseReference;
  /**
   * Standard deviation of the noise in the real and in the imaginary part, when it is known: singular values that noise alone would have
   * are then left out too, and a slice of nothing but noise has maps of 0. Without it such a slice would have maps everywhere, of noise.
   */
  readonly noise?: number;
}

export interface CoilMaps {
  /** Complex, interleaved, [slice, coil, y, x]: Σ_c |s_c|² = 1 inside, 0 outside. */
  readonly maps: Float32Array;
  /** Largest eigenvalue, 0 … 1, [slice, y, x]. */
  readonly eigenvalues: Float32Array;
}

/** Pixels of a slice, counted or weighed. */
export interface MappedPixels {
  /** That have a map. */
  readonly seen: number;
  /** … and would need a second one, or have it. */
  readonly twice: number;
}

/** Row space of a calibration matrix, as the coefficients of G(r). */
export interface EspiritKernels {
  readonly coils: number;
  readonly kernel: number;
  /** Singular values of the calibration matrix, descending. */
  readonly singularValues: Float64Array;
  /** Kernels above the threshold. */
  readonly rank: number;
  /** G's coefficients over k² for pairs of coils a ≥ b, [pair, 2k − 1, 2k − 1], pair = a(a + 1)/2 + b. */
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * A second eigenvalue above this: two sensitivities are at work in the pixel. Where the object is larger than the field of view tissue is
 * folded onto other tissue, which one map cannot describe (Uecker et al., §Theory: soft SENSE).
 */
const SECOND = 0.9;

/** At random windows the largest singular value of noise stays under this times √2 σ (√rows + √columns); 1.05 was the most seen. */
const NOISE_EDGE = 1.1;

/**
 * Maps of all slices. One slice depends on the others by the phase reference only, so `espiritKernels` and `espiritSlice` may be spread
 * over workers.
 * @throws SlicewiseError ARGUMENT for options out of range; GEOMETRY when the calibration region is smaller than the kernel
 */
export function espiritMaps(calibration: Calibration, options: EspiritOptions = {}): CoilMaps {
  const { slices, coils, image } = calibration;
  const pixels = image[0] * image[1];
  const maps = new Float32Array(2 * slices * coils * pixels);
  const eigenvalues = new Float32Array(slices * pixels);
  const reference = referenceCoil(calibration, options.phase);
  for (let slice = 0; slice < slices; slice++) {
    const kernels = espiritKernels(calibration, slice, options);
    const slab = 2 * coils * pixels;
    espiritSlice(kernels, image, reference, options, {
      maps: maps.subarray(slice * slab, (slice + 1) * slab),
      eigenvalues: eigenvalues.subarray(slice * pixels, (slice + 1) * pixels),
    });
  }
  return { maps, eigenvalues };
}

/** Calibration matrix, its singular vectors and the coefficients of G for one slice. A slice without signal has rank 0. */
export function espiritKernels(calibration: Calibration, slice: number, options: EspiritOptions = {}): EspiritKernels {
  const { kernel, threshold, noise } = checked(calibration, options);
  const { coils, region } = calibration;
  const size = 2 * coils * region.height * region.width;
  const data = calibration.data.subarray(slice * size, (slice + 1) * size);
  const columns = coils * kernel * kernel;
  const windows = (region.height - kernel + 1) * (region.width - kernel + 1);
  const gram = windowGram(data, coils, region.height, region.width, kernel);
  const singular = (values: Float64Array): Float64Array => values.map((value) => Math.sqrt(Math.max(0, value)));
  const edge = NOISE_EDGE * Math.SQRT2 * noise * (Math.sqrt(windows) + Math.sqrt(columns));
  const eigen = hermitianEigen(columns, gram.re, gram.im, (values) => {
    const s = singular(values);
    const least = Math.max(threshold * s[0], edge);
    return s.filter((value) => value > least).length;
  });
  const coefficients = lagCoefficients(eigen, coils, kernel);
  return { coils, kernel, singularValues: singular(eigen.values), rank: eigen.kept, ...coefficients };
}

/** Σ x xᴴ over all windows x of the calibration data, the lower triangle of [coil·k², coil·k²]. */
export function windowGram(
  data: Float32Array,
  coils: number,
  height: number,
  width: number,
  k: number,
): { re: Float64Array; im: Float64Array } {
  const n = coils * k * k;
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  const [rows, columns] = [height - k + 1, width - k + 1];
  const [productRe, productIm] = [new Float64Array(height * width), new Float64Array(height * width)];
  // all entries with the same two coils and the same offset between their positions are sums of one product over shifted rectangles
  for (let a = 0; a < coils; a++) {
    for (let b = 0; b <= a; b++) {
      for (let dy = 1 - k; dy < k; dy++) {
        for (let dx = 1 - k; dx < k; dx++) {
          if (a === b && (dy > 0 || (dy === 0 && dx > 0))) continue; // above the diagonal
          const [top, bottom] = [Math.max(0, -dy), Math.min(height, height - dy)];
          const [left, right] = [Math.max(0, -dx), Math.min(width, width - dx)];
          for (let y = top; y < bottom; y++) {
            let p = 2 * ((a * height + y) * width + left);
            let q = 2 * ((b * height + y + dy) * width + left + dx);
            for (let x = left; x < right; x++, p += 2, q += 2) {
              productRe[y * width + x] = data[p] * data[q] + data[p + 1] * data[q + 1];
              productIm[y * width + x] = data[p + 1] * data[q] - data[p] * data[q + 1];
            }
          }
          slidingSums(productRe, top, bottom, left, right, width, rows, columns);
          slidingSums(productIm, top, bottom, left, right, width, rows, columns);
          for (let my = top; my <= bottom - rows; my++) {
            for (let mx = left; mx <= right - columns; mx++) {
              const at = (a * k * k + my * k + mx) * n + b * k * k + (my + dy) * k + mx + dx;
              re[at] = productRe[my * width + mx];
              im[at] = productIm[my * width + mx];
            }
          }
        }
      }
    }
  }
  return { re, im };
}

/** In place, at every position whose rectangle fits: the sum over the rectangle of `rows` × `columns` that begins there. */
function slidingSums(
  plane: Float64Array,
  top: number,
  bottom: number,
  left: number,
  right: number,
  width: number,
  rows: number,
  columns: number,
): void {
  // fresh sums, not differences of running ones: those would lose the weak singular values to the strong centre's rounding
  for (let y = top; y < bottom; y++) {
    for (let x = left; x <= right - columns; x++) {
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += plane[y * width + x + i];
      plane[y * width + x] = sum;
    }
  }
  for (let y = top; y <= bottom - rows; y++) {
    for (let x = left; x <= right - columns; x++) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += plane[(y + i) * width + x];
      plane[y * width + x] = sum;
    }
  }
}

/** 1/k² Σ_j Σ_{m − m' = d} v_ja[m] conj(v_jb[m']). */
function lagCoefficients(
  eigen: { readonly re: Float64Array; readonly im: Float64Array; readonly kept: number },
  coils: number,
  k: number,
): { re: Float64Array; im: Float64Array } {
  const side = 2 * k - 1;
  const window = side * side;
  const pairs = (coils * (coils + 1)) / 2;
  const re = new Float64Array(pairs * window);
  const im = new Float64Array(pairs * window);
  const over = 1 / (k * k);
  for (let j = 0; j < eigen.kept; j++) {
    const row = j * coils * k * k;
    for (let a = 0, pair = 0; a < coils; a++) {
      for (let b = 0; b <= a; b++, pair++) {
        for (let m = 0; m < k * k; m++) {
          const vr = eigen.re[row + a * k * k + m] * over;
          const vi = eigen.im[row + a * k * k + m] * over;
          const [my, mx] = [Math.floor(m / k), m % k];
          for (let y = 0; y < k; y++) {
            let from = row + b * k * k + y * k;
            let to = pair * window + (my - y + k - 1) * side + mx + k - 1;
            for (let x = 0; x < k; x++, from++, to--) {
              re[to] += vr * eigen.re[from] + vi * eigen.im[from];
              im[to] += vi * eigen.re[from] - vr * eigen.im[from];
            }
          }
        }
      }
    }
  }
  return { re, im };
}

/**
 * Map and eigenvalue of every pixel of one slice.
 * @param reference the coil that phases refer to (`referenceCoil` of the whole volume)
 * @param out maps [coil, y, x] complex and eigenvalues [y, x], written whole; `second`: the maps of the second eigenvalue where that is
 *   above `crop` too (BART's `ecalib -m 2`), in the phase of the reference likewise
 * @param weights of the pixels in what is returned, [y, x]; default 1: air has two sensitivities of noise
 * @returns pixels with a map, and those of them that two maps would describe, the second eigenvalue being all but 1 too
 */
export function espiritSlice(
  kernels: EspiritKernels,
  [ny, nx]: readonly [number, number],
  reference: { readonly re: Float64Array; readonly im: Float64Array },
  { crop = 0.8 }: EspiritOptions,
  out: { readonly maps: Float32Array; readonly eigenvalues: Float32Array; readonly second?: Float32Array },
  weights?: ArrayLike<number>,
): MappedPixels {
  const { coils, kernel, re, im, rank } = kernels;
  out.maps.fill(0);
  out.second?.fill(0);
  out.eigenvalues.fill(0);
  if (rank === 0) return { seen: 0, twice: 0 };
  let [seen, twice] = [0, 0];
  const side = 2 * kernel - 1;
  const pairs = (coils * (coils + 1)) / 2;
  const [waveY, waveX] = [waves(ny, kernel), waves(nx, kernel)];
  const lines = new LineCoefficients(pairs, kernel);
  const [matrixRe, matrixIm] = [new Float64Array(coils * coils), new Float64Array(coils * coils)];
  const solver = new DominantEigenpair(coils);
  const turn = new Float64Array(2);
  for (let y = 0; y < ny; y++) {
    lines.fill(re, im, waveY, y * 2 * kernel, side);
    for (let x = 0; x < nx; x++) {
      lines.evaluate(waveX, x * 2 * kernel, coils, matrixRe, matrixIm);
      const value = solver.solve(matrixRe, matrixIm);
      out.eigenvalues[y * nx + x] = value;
      if (value <= crop) continue;
      const weight = weights?.[y * nx + x] ?? 1;
      seen += weight;
      const folded = solver.above(out.second ? crop : SECOND) > 1;
      if (folded) twice += weight;
      turnTo(reference, solver.re, solver.im, turn);
      for (let c = 0; c < coils; c++) {
        const at = 2 * ((c * ny + y) * nx + x);
        out.maps[at] = solver.re[c] * turn[0] - solver.im[c] * turn[1];
        out.maps[at + 1] = solver.re[c] * turn[1] + solver.im[c] * turn[0];
      }
      if (!out.second || !folded) continue;
      lines.evaluate(waveX, x * 2 * kernel, coils, matrixRe, matrixIm);
      const pair = hermitianEigen(coils, matrixRe, matrixIm, () => 2);
      const [secondRe, secondIm] = [pair.re.subarray(coils, 2 * coils), pair.im.subarray(coils, 2 * coils)];
      turnTo(reference, secondRe, secondIm, turn);
      for (let c = 0; c < coils; c++) {
        const at = 2 * ((c * ny + y) * nx + x);
        out.second[at] = secondRe[c] * turn[0] - secondIm[c] * turn[1];
        out.second[at + 1] = secondRe[c] * turn[1] + secondIm[c] * turn[0];
      }
    }
  }
  return { seen, twice };
}

/** exp(2πi d (r − ⌊n/2⌋)/n) for lags d = 0 … k − 1 of every position r, [n, k, 2]. */
function waves(n: number, k: number): Float64Array {
  const out = new Float64Array(2 * n * k);
  for (let r = 0; r < n; r++) {
    for (let d = 0; d < k; d++) {
      const angle = (2 * Math.PI * ((d * (r - Math.floor(n / 2))) % n)) / n;
      out[2 * (r * k + d)] = Math.cos(angle);
      out[2 * (r * k + d) + 1] = Math.sin(angle);
    }
  }
  return out;
}

/**
 * The coefficients of one image row: G's polynomial with ky summed out. Lags +d and −d are kept as their sum and difference, which meet the
 * cosine and the sine of d: half the work.
 */
class LineCoefficients {
  /** [pair, k, 4]: re and im of the sum, re and im of the difference; d = 0 has its value as the sum. */
  private readonly terms: Float64Array;

  constructor(
    private readonly pairs: number,
    private readonly kernel: number,
  ) {
    this.terms = new Float64Array(4 * pairs * kernel);
  }

  fill(re: Float64Array, im: Float64Array, wave: Float64Array, at: number, side: number): void {
    const { pairs, kernel: k, terms } = this;
    const line = new Float64Array(2 * side);
    for (let pair = 0; pair < pairs; pair++) {
      line.fill(0);
      for (let dy = 1 - k; dy < k; dy++) {
        const c = wave[at + 2 * Math.abs(dy)];
        const s = dy < 0 ? -wave[at - 2 * dy + 1] : wave[at + 2 * dy + 1];
        const from = (pair * side + dy + k - 1) * side;
        for (let i = 0; i < side; i++) {
          line[2 * i] += c * re[from + i] - s * im[from + i];
          line[2 * i + 1] += c * im[from + i] + s * re[from + i];
        }
      }
      for (let d = 0; d < k; d++) {
        const [plus, minus, to] = [2 * (k - 1 + d), 2 * (k - 1 - d), 4 * (pair * k + d)];
        terms[to] = d === 0 ? line[plus] : line[plus] + line[minus];
        terms[to + 1] = d === 0 ? line[plus + 1] : line[plus + 1] + line[minus + 1];
        terms[to + 2] = line[plus] - line[minus];
        terms[to + 3] = line[plus + 1] - line[minus + 1];
      }
    }
  }

  /** The lower triangle of G at one pixel. */
  evaluate(wave: Float64Array, at: number, coils: number, re: Float64Array, im: Float64Array): void {
    const { kernel: k, terms } = this;
    let term = 0;
    for (let a = 0; a < coils; a++) {
      for (let b = 0; b <= a; b++) {
        let [sumRe, sumIm] = [0, 0];
        for (let d = 0; d < k; d++, term += 4) {
          const c = wave[at + 2 * d];
          const s = wave[at + 2 * d + 1];
          sumRe += c * terms[term] - s * terms[term + 3];
          sumIm += c * terms[term + 1] + s * terms[term + 2];
        }
        re[a * coils + b] = sumRe;
        im[a * coils + b] = a === b ? 0 : sumIm;
      }
    }
  }
}

function kernelFor(height: number, width: number): number {
  const shorter = Math.min(height, width);
  return shorter >= 16 ? 6 : Math.max(2, Math.round(shorter / 3));
}

function checked(calibration: Calibration, options: EspiritOptions): { kernel: number; threshold: number; noise: number } {
  const { height, width } = calibration.region;
  const { kernel = kernelFor(height, width), threshold = 0.02, crop = 0.8, noise = 0 } = options;
  const fail = (what: string, expected: string, got: number): never => {
    throw new SlicewiseError('ARGUMENT', { message: `ESPIRiT: ${what}`, expected, got: `${got}` });
  };
  if (!(Number.isInteger(kernel) && kernel >= 1)) fail('kernel', 'a whole number of samples, at least 1', kernel);
  if (!(threshold >= 0 && threshold < 1)) fail('threshold', 'a share of the largest singular value, 0 to 1', threshold);
  if (!(crop >= 0 && crop <= 1)) fail('crop', 'an eigenvalue, 0 to 1', crop);
  if (!(noise >= 0 && Number.isFinite(noise))) fail('noise', 'a standard deviation, 0 or more', noise);
  if (kernel > Math.min(height, width)) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'ESPIRiT: the calibration region is smaller than the kernel',
      expected: `at least ${kernel} × ${kernel} samples, better three times that`,
      got: `${height} × ${width}`,
      hint: 'use a smaller kernel or low-resolution maps',
    });
  }
  return { kernel, threshold, noise };
}
