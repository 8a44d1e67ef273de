import { SlicewiseError } from '../../core/errors.js';

const RADIUS = 5;
const TAPS = 2 * RADIUS + 1;
const K1 = 0.01;
const K2 = 0.03;
/** Images with a side below this have no SSIM: no window fits. */
export const SSIM_WINDOW = TAPS;

/** Normalised 11-tap Gaussian, σ = 1.5 pixels. */
const GAUSSIAN = (() => {
  const taps = Float64Array.from({ length: TAPS }, (_, i) => Math.exp(-((i - RADIUS) ** 2) / (2 * 1.5 ** 2)));
  const sum = taps.reduce((a, w) => a + w, 0);
  return taps.map((w) => w / sum);
})();

/**
 * Structural similarity of two images (Wang, Bovik, Sheikh, Simoncelli 2004, eq. 13), with their 11×11 Gaussian window of
 * σ = 1.5, K₁ = 0.01, K₂ = 0.03 and biased local covariances. Averaged where the window lies wholly inside the image: the
 * 5 pixels at each border are left out, as scikit-image does.
 *
 * @param a row-major [height, width]
 * @param b likewise
 * @param options `dataRange`: L in C₁ = (K₁L)², C₂ = (K₂L)²; 2000 for HU in [−1000, 1000]
 * @throws SlicewiseError SHAPE when a side is below 11 or a length is not height·width; ARGUMENT for a range ≤ 0
 */
export function ssim2d(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  height: number,
  width: number,
  options: { readonly dataRange: number },
): number {
  if (height < TAPS || width < TAPS || a.length !== height * width || b.length !== height * width) {
    throw new SlicewiseError('SHAPE', {
      message: 'SSIM compares two images of one size, at least 11×11',
      expected: `${height}×${width} values, sides ≥ ${TAPS}`,
      got: `${a.length} and ${b.length} values`,
    });
  }
  const { dataRange } = options;
  if (!(dataRange > 0)) throw new SlicewiseError('ARGUMENT', { expected: 'dataRange > 0', got: `${dataRange}` });
  const c1 = (K1 * dataRange) ** 2;
  const c2 = (K2 * dataRange) ** 2;

  // Rolling rows: each input row is filtered along x once, into one of 11 slots; then the slots are combined along y.
  const outWidth = width - 2 * RADIUS;
  const slots = Array.from({ length: TAPS }, () => new Float64Array(5 * outWidth));
  const row = new Float64Array(5 * outWidth);
  let sum = 0;
  for (let y = 0; y < height; y++) {
    filterRow(a, b, y * width, outWidth, slots[y % TAPS]);
    if (y < TAPS - 1) continue;
    row.fill(0);
    for (let t = 0; t < TAPS; t++) {
      const from = slots[(y - TAPS + 1 + t) % TAPS];
      const w = GAUSSIAN[t];
      for (let x = 0; x < row.length; x++) row[x] += w * from[x];
    }
    for (let x = 0; x < outWidth; x++) {
      const ma = row[x];
      const mb = row[outWidth + x];
      const va = row[2 * outWidth + x] - ma * ma;
      const vb = row[3 * outWidth + x] - mb * mb;
      const cov = row[4 * outWidth + x] - ma * mb;
      sum += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    }
  }
  return sum / (outWidth * (height - 2 * RADIUS));
}

/** Gaussian means along one row of a, b, a², b², ab, one after the other in `out`. */
function filterRow(a: ArrayLike<number>, b: ArrayLike<number>, at: number, outWidth: number, out: Float64Array): void {
  for (let x = 0; x < outWidth; x++) {
    let sa = 0;
    let sb = 0;
    let saa = 0;
    let sbb = 0;
    let sab = 0;
    for (let t = 0; t < TAPS; t++) {
      const w = GAUSSIAN[t];
      const va = a[at + x + t];
      const vb = b[at + x + t];
      sa += w * va;
      sb += w * vb;
      saa += w * va * va;
      sbb += w * vb * vb;
      sab += w * va * vb;
    }
    out[x] = sa;
    out[outWidth + x] = sb;
    out[2 * outWidth + x] = saa;
    out[3 * outWidth + x] = sbb;
    out[4 * outWidth + x] = sab;
  }
}
