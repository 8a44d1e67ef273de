import type { Field } from '../../compute/backend.js';
import { slicePart } from '../algebra/slice-part.js';
import { derived, requireParts } from '../algebra/derived.js';
import type { LinearOperator } from '../operator.js';
import { imageSpace } from './spaces.js';

/** What a slice of several components looks like: one below the other. */
export const softShape = ([slices, rows, columns]: readonly [number, number, number], sets: number) =>
  [slices, sets * rows, columns] as const;

/**
 * Soft SENSE: several sets of coil maps, each with an image of its own,
 *
 *     y = Σ_k A_k x_k,    A_k = M F S_k
 *
 * Where the object is larger than the field of view, tissue is folded onto other tissue, and a pixel has two sensitivities (M. Uecker et
 * al., "ESPIRiT", Magn. Reson. Med. 71 (2014) 990, §Theory). The images of a slice lie one below the other, [slice, set · y, x], so that
 * slices stay slices for what couples or denoises them.
 *
 * @param operators one a set, of the same image and range; taken over
 * @throws SlicewiseError ARGUMENT for none
 */
export function softSense(operators: readonly LinearOperator[]): LinearOperator {
  requireParts('soft SENSE', operators);
  if (operators.length === 1) return operators[0];
  const [{ backend, domain: image, range, name }] = operators;
  const [slices, rows, columns] = image.shape as readonly [number, number, number];
  const copy = slicePart(backend);
  const count = rows * columns;
  return derived(operators, {
    name: `${name}, ${operators.length} sets of coil maps`,
    domain: imageSpace(softShape([slices, rows, columns], operators.length)),
    range,
    scratch: [image, range],
    apply(x: Field, y: Field, [part, data]) {
      operators.forEach((operator, k) => {
        copy(x, part, { from: k * count, to: 0, count });
        operator.apply(part, k === 0 ? y : data);
        if (k > 0) backend.lincomb(y, [1, y], [1, data]);
      });
    },
    adjoint(y: Field, x: Field, [part]) {
      operators.forEach((operator, k) => {
        operator.adjoint(y, part);
        copy(part, x, { from: 0, to: k * count, count });
      });
    },
  });
}
