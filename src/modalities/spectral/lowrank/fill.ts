import { coordinateAt, type Axis } from '../../../../core/axis.js';

/**
 * Maps of coefficients where nothing of a pixel was measured: the harmonic function, Δz = 0, between the pixels that were; each
 * missing pixel is the mean of its neighbours. By successive over-relaxation.
 * @param maps [pixel, rank], missing pixels overwritten
 */
export function fillPixels(maps: Float64Array, known: Uint8Array, [lines, samples]: readonly [number, number], rank: number): void {
  const missing = Array.from(known.keys()).filter((p) => known[p] === 0);
  if (missing.length === 0 || missing.length === known.length) return;
  startFromNearest(maps, known, [lines, samples], rank);
  const around = missing.map((p) => neighbours(p, lines, samples));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let change = 0;
    missing.forEach((p, n) => {
      for (let k = 0; k < rank; k++) {
        let sum = 0;
        for (const q of around[n]) sum += maps[q * rank + k];
        const step = RELAXATION * (sum / around[n].length - maps[p * rank + k]);
        maps[p * rank + k] += step;
        change = Math.max(change, Math.abs(step));
      }
    });
    // coefficients have variance 1
    if (change < 1e-4) return;
  }
}

const SWEEPS = 500;
const RELAXATION = 1.8;

function neighbours(p: number, lines: number, samples: number): number[] {
  const [y, x] = [Math.floor(p / samples), p % samples];
  const rows = [y > 0 ? p - samples : -1, y < lines - 1 ? p + samples : -1];
  return [...rows, x > 0 ? p - 1 : -1, x < samples - 1 ? p + 1 : -1].filter((q) => q >= 0);
}

/** Every missing pixel as one that it touches, ring by ring. */
function startFromNearest(maps: Float64Array, known: Uint8Array, [lines, samples]: readonly [number, number], rank: number): void {
  const done = known.slice();
  let front = Array.from(done.keys()).filter((p) => done[p] === 1);
  while (front.length > 0) {
    const next: number[] = [];
    for (const p of front) {
      for (const q of neighbours(p, lines, samples)) {
        if (done[q]) continue;
        done[q] = 1;
        maps.copyWithin(q * rank, p * rank, (p + 1) * rank);
        next.push(q);
      }
    }
    front = next;
  }
}

/**
 * Factors of bands that were measured nowhere: linear between their neighbours by wavelength (by number, where there are no
 * wavelengths), the nearest at the ends.
 * @param factors [band, columns] in units of the data, missing bands overwritten
 */
export function fillBands(factors: Float64Array, known: readonly boolean[], axis: Axis): void {
  const bands = known.length;
  const columns = factors.length / bands;
  const at = (band: number): number => coordinateAt(axis, band);
  const order = Array.from(known.keys())
    .filter((b) => known[b])
    .sort((a, b) => at(a) - at(b));
  for (let band = 0; band < bands; band++) {
    if (known[band] || order.length === 0) continue;
    const above = order.findIndex((b) => at(b) >= at(band));
    const [low, high] = above < 0 ? [order[order.length - 1], order[order.length - 1]] : [order[Math.max(0, above - 1)], order[above]];
    const share = at(high) === at(low) ? 0 : (at(band) - at(low)) / (at(high) - at(low));
    const part = Math.min(1, Math.max(0, share));
    for (let c = 0; c < columns; c++) {
      factors[band * columns + c] = (1 - part) * factors[low * columns + c] + part * factors[high * columns + c];
    }
  }
}
