import { space, type Space } from '../../core/space.js';
import { requireCpu } from '../../compute/cpu/backend.js';
import { cpuField } from '../../compute/cpu/field.js';
import type { Backend, Field } from '../../compute/backend.js';
import type { Grid } from '../../volumes/measurement.js';
import { operatorNorm } from '../norm.js';
import type { LinearOperator } from '../operator.js';
import { raysKernel } from './rays.generated.js';
import { packViews, type View2D } from './vectors.js';

const RAY_BYTES = 48;

/**
 * The slice-parallel Radon operator for any list of per-view vectors: line integrals over every slice alike, by Joseph's method
 * (IEEE Trans. Med. Imaging 1982;1:192). Domain: image `[slice, y, x]`; range: sinogram `[slice, view, detector]`, mm × image unit.
 * Parallel and fan beam are constructors of it.
 */
export function sliceRadon(
  name: string,
  views: readonly View2D[],
  detectors: number,
  grid: Pick<Grid, 'shape' | 'spacing' | 'direction'>,
  backend: Backend,
): LinearOperator {
  const [slices, rows, columns] = grid.shape;
  const cpu = requireCpu(backend, name);
  const domain: Space = space(['slice', 'y', 'x'], [slices, rows, columns]);
  const range: Space = space(['slice', 'view', 'detector'], [slices, views.length, detectors]);
  const vectors = packViews(views, grid);
  const table = cpu.block(domain, detectors * RAY_BYTES);
  const vectorBlock = cpu.block(domain, vectors.byteLength);
  cpu.upload(domain, vectorBlock, vectors);
  const { lanes, slabs } = cpu.slabs(slices).layout;
  let norm: Promise<number> | undefined;
  let disposed = false;

  const call = (fn: 'forward' | 'adjoint', from: Field, to: Field): void => {
    const [a, b] =
      fn === 'forward' ? [cpuField(from, domain), cpuField(to, range)] : [cpuField(from, range), cpuField(to, domain)];
    const scratch = [table.address, vectorBlock.address];
    const sizes = [views.length, detectors, rows, columns, grid.spacing[1], grid.spacing[0], lanes];
    cpu.call(domain, raysKernel, fn, [a.address, b.address, ...scratch, ...sizes]);
  };

  const operator: LinearOperator = {
    name,
    domain,
    range,
    backend,
    coupling: 'slice',
    apply: (x, y) => call('forward', x, y),
    adjoint: (y, x) => call('adjoint', y, x),
    normal(x, out) {
      const y = backend.field(range);
      call('forward', x, y);
      call('adjoint', y, out);
      y.dispose();
    },
    norm() {
      // every slice is measured alike, so one slice tells
      norm ??= (async () => {
        const one =
          slices === 1 ? operator : sliceRadon(name, views, detectors, { ...grid, shape: [1, rows, columns] }, backend);
        const value = await operatorNorm(one);
        if (one !== operator) one.dispose();
        return value;
      })();
      return norm;
    },
    bytes: () => ({
      items: [{ what: `${name}: one sinogram in AᵀA`, bytes: views.length * detectors * lanes * 4 * slabs.length }],
    }),
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const block of [table, vectorBlock]) block.free();
    },
  };
  return operator;
}
