import type { Backend } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import type { Grid } from '../../volumes/measurement.js';
import { parseGeometry } from '../../volumes/kinds/schema.js';
import { TRACES, traceSchema } from '../../volumes/kinds/traces/schema.js';
import type { LinearOperator } from '../operator.js';
import type { Measured } from '../registry.js';
import { maskOperator } from './mask.js';

/** Of the traces [line, trace, sample] of a grid those that were measured: `mask` [line, trace] of the scan for each of its samples. */
export function traceMaskOfScan({ geometry, arrays }: Measured, { shape }: Grid, backend: Backend): Promise<LinearOperator> {
  parseGeometry(traceSchema, geometry, TRACES);
  const samples = shape[2];
  const mask = arrays?.mask?.data;
  const all = Float32Array.from({ length: shape[0] * shape[1] * samples }, (_, n) => mask?.[Math.floor(n / samples)] ?? 1);
  return maskOperator(space(['line', 'trace', 'sample'], shape), all, backend);
}
