import type { NodeView, Operation } from '../operation.js';
import { isKnown, known, type Shape } from '../sides.js';

/** Axes and whether they stay, of a reduction whose axes are constants (as input from opset 18 on, and of sums 13, before as attribute). */
function reduced(node: NodeView): { axes: readonly number[]; kept: boolean } | undefined {
  const given = node.inputs[1] ? node.constant(1)?.integers : node.attribute<readonly number[] | undefined>('axes', undefined);
  const rank = node.shape(0)?.length;
  if (!given || rank === undefined) return undefined;
  return { axes: given.map((a) => (a < 0 ? a + rank : a)), kept: node.attribute('keepdims', 1) === 1 };
}

function shapeAfter(node: NodeView): Shape {
  const [shape, over] = [node.shape(0), reduced(node)];
  if (!shape || !over) return undefined;
  return shape.flatMap((side, i) => (over.axes.includes(i) ? (over.kept ? [known(1)] : []) : [side]));
}

const spread = (mean: boolean): Operation => ({
  shapes: (node) => [shapeAfter(node)],
  backward(node, [g], out) {
    const over = reduced(node);
    if (!over) return 'a sum or mean over axes that are no constants';
    const [x] = node.inputs;
    const whole = over.kept ? g! : out.node('Unsqueeze', [g!, out.integers(over.axes)]);
    const wide = out.node('Expand', [whole, out.node('Shape', [x])]);
    if (!mean) return [wide, undefined];
    // by shapes: Size itself would bring the images to the host on WebGPU
    const count = (name: string): string =>
      out.node('Cast', [out.node('ReduceProd', [out.node('Shape', [name])], { keepdims: 0 })], { to: 1 });
    const [all, means] = [x, node.outputs[0]].map(count);
    return [out.node('Mul', [wide, out.node('Div', [means, all])]), undefined];
  },
});

export const sum = spread(false);
export const mean = spread(true);

/** y = softmax(x) along an axis: y (g − Σ g y). */
export const softmax: Operation = {
  shapes: (node) => [node.shape(0)],
  backward(node, [g], out) {
    const [y] = node.outputs;
    const along = out.integers([node.attribute('axis', -1)]);
    const total = out.node('ReduceSum', [out.node('Mul', [g!, y]), along], { keepdims: 1 });
    return [out.node('Mul', [y, out.node('Sub', [g!, total])])];
  },
};

/** α A B + β C, B a constant. */
export const gemm: Operation = {
  shapes(node) {
    const [a, b] = [node.shape(0), node.shape(1)];
    if (!a || !b || node.attribute('transA', 0)) return [undefined];
    return [[a[0], node.attribute('transB', 0) ? b[0] : b[1]]];
  },
  backward(node, [g], out) {
    const b = node.shape(1);
    if (node.depends(1) || node.depends(2) || node.attribute('transA', 0) || !b || !b.every(isKnown)) {
      return 'a product of matrices that both hang on the image';
    }
    const turned = node.attribute('transB', 0) ? 0 : 1;
    const product = out.node('Gemm', [g!, node.inputs[1]], { transB: turned });
    const alpha = node.attribute('alpha', 1);
    return [alpha === 1 ? product : out.node('Mul', [product, out.float(alpha)])];
  },
};
