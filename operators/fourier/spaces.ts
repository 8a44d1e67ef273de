import { space, type Space } from '../../core/space.js';

/** Image space: complex `[slice, y, x]`. */
export const imageSpace = (shape: readonly [number, number, number]): Space => space(['slice', 'y', 'x'], shape, 'complex64');
/** Space of coil maps and coil images: complex `[slice, coil, y, x]`. */
export const coilSpace = ([slices, rows, columns]: readonly [number, number, number], coils: number): Space =>
  space(['slice', 'coil', 'y', 'x'], [slices, coils, rows, columns], 'complex64');
