import { SlicewiseError } from '../../../core/errors.js';
import { summariseMask } from '../../../core/sampling-mask.js';
import type { Measurement } from '../../measurement.js';
import { applyMask, maskFromArray, maskOfZeros, maskWarning, type KspaceShape } from './mask.js';

/**
 * A `fourier.cartesian` measurement as a scan file may hold it, with everything that readers promise: arrays that fit the data, a mask
 * (where the file has none, samples that are zero in all coils were not measured), zeros outside the mask, `readout` (default kx) and
 * `acceleration`.
 * @throws SlicewiseError SHAPE, GEOMETRY for an unknown readout, ARGUMENT for a mask of other values than 0 and 1
 */
export function completeKspace(scan: Measurement): Measurement {
  const shape = scan.shape as unknown as KspaceShape;
  const what = scan.meta.source ?? 'the scan';
  if (scan.dtype !== 'complex64') {
    throw new SlicewiseError('SHAPE', { message: `k-space of ${what}`, expected: 'complex numbers', got: scan.dtype });
  }
  const { readout = 'kx' } = scan.geometry;
  if (!['kx', 'ky', 'slice'].includes(String(readout))) {
    throw new SlicewiseError('GEOMETRY', {
      message: `readout of ${what}`,
      expected: 'kx, ky or slice',
      got: String(readout),
    });
  }
  requireShape('maps', shape);
  requireShape('calibration', shape);
  requireShape('noiseScan', [shape[1], scan.arrays?.noiseScan?.shape[1] ?? 0]);
  const stored = scan.arrays?.mask;
  const mask = stored ? maskFromArray(stored.data, stored.shape, shape, `the mask of ${what}`) : maskOfZeros(scan.data, shape);
  applyMask(scan.data, shape, mask);
  const { acceleration } = summariseMask(mask);
  const warning = !stored && acceleration > 1 ? [maskWarning(mask)] : [];
  return {
    ...scan,
    geometry: { ...scan.geometry, readout, acceleration },
    arrays: { ...scan.arrays, mask },
    meta: stored ? scan.meta : { ...scan.meta, maskFrom: 'zeros', warnings: [...(scan.meta.warnings ?? []), ...warning] },
  };

  function requireShape(name: string, expected: readonly number[]): void {
    const array = scan.arrays?.[name];
    if (!array || (array.shape.join() === expected.join() && array.dtype === 'complex64')) return;
    throw new SlicewiseError('SHAPE', {
      message: `${name} of ${what}`,
      expected: `complex ${expected.join('×')}`,
      got: `${array.dtype} ${array.shape.join('×')}`,
    });
  }
}
