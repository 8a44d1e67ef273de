import type { Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { describeSpace, sameSpace, sliceSize, slicesOf, space, type Space } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';
import { derived, requireParts } from './derived.js';
import { slicePart } from './slice-part.js';

/**
 * `[A; B; …]`: several measurements of one image, one below the other: AᴴA + BᴴB + … is its normal operator. It takes over its parts.
 *
 * The range has the slices of the parts, which must be equally many. Where the ranges differ in their second axis alone (views of a
 * sinogram, coils) it goes on along that axis: [slice, views of A then of B, detector]; else slices are strung out: [slice, value], all of
 * A in C order, then all of B.
 *
 * @throws SlicewiseError SHAPE, ARGUMENT for none
 */
export function stack(...operators: readonly LinearOperator[]): LinearOperator {
  requireParts('a stack', operators);
  const [first, ...others] = operators;
  if (others.length === 0) return first;
  const { backend, domain } = first;
  for (const other of others) {
    const fits = slicesOf(other.range) === slicesOf(first.range) && other.range.dtype === first.range.dtype;
    if (fits && sameSpace(domain, other.domain)) continue;
    throw new SlicewiseError('SHAPE', {
      message:
        `'${first.name}' and '${other.name}' cannot be stacked: they need one domain, and ranges of one type with equally ` + `many slices`,
      expected: `${describeSpace(domain)} to ${describeSpace(first.range)}`,
      got: `${describeSpace(other.domain)} to ${describeSpace(other.range)}`,
    });
  }
  const sizes = operators.map(({ range }) => sliceSize(range));
  const begins = sizes.map((_, i) => sizes.slice(0, i).reduce((a, n) => a + n, 0));
  const copy = slicePart(backend);
  /** Calls `use` with the part of y that is each operator's. */
  const each = (parts: readonly Field[], use: (operator: LinearOperator, part: Field, at: number, i: number) => void) =>
    operators.forEach((operator, i) => use(operator, parts[i], begins[i], i));
  return derived(operators, {
    name: operators.map(({ name }) => name).join(' over '),
    domain,
    range: stackedSpace(operators.map(({ range }) => range)),
    scratch: [...operators.map(({ range }) => range), domain],
    apply(x, y, parts) {
      each(parts, (operator, part, at, i) => {
        operator.apply(x, part);
        copy(part, y, { from: 0, to: at, count: sizes[i] });
      });
    },
    adjoint(y, x, parts) {
      const term = parts[operators.length];
      each(parts, (operator, part, at, i) => {
        copy(y, part, { from: at, to: 0, count: sizes[i] });
        operator.adjoint(part, i === 0 ? x : term);
        if (i > 0) backend.lincomb(x, [1, x], [1, term]);
      });
    },
    normal(x, out, parts) {
      const term = parts[operators.length];
      operators.forEach((operator, i) => {
        operator.normal(x, i === 0 ? out : term);
        if (i > 0) backend.lincomb(out, [1, out], [1, term]);
      });
    },
  });
}

function stackedSpace(ranges: readonly Space[]): Space {
  const [{ axes, shape, dtype }] = ranges;
  const along =
    shape.length > 1 &&
    ranges.every((range) => range.shape.length === shape.length && range.shape.every((n, i) => i === 1 || n === shape[i]));
  if (!along) return space(['slice', 'value'], [shape[0], ranges.reduce((n, range) => n + sliceSize(range), 0)], dtype);
  const total = ranges.reduce((n, range) => n + range.shape[1], 0);
  return space(axes, [shape[0], total, ...shape.slice(2)], dtype);
}
