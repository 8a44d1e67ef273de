import type { Backend } from '../../compute/backend.js';
import { elements } from '../../core/array.js';
import { space } from '../../core/space.js';
import type { Grid } from '../../volumes/measurement.js';
import { parseGeometry } from '../../volumes/kinds/schema.js';
import { TRACES, traceSchema } from '../../volumes/kinds/traces/schema.js';
import type { LinearOperator } from '../operator.js';
import type { Measured } from '../registry.js';
import { maskOperator } from './mask.js';

/**
 * Of the traces [line, trace, sample] of a grid, or [line, trace, offset, sample], those that were measured: `mask` of the scan [line,
 * trace] or [line, trace, offset] for each of their samples.
 */
export function traceMaskOfScan({ geometry, arrays }: Measured, { shape }: Grid, backend: Backend): Promise<LinearOperator> {
  parseGeometry(traceSchema, geometry, TRACES);
  const samples = shape[shape.length - 1];
  const mask = arrays?.mask?.data;
  const all = Float32Array.from({ length: elements(shape) }, (_, n) => mask?.[Math.floor(n / samples)] ?? 1);
  return maskOperator(space([...['line', 'trace', 'offset'].slice(0, shape.length - 1), 'sample'], shape), all, backend);
}
