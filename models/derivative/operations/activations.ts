import type { GraphWriter, NodeView, Operation } from '../operation.js';

/** A function of each value: its slope by x and y, or by what it makes of g. */
const ofEach = (gradient: (g: string, x: string, y: string, out: GraphWriter, node: NodeView) => string): Operation => ({
  shapes: (node) => [node.shape(0)],
  backward: (node, [g], out) => [gradient(g!, node.inputs[0], node.outputs[0], out, node)],
});

const timesOneLess = (g: string, y: string, out: GraphWriter): string =>
  out.node('Mul', [g, out.node('Sub', [y, out.node('Mul', [y, y])])]);

export const identity = ofEach((g) => g);
export const negate = ofEach((g, _, __, out) => out.node('Neg', [g]));
export const sigmoid = ofEach((g, _, y, out) => timesOneLess(g, y, out));
export const tanh = ofEach((g, _, y, out) => out.node('Sub', [g, out.node('Mul', [g, out.node('Mul', [y, y])])]));
export const exponential = ofEach((g, _, y, out) => out.node('Mul', [g, y]));
export const squareRoot = ofEach((g, _, y, out) => out.node('Div', [out.node('Mul', [out.float(0.5), g]), y]));
export const reciprocal = ofEach((g, _, y, out) => out.node('Neg', [out.node('Mul', [g, out.node('Mul', [y, y])])]));
export const logarithm = ofEach((g, x, _, out) => out.node('Div', [g, x]));
/** Zero counts as not positive, as in PyTorch. */
export const relu = ofEach((g, x, _, out) => out.node('Where', [out.node('Greater', [x, out.float(0)]), g, out.float(0)]));
export const leakyRelu = ofEach((g, x, _, out, node) => {
  const slope = out.node('Mul', [g, out.float(node.attribute('alpha', 0.01))]);
  return out.node('Where', [out.node('Greater', [x, out.float(0)]), g, slope]);
});
export const sine = ofEach((g, x, _, out) => out.node('Mul', [g, out.node('Cos', [x])]));
export const cosine = ofEach((g, x, _, out) => out.node('Neg', [out.node('Mul', [g, out.node('Sin', [x])])]));
/** A function without slope (steps): nothing passes. */
export const flat: Operation = { shapes: (node) => [node.shape(0)], backward: () => [undefined] };
/** One whose slope is not told: of the noise level alone. */
export const opaque: Operation = { shapes: (node) => [node.shape(0)] };
