import { normals, philox, philoxKey, uniform } from '../../../../core/philox.js';
import type { PixelPlane, Vector } from './coils.js';
import { STREAM } from './streams.js';

/** One plane wave of phase: amplitude · cos(wave · position + offset); radians, radians per mm. */
export interface PhaseWave {
  readonly amplitude: number;
  readonly wave: Vector;
  readonly offset: number;
}

const WAVES = 6;
/** Sum of the amplitudes, radians. */
const AMPLITUDE = 3;

/**
 * A smooth phase as field inhomogeneity and eddy currents leave it: six plane waves in three dimensions, none shorter than the extent, so
 * that its gradient is at most 3 · 2π/extent radians per mm in any direction, along the slices as across them.
 * @param extent mm, the longest side of the field of view
 */
export function smoothPhase(extent: number, seed: number | bigint): PhaseWave[] {
  const key = philoxKey(seed);
  const words = new Uint32Array(4);
  return Array.from({ length: WAVES }, (_, n) => {
    philox(words, n, 0, 0, STREAM.phase, key);
    const cycles = (0.3 + 0.7 * uniform(words[0], words[1])) / extent;
    const direction = normals(3, key, n, 1, STREAM.phase);
    const length = Math.hypot(...direction);
    return {
      amplitude: AMPLITUDE / WAVES,
      wave: [...direction].map((d) => (2 * Math.PI * cycles * d) / length) as unknown as Vector,
      offset: 2 * Math.PI * uniform(words[2], words[3]),
    };
  });
}

/** Phase at every pixel of a plane, radians. */
export function phaseOf(waves: readonly PhaseWave[], { shape: [ny, nx], origin, row, column }: PixelPlane): Float64Array {
  const phase = new Float64Array(ny * nx);
  for (const { amplitude, wave, offset } of waves) {
    const along = (step: Vector): number => wave[0] * step[0] + wave[1] * step[1] + wave[2] * step[2];
    const [first, perRow, perColumn] = [offset + along(origin), along(row), along(column)];
    // cos(a + b) from the cosines and sines of rows and columns
    const cosines = Float64Array.from({ length: nx }, (_, i) => Math.cos(i * perColumn));
    const sines = Float64Array.from({ length: nx }, (_, i) => Math.sin(i * perColumn));
    for (let j = 0; j < ny; j++) {
      const [c, s] = [amplitude * Math.cos(first + j * perRow), amplitude * Math.sin(first + j * perRow)];
      for (let i = 0; i < nx; i++) phase[j * nx + i] += c * cosines[i] - s * sines[i];
    }
  }
  return phase;
}
