import { SlicewiseError } from '../core/errors.js';
import type { Boundary, Field, Neighbours } from './backend.js';

/** @throws SlicewiseError ARGUMENT for neighbours of another field or boundary than that of the differences */
export function requireNeighbours(neighbours: Neighbours | undefined, x: Field, boundary: Boundary): void {
  if (!neighbours || (neighbours.field === x && neighbours.boundary === boundary)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: 'the neighbours are not those of the field whose differences are taken',
    expected: `neighbours(x, '${boundary}') of the same x`,
    got: `those of ${neighbours.field === x ? 'x' : 'another field'}, '${neighbours.boundary}'`,
  });
}
