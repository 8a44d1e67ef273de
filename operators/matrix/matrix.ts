import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import { requireCpu, type CpuBackend } from '../../compute/cpu/backend.js';
import { cpuField, type Block } from '../../compute/cpu/field.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, describeSpace, sliceSize, slicesOf, space, type Space } from '../../core/space.js';
import { operatorNorm } from '../norm.js';
import type { LinearOperator } from '../operator.js';
import { matrixKernel } from './matrix.generated.js';

/** A dense matrix, row-major. With `imaginary` it is complex and acts on complex images. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly real: Float64Array | Float32Array;
  readonly imaginary?: Float64Array | Float32Array;
}

/**
 * A system matrix given in full, applied to every slice: y_k = M vec(x_k), with vec in C order. For small systems, for a measured
 * or exotic system matrix, and for masks (rows of the identity).
 *
 * Domain: any space whose slices have `columns` elements, e.g. [slice, y, x]. Range: [slice, row], or any other whose slices
 * have `rows` elements. A real matrix acts on real images or on
 * real and imaginary parts alike; a complex one needs a complex domain. The matrix is kept once per slab (4 · rows · columns bytes,
 * twice that when complex). CPU only.
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
  return new MatrixOperator(matrix, domain, range, requireCpu(backend, 'the matrix operator'));
}

class MatrixOperator implements LinearOperator {
  readonly name = 'matrix';
  readonly coupling = 'slice';
  readonly #real: Block;
  readonly #imaginary?: Block;
  #scratch?: Field;
  #norm?: Promise<number>;

  constructor(
    readonly matrix: DenseMatrix,
    readonly domain: Space,
    readonly range: Space,
    readonly backend: CpuBackend,
  ) {
    this.#real = this.#upload(matrix.real);
    if (matrix.imaginary) this.#imaginary = this.#upload(matrix.imaginary);
  }

  #upload(values: Float64Array | Float32Array): Block {
    const block = this.backend.block(this.domain, values.length * 4);
    this.backend.upload(this.domain, block, Float32Array.from(values));
    return block;
  }

  apply(x: Field, y: Field): void {
    this.#product(x, this.domain, y, this.range, false);
  }

  adjoint(y: Field, x: Field): void {
    this.#product(y, this.range, x, this.domain, true);
  }

  normal(x: Field, out: Field): void {
    this.#scratch ??= this.backend.field(this.range);
    this.apply(x, this.#scratch);
    this.adjoint(this.#scratch, out);
  }

  /** to ← M from, or Mᴴ from. Complex: (R + iI)(a + ib) = (Ra − Ib) + i(Rb + Ia); the adjoint has Rᵀ and −Iᵀ. */
  #product(from: Field, fromSpace: Space, to: Field, toSpace: Space, transposed: boolean): void {
    const [x, y] = [cpuField(from, fromSpace), cpuField(to, toSpace)];
    const [rows, columns] = [sliceSize(toSpace), sliceSize(fromSpace)];
    const strides = transposed ? [1, rows] : [columns, 1];
    const { lanes } = y.set.layout;
    const call = (block: Block, weight: number, source: number, target: number, add: 0 | 1): void => {
      const args = [block.address, rows, columns, ...strides, weight, source, target, add, lanes];
      this.backend.call(fromSpace, matrixKernel, 'matrixProduct', args);
    };
    call(this.#real, 1, x.address, y.address, 0);
    if (fromSpace.dtype === 'float32') return;
    const [xIm, yIm] = [x.address + columns * lanes * 4, y.address + rows * lanes * 4];
    call(this.#real, 1, xIm, yIm, 0);
    if (!this.#imaginary) return;
    const sign = transposed ? -1 : 1;
    call(this.#imaginary, -sign, xIm, y.address, 1);
    call(this.#imaginary, sign, x.address, yIm, 1);
  }

  norm(): Promise<number> {
    return (this.#norm ??= operatorNorm(this));
  }

  bytes(): MemoryPlan {
    const slabs = this.backend.slabs(slicesOf(this.domain)).layout.slabs.length;
    const { real, imaginary } = this.matrix;
    return {
      items: [
        { what: 'system matrix', bytes: 4 * (real.length + (imaginary?.length ?? 0)) * slabs },
        { what: 'matrix operator scratch', bytes: bytesOf(this.range) },
      ],
    };
  }

  dispose(): void {
    this.#real.free();
    this.#imaginary?.free();
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
