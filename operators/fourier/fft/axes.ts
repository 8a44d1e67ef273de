import { SlicewiseError } from '../../../core/errors.js';

/** The direction that is transformed: 'x' is the last axis, 'y' the one before. */
export type Direction = 'x' | 'y';

/** Which axes are transformed: both of the image, or one. */
export type FourierAxes = 'yx' | Direction;

/** In the order they are transformed in. @throws SlicewiseError ARGUMENT */
export function directionsOf(axes: FourierAxes): Direction[] {
  if (!['yx', 'y', 'x'].includes(axes)) {
    throw new SlicewiseError('ARGUMENT', { message: 'unknown axes', expected: "'yx', 'y' or 'x'", got: `${axes}` });
  }
  return (['x', 'y'] as const).filter((direction) => axes.includes(direction));
}
