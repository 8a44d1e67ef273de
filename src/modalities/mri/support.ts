import type { Measurement } from '../../../volumes/measurement.js';

/**
 * Pixels that a coil sees, [slice, y, x] (with two sets of maps [slice, set · y, x]): maps are 0 where no signal was found, and data then
 * say nothing. One coil without maps sees all.
 */
export function coilSupport({ arrays, grid }: Pick<Measurement, 'arrays' | 'grid'>): Float32Array | undefined {
  if (!arrays?.maps) return undefined;
  const sets = [arrays.maps, ...(arrays.secondMaps ? [arrays.secondMaps] : [])];
  const [slices, rows, columns] = grid.shape;
  const pixels = rows * columns;
  const coils = arrays.maps.data.length / (2 * slices * pixels);
  return Float32Array.from({ length: slices * sets.length * pixels }, (_, i) => {
    const [slice, set] = [Math.floor(i / (sets.length * pixels)), Math.floor(i / pixels) % sets.length];
    const { data } = sets[set];
    for (let coil = 0; coil < coils; coil++) {
      const at = 2 * ((slice * coils + coil) * pixels + (i % pixels));
      if (data[at] !== 0 || data[at + 1] !== 0) return 1;
    }
    return 0;
  });
}
