import { SlicewiseError } from '../../../core/errors.js';

/** One step into a MATLAB value: a struct field, or an element of a struct array or cell by its (1-based) subscripts. */
export type MatStep = { readonly field: string } | { readonly index: readonly number[] };

/**
 * MATLAB's own notation: `CtDataLimited.sinogram`, `a.b(2).c`, `scans{3}`, `s(1,2).x`.
 * @throws SlicewiseError ARGUMENT for text that is no such path
 */
export function parseMatPath(path: string): MatStep[] {
  const steps: MatStep[] = [];
  const pattern = /\.?([A-Za-z_]\w*)|[({](\d+(?:\s*,\s*\d+)*)[)}]/y;
  while (pattern.lastIndex < path.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(path);
    const first = steps.length === 0;
    if (!match || (match[1] !== undefined && path[at] === '.' && first) || (match[1] === undefined && first)) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'path into a MATLAB file',
        expected: 'names and subscripts as in a.b(2).c or scans{3}',
        got: `'${path}'`,
      });
    }
    if (match[1] !== undefined) steps.push({ field: match[1] });
    else steps.push({ index: match[2].split(',').map(Number) });
  }
  return steps;
}

/**
 * Subscripts (one linear, or one for each dimension) → place in the column-major list of elements, from 0.
 * @throws SlicewiseError ARGUMENT outside the array
 */
export function columnMajorIndex(index: readonly number[], shape: readonly number[], path: string): number {
  const count = shape.reduce((a, n) => a * n, 1);
  let at = 0;
  if (index.length === 1) at = index[0] - 1;
  else for (let d = index.length - 1; d >= 0; d--) at = at * (shape[d] ?? 1) + index[d] - 1;
  const inside = index.every((n, d) => n >= 1 && (index.length === 1 || n <= (shape[d] ?? 1)));
  if (!inside || at >= count) {
    throw new SlicewiseError('ARGUMENT', {
      message: `subscript in '${path}'`,
      expected: `1 … ${count}, array of ${shape.join('×')}`,
      got: `(${index.join(', ')})`,
    });
  }
  return at;
}
