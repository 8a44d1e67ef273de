import { normals, philoxKey } from '../../core/philox.js';

/** Harmonics of the smooth field along each axis. */
const ORDER = 3;

/**
 * Complex images [slice, row, column, (re, im)] from magnitudes, with a smooth phase of its own for every slice, as coil-combined MR images
 * have:
 *
 *     φ(u, v) = 2π c + a u + b v + 0.4 Σ g_mn cos(π m (u + 1)/2) cos(π n (v + 1)/2)/(m + n),   u, v = −1…1 along rows and columns
 *
 * with c, a, b and g_mn (m, n = 0…3, not both 0) standard normal; radians. Negative values count as 0.
 */
export function withPhase(magnitude: Float32Array, shape: readonly [number, number, number], seed: number): Float32Array {
  const [slices, rows, columns] = shape;
  const out = new Float32Array(2 * magnitude.length);
  for (let k = 0, at = 0; k < slices; k++) {
    const g = normals(3 + (ORDER + 1) ** 2, philoxKey(seed), k, 0, PHASE_STREAM);
    const cosines = (count: number): Float64Array[] =>
      Array.from({ length: ORDER + 1 }, (_, m) =>
        Float64Array.from({ length: count }, (__, i) => Math.cos((Math.PI * m * i) / (count - 1))),
      );
    const [alongRows, alongColumns] = [cosines(rows), cosines(columns)];
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++, at++) {
        let phase = 2 * Math.PI * g[0] + g[1] * ((2 * r) / (rows - 1) - 1) + g[2] * ((2 * c) / (columns - 1) - 1);
        for (let m = 0; m <= ORDER; m++) {
          for (let n = m === 0 ? 1 : 0; n <= ORDER; n++) {
            phase += (0.4 / (m + n)) * g[3 + m * (ORDER + 1) + n] * alongRows[m][r] * alongColumns[n][c];
          }
        }
        const size = Math.max(0, magnitude[at]);
        out[2 * at] = size * Math.cos(phase);
        out[2 * at + 1] = size * Math.sin(phase);
      }
    }
  }
  return out;
}

/** Away from the streams of the noise of these benches (0). */
const PHASE_STREAM = 77;
