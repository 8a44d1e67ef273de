import { UNKNOWN_SHAPE, type GraphWriter, type NodeView, type Operation } from '../operation.js';
import { broadcast, isOne, sameShape, type Shape } from '../sides.js';

type Pair = readonly (string | undefined)[];

/** An operation of two numbers, tensors broadcast. */
function ofTwo(gradients: (node: NodeView, g: string, out: GraphWriter) => readonly (() => string)[]): Operation {
  return {
    shapes: (node) => [broadcast(node.shape(0), node.shape(1))],
    backward(node, [g], out): Pair | string {
      const whole = broadcast(node.shape(0), node.shape(1));
      const found: (string | undefined)[] = [];
      const makers = gradients(node, g!, out);
      for (const i of [0, 1]) {
        if (!node.depends(i)) found.push(undefined);
        else if (!whole) return UNKNOWN_SHAPE;
        else found.push(summedTo(node.shape(i), whole, makers[i](), out));
      }
      return found;
    },
  };
}

/** What was broadcast is summed. */
function summedTo(shape: Shape, whole: Shape, g: string, out: GraphWriter): string {
  if (sameShape(shape, whole)) return g;
  const lead = whole!.length - shape!.length;
  const axes = whole!.flatMap((side, i) => (i < lead || (isOne(shape![i - lead]) && !isOne(side)) ? [i] : []));
  const summed = axes.length > 0 ? out.node('ReduceSum', [g, out.integers(axes)], { keepdims: 1 }) : g;
  const leading = Array.from({ length: lead }, (_, i) => i);
  return lead > 0 ? out.node('Squeeze', [summed, out.integers(leading)]) : summed;
}

export const add = ofTwo((_, g) => [() => g, () => g]);
export const subtract = ofTwo((_, g, out) => [() => g, () => out.node('Neg', [g])]);
export const multiply = ofTwo(({ inputs: [a, b] }, g, out) => [() => out.node('Mul', [g, b]), () => out.node('Mul', [g, a])]);
export const divide = ofTwo(({ inputs: [, b], outputs: [y] }, g, out) => [
  () => out.node('Div', [g, b]),
  () => out.node('Neg', [out.node('Div', [out.node('Mul', [g, y]), b])]),
]);
/** xᵖ for a constant p. */
export const power: Operation = {
  shapes: (node) => [broadcast(node.shape(0), node.shape(1))],
  backward(node, [g], out) {
    const p = node.constant(1)?.floats;
    if (p?.length !== 1 || node.depends(1)) return 'an exponent that is no constant';
    const slope = out.node('Mul', [out.float(p[0]), out.node('Pow', [node.inputs[0], out.float(p[0] - 1)])]);
    return [out.node('Mul', [g!, slope]), undefined];
  },
};
