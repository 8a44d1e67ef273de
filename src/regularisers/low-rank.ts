import { shrinkSingularValues, singularValues, STRIP, type ComplexRows } from '../../core/linear-algebra/singular-values.js';
import { bytesOf, componentsOf, type Space } from '../../core/space.js';
import { defineRegulariser } from './define.js';
import type { Regulariser } from './regulariser.js';

/** Whole slices or blocks of them. */
export interface LowRankOptions {
  /** Pixels along a side of a block; the whole slice is one without it. */
  readonly block?: number;
}

/**
 * Few images explain all slices: with X_b the matrix [slice, pixel] of block b and n_b its pixels,
 *
 *     R(x) = Σ_b √n_b ‖X_b‖_*,   ‖·‖_* the sum of singular values
 *
 * (casorati matrices: Liang, ISBI 2007; in blocks, locally low rank: Trzasko & Manduca, ISMRM 2011). White noise of
 * standard deviation τ has singular values up to τ(√n_b + √Z), so with the factor √n_b a threshold is one of values
 * per pixel, whatever the block. K = 1; the proximal map shrinks the singular values of every block, on the host in
 * float64: 16 bytes a value of the largest block besides the image, and about Z²·pixels operations. Blocks do not overlap.
 */
export function lowRank({ block }: LowRankOptions = {}): Regulariser {
  return defineRegulariser({
    name: 'low-rank',
    parameters: block === undefined ? {} : { block },
    coupling: 'volume',
    prox([v], threshold, [out]) {
      v.backend.host({
        name: "the regulariser 'low-rank'",
        inputs: [v],
        outputs: [out],
        run: ([values]) => {
          for (const at of blocks(v.space, block)) {
            const matrix = taken(values, v.space, at);
            shrinkSingularValues(matrix, threshold * Math.sqrt(matrix.columns));
            put(matrix, values, v.space, at);
          }
          return [values];
        },
      });
    },
    memory(domain) {
      const bytes = hostBytes(domain, block);
      return [
        { what: 'low-rank: the image and a block of it', bytes, where: 'host' },
        { what: 'low-rank: those of the step before', bytes: Math.min(COLLECTED, bytes), where: 'host' },
      ];
    },
    penalty: ([values], domain) =>
      blocks(domain, block).reduce((sum, at) => {
        const matrix = taken(values, domain, at);
        return sum + Math.sqrt(matrix.columns) * singularValues(matrix).reduce((a, b) => a + b, 0);
      }, 0),
  });
}

/** Arrays that wait to be collected; V8 does so before 64 MB. */
const COLLECTED = 64e6;

/**
 * What a proximal map takes on the host: the image, where the pixels of the blocks lie, and of the largest block the matrix (also turned
 * and turned back, where it has more slices than pixels), a strip of it, Gram matrix, eigenvectors and basis.
 */
function hostBytes(domain: Space, block?: number): number {
  const [slices, rows, columns] = domain.shape;
  const pixels = Math.min(block ?? rows, rows) * Math.min(block ?? columns, columns);
  const least = Math.min(slices, pixels);
  const matrix = 16 * slices * pixels;
  const strip = Math.min(STRIP, Math.max(slices, pixels));
  return bytesOf(domain) + 4 * rows * columns + (slices > pixels ? 3 : 1) * matrix + 16 * least * strip + 7 * 8 * least ** 2;
}

/** Where its pixels lie in a slice. */
type Block = Uint32Array;

/** Squares of a slice; those at its end may be smaller. */
function blocks({ shape: [, rows, columns] }: Space, side = Math.max(rows, columns)): Block[] {
  const out: Block[] = [];
  for (let top = 0; top < rows; top += side) {
    for (let left = 0; left < columns; left += side) {
      const [height, width] = [Math.min(side, rows - top), Math.min(side, columns - left)];
      const pixel = (i: number): number => (top + Math.floor(i / width)) * columns + left + (i % width);
      out.push(Uint32Array.from({ length: height * width }, (_, i) => pixel(i)));
    }
  }
  return out;
}

function taken(values: Float32Array, domain: Space, block: Block): ComplexRows {
  const [slices, rows, columns] = domain.shape;
  const parts = componentsOf(domain);
  const [re, im] = [new Float64Array(slices * block.length), new Float64Array(slices * block.length)];
  for (let z = 0, at = 0; z < slices; z++) {
    for (const pixel of block) {
      const from = (z * rows * columns + pixel) * parts;
      re[at] = values[from];
      if (parts === 2) im[at] = values[from + 1];
      at++;
    }
  }
  return { rows: slices, columns: block.length, re, im };
}

function put({ re, im }: ComplexRows, values: Float32Array, domain: Space, block: Block): void {
  const [slices, rows, columns] = domain.shape;
  const parts = componentsOf(domain);
  for (let z = 0, at = 0; z < slices; z++) {
    for (const pixel of block) {
      const to = (z * rows * columns + pixel) * parts;
      values[to] = re[at];
      if (parts === 2) values[to + 1] = im[at];
      at++;
    }
  }
}
