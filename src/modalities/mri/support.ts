import type { Measurement } from '../../../volumes/measurement.js';

/**
 * Pixels that a coil sees, [slice, y, x]: maps are 0 where no signal was found, and data then say nothing. One coil without maps sees all.
 */
export function coilSupport({ arrays, grid }: Pick<Measurement, 'arrays' | 'grid'>): Float32Array | undefined {
  const maps = arrays?.maps;
  if (!maps) return undefined;
  const [slices, rows, columns] = grid.shape;
  const pixels = rows * columns;
  const coils = maps.data.length / (2 * slices * pixels);
  return Float32Array.from({ length: slices * pixels }, (_, i) => {
    const slice = Math.floor(i / pixels);
    for (let coil = 0; coil < coils; coil++) {
      const at = 2 * ((slice * coils + coil) * pixels + (i % pixels));
      if (maps.data[at] !== 0 || maps.data[at + 1] !== 0) return 1;
    }
    return 0;
  });
}
