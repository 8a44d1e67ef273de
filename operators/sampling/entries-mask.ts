import type { Backend } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import type { Grid } from '../../volumes/measurement.js';
import { ENTRIES, entriesSchema } from '../../volumes/kinds/spectral/schema.js';
import { parseGeometry } from '../../volumes/kinds/schema.js';
import type { Measured } from '../registry.js';
import { maskOperator, type MaskOperator } from './mask.js';

/** Of the entries [band, line, sample] of a cube those that were measured; without a mask all. */
export function entriesOfScan({ geometry, shape, arrays }: Measured, grid: Pick<Grid, 'shape'>, backend: Backend): Promise<MaskOperator> {
  parseGeometry(entriesSchema, geometry, ENTRIES);
  const [bands, lines, samples] = shape ?? grid.shape;
  const mask = arrays?.mask?.data ?? new Float32Array(bands * lines * samples).fill(1);
  return maskOperator(space(['band', 'line', 'sample'], [bands, lines, samples]), mask, backend);
}
