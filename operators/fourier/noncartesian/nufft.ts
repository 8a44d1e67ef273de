import type { Backend, Field } from '../../../compute/backend.js';
import { forBackend } from '../../../compute/for-backend.js';
import { cpuField } from '../../../compute/cpu/field.js';
import { webGpuField } from '../../../compute/webgpu/field.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { LinearOperator } from '../../operator.js';
import { gridding } from './kaiser-bessel.js';
import { NonCartesianFourierCpu } from './nufft-cpu.js';
import { NonCartesianFourierWebGpu } from './nufft-webgpu.js';
import { coilSpace } from '../spaces.js';

export interface NonCartesianOptions {
  /** [slices, rows, columns] of the image. */
  readonly shape: readonly [number, number, number];
  /** (ky, kx) of every sample, cycles per field of view, −rows/2 … rows/2 and −columns/2 … columns/2; the same for all slices. */
  readonly trajectory: ArrayLike<number>;
  /** Coil sensitivities, complex `[slice, coil, y, x]`; absent: one coil that sees everything alike. */
  readonly maps?: Field;
  /** w ≥ 0 of every sample (density compensation): the operator is W^½ N S, and its data are √w y. Absent: 1. */
  readonly weights?: ArrayLike<number>;
  /** Grid over image size, 1.25 to 2. */
  readonly oversampling?: number;
  /** Grid points that a sample meets along each axis. */
  readonly width?: number;
}

/**
 * MRI along any trajectory (radial, spiral): A = N S with S the coil sensitivities and N the non-uniform Fourier transform
 *
 *     y[z, c, s] = 1/√(rows·columns) Σ_r (s_c x_z)[r] exp(−2πi (k_y[s](r_y − ⌊rows/2⌋)/rows + k_x[s](r_x − ⌊columns/2⌋)/columns))
 *
 * by a Kaiser–Bessel window on an oversampled grid (kaiser-bessel.ts). The defaults (oversampling 1.5, width 6) are within about 1e-4 of
 * the sum; 2 and 8 within float32. The adjoint is the exact transpose of what `apply` computes. AᴴA is a convolution (point-spread.ts),
 * made without the samples. Density compensation enters as `weights`.
 *
 * Domain: complex image `[slice, y, x]`; range: complex `[slice, coil, sample]`. The operator takes over `maps`: `dispose` frees them.
 *
 * @throws SlicewiseError ARGUMENT, GEOMETRY for a sample outside k-space, SHAPE when the maps do not fit
 */
export function nonCartesianFourier(options: NonCartesianOptions, backend: Backend): LinearOperator {
  const { shape, trajectory, maps, weights, oversampling = 1.5, width = 6 } = options;
  if (!(oversampling >= 1.25 && oversampling <= 2) || !Number.isInteger(width) || width < 3 || width > 12) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'the gridding cannot be made so',
      expected: 'oversampling 1.25 to 2, width an integer from 3 to 12',
      got: `oversampling ${oversampling}, width ${width}`,
    });
  }
  checkTrajectory(trajectory, shape);
  if (weights && weights.length !== trajectory.length / 2) {
    throw new SlicewiseError('SHAPE', {
      message: 'weights of the samples',
      expected: `${trajectory.length / 2}`,
      got: `${weights.length}`,
    });
  }
  const coils = maps ? maps.space.shape[1] : 1;
  const seen = coilSpace(shape, coils);
  const grids = [gridding(shape[1], oversampling, width), gridding(shape[2], oversampling, width)] as const;
  const samples = { trajectory, weights };
  return forBackend<LinearOperator>(backend, 'the non-uniform Fourier operator', {
    cpu: (b) => new NonCartesianFourierCpu(shape, coils, samples, grids, maps && cpuField(maps, seen), b),
    webgpu: (b) => new NonCartesianFourierWebGpu(shape, coils, samples, grids, maps && webGpuField(maps, seen, b), b),
  });
}

/** @throws SlicewiseError SHAPE, GEOMETRY for a sample outside k-space */
export function checkTrajectory(trajectory: ArrayLike<number>, [, rows, columns]: readonly [number, number, number]): void {
  if (trajectory.length === 0 || trajectory.length % 2) {
    throw new SlicewiseError('SHAPE', {
      message: 'a trajectory is a list of pairs',
      expected: '(ky, kx) for every sample',
      got: `${trajectory.length} numbers`,
    });
  }
  for (let i = 0; i < trajectory.length; i++) {
    const limit = (i % 2 ? columns : rows) / 2;
    if (Math.abs(trajectory[i]) <= limit) continue; // false for NaN
    throw new SlicewiseError('GEOMETRY', {
      message: `sample ${i >> 1} lies outside k-space`,
      expected: `|${i % 2 ? 'kx' : 'ky'}| ≤ ${limit}`,
      got: `${trajectory[i]}`,
      hint: 'a trajectory is given in cycles per field of view',
    });
  }
}
