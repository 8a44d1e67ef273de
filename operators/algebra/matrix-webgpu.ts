import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { webGpuField } from '../../compute/webgpu/field.js';
import { kernel } from '../../compute/webgpu/kernel.js';
import { componentsOf, sliceSize, type Space } from '../../core/space.js';
import type { DenseMatrix, MatrixProduct } from './matrix.js';
import { matrixWgsl } from './matrix.wgsl.generated.js';

const product = kernel({
  name: 'matrix',
  code: matrixWgsl,
  fields: { x: 'read f32', y: 'write f32' },
  tables: { real: 'read f32', imaginary: 'read f32' },
  params: { rows: 'u32', columns: 'u32', row_stride: 'u32', column_stride: 'u32', parts: 'u32', sign: 'f32' },
});

/**
 * Products in WGSL.
 * @throws SlicewiseError MEMORY when the matrix exceeds a buffer of the GPU
 */
export function matrixProductWebGpu(matrix: DenseMatrix, domain: Space, range: Space, gpu: WebGpuBackend): MatrixProduct {
  const upload = (values: Float64Array | Float32Array) => gpu.table(Float32Array.from(values), 'the system matrix');
  const real = upload(matrix.real);
  const imaginary = matrix.imaginary && upload(matrix.imaginary);
  return {
    run(from, to, transposed) {
      const [fromSpace, toSpace] = transposed ? [range, domain] : [domain, range];
      const [rows, columns] = [sliceSize(toSpace), sliceSize(fromSpace)];
      const [row_stride, column_stride] = transposed ? [1, rows] : [columns, 1];
      const sign = imaginary ? (transposed ? -1 : 1) : 0;
      gpu.run(product, {
        fields: { x: webGpuField(from, fromSpace, gpu), y: webGpuField(to, toSpace, gpu) },
        tables: { real, imaginary: imaginary ?? real },
        params: { rows, columns, row_stride, column_stride, parts: componentsOf(domain), sign },
        workgroups: Math.ceil(rows / 64),
        slicesPerGroup: 8,
      });
    },
    bytes: real.bytes + (imaginary?.bytes ?? 0),
    dispose() {
      real.dispose();
      imaginary?.dispose();
    },
  };
}
