import type { CpuBackend } from '../../compute/cpu/backend.js';
import { cpuField, type Block } from '../../compute/cpu/field.js';
import { sliceSize, slicesOf, type Space } from '../../core/space.js';
import { matrixKernel } from './matrix.generated.js';
import type { DenseMatrix, MatrixProduct } from './matrix.js';

/** Products by matrix.as.ts; every slab has the matrix. */
export function matrixProductCpu(matrix: DenseMatrix, domain: Space, range: Space, cpu: CpuBackend): MatrixProduct {
  const upload = (values: Float64Array | Float32Array): Block => {
    const block = cpu.block(domain, values.length * 4);
    cpu.upload(domain, block, Float32Array.from(values));
    return block;
  };
  const real = upload(matrix.real);
  const imaginary = matrix.imaginary && upload(matrix.imaginary);
  const slabs = cpu.slabs(slicesOf(domain)).layout.slabs.length;
  return {
    /** Complex: (R + iI)(a + ib) = (Ra − Ib) + i(Rb + Ia); the adjoint has Rᵀ and −Iᵀ. */
    run(from, to, transposed) {
      const [fromSpace, toSpace] = transposed ? [range, domain] : [domain, range];
      const [x, y] = [cpuField(from, fromSpace), cpuField(to, toSpace)];
      const [rows, columns] = [sliceSize(toSpace), sliceSize(fromSpace)];
      const strides = transposed ? [1, rows] : [columns, 1];
      const { lanes } = y.set.layout;
      const call = (block: Block, weight: number, source: number, target: number, add: 0 | 1): void => {
        const args = [block.address, rows, columns, ...strides, weight, source, target, add, lanes];
        cpu.call(fromSpace, matrixKernel, 'matrixProduct', args);
      };
      call(real, 1, x.address, y.address, 0);
      if (fromSpace.dtype === 'float32') return;
      const [xIm, yIm] = [x.address + columns * lanes * 4, y.address + rows * lanes * 4];
      call(real, 1, xIm, yIm, 0);
      if (!imaginary) return;
      const sign = transposed ? -1 : 1;
      call(imaginary, -sign, xIm, y.address, 1);
      call(imaginary, sign, x.address, yIm, 1);
    },
    bytes: 4 * (matrix.real.length + (matrix.imaginary?.length ?? 0)) * slabs,
    dispose() {
      real.free();
      imaginary?.free();
    },
  };
}
