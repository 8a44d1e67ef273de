import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import { forBackend } from '../../compute/for-backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, describeSpace, sliceSize, slicesOf, space, type Space } from '../../core/space.js';
import type { Decomposition } from '../decomposition.js';
import { onceFound, operatorNorm } from '../norm.js';
import type { LinearOperator } from '../operator.js';
import { matrixDecomposition } from './matrix-decomposition.js';
import { matrixProductCpu } from './matrix-cpu.js';
import { matrixProductWebGpu } from './matrix-webgpu.js';

/** A dense matrix, row-major. With `imaginary` it is complex and acts on complex images. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly real: Float64Array | Float32Array;
  readonly imaginary?: Float64Array | Float32Array;
}

/** Of so many singular values at most a decomposition is made. */
const MOST_SINGULAR_VALUES = 1024;

/**
 * A system matrix given in full, applied to every slice: y_k = M vec(x_k), with vec in C order. For small systems, for a measured
 * or exotic system matrix, and for masks (rows of the identity).
 *
 * Domain: any space whose slices have `columns` elements, e.g. [slice, y, x]. Range: [slice, row], or any other whose slices
 * have `rows` elements. A real matrix acts on real images or on
 * real and imaginary parts alike; a complex one needs a complex domain. The matrix is kept on the device, 4 · rows · columns bytes,
 * twice that when complex (CPU: once per slab).
 *
 * @throws SlicewiseError SHAPE when matrix and domain do not fit
 */
export function matrixOperator(
  matrix: DenseMatrix,
  domain: Space,
  backend: Backend,
  range: Space = space(['slice', 'row'], [slicesOf(domain), matrix.rows], domain.dtype),
): LinearOperator {
  requireFit(matrix, domain, range);
  const product = forBackend<MatrixProduct>(backend, 'the matrix operator', {
    cpu: (b) => matrixProductCpu(matrix, domain, range, b),
    webgpu: (b) => matrixProductWebGpu(matrix, domain, range, b),
  });
  const decomposable =
    matrix.imaginary === undefined && domain.dtype === 'float32' && Math.min(matrix.rows, matrix.columns) <= MOST_SINGULAR_VALUES;
  return new MatrixOperator(product, domain, range, backend, decomposable ? matrix : undefined);
}

/** Products with the matrix on one backend. */
export interface MatrixProduct {
  /** to ← M from, or Mᴴ from. */
  run(from: Field, to: Field, transposed: boolean): void;
  /** Device memory of the matrix. */
  readonly bytes: number;
  dispose(): void;
}

class MatrixOperator implements LinearOperator {
  readonly name = 'matrix';
  readonly coupling = 'slice';
  readonly #product: MatrixProduct;
  #scratch?: Field;
  readonly decomposition?: () => Decomposition;

  constructor(
    product: MatrixProduct,
    readonly domain: Space,
    readonly range: Space,
    readonly backend: Backend,
    decomposable: DenseMatrix | undefined,
  ) {
    this.#product = product;
    let made: Decomposition | undefined;
    if (decomposable) this.decomposition = () => (made ??= matrixDecomposition(decomposable, slicesOf(domain)));
  }

  apply(x: Field, y: Field): void {
    this.#product.run(x, y, false);
  }

  adjoint(y: Field, x: Field): void {
    this.#product.run(y, x, true);
  }

  normal(x: Field, out: Field): void {
    this.#scratch ??= this.backend.field(this.range);
    this.apply(x, this.#scratch);
    this.adjoint(this.#scratch, out);
  }

  readonly norm = onceFound((watch) => operatorNorm(this, undefined, watch));

  bytes(): MemoryPlan {
    return {
      items: [
        { what: 'system matrix', bytes: this.#product.bytes },
        { what: 'matrix operator scratch', bytes: bytesOf(this.range) },
      ],
    };
  }

  dispose(): void {
    this.#product.dispose();
    this.#scratch?.dispose();
  }
}

function requireFit(matrix: DenseMatrix, domain: Space, range: Space): void {
  const { rows, columns, real, imaginary } = matrix;
  const lengths = [real.length, imaginary?.length ?? real.length];
  if (lengths.some((n) => n !== rows * columns) || columns !== sliceSize(domain) || rows !== sliceSize(range)) {
    throw new SlicewiseError('SHAPE', {
      message: 'the system matrix does not fit',
      expected: `${sliceSize(range)} × ${sliceSize(domain)} (elements of a slice)`,
      got: `${rows} × ${columns} with ${lengths.join(' and ')} values`,
    });
  }
  if (slicesOf(domain) !== slicesOf(range) || domain.dtype !== range.dtype) {
    throw new SlicewiseError('SHAPE', {
      message: 'domain and range of a system matrix have the same slices and type',
      expected: describeSpace(domain),
      got: describeSpace(range),
    });
  }
  if (imaginary && domain.dtype === 'float32') {
    throw new SlicewiseError('SHAPE', {
      message: 'a complex matrix needs a complex image',
      expected: 'complex64',
      got: 'float32',
    });
  }
}
