import { UNKNOWN_SHAPE, type Operation } from '../operation.js';
import { isKnown, known, type Shape, type Side } from '../sides.js';

const axisOf = (axis: number, shape: Shape): number => (axis < 0 && shape ? axis + shape.length : axis);

/** Joins along an axis; Jᵀ cuts. */
export const concat: Operation = {
  shapes(node) {
    const shapes = node.inputs.map((_, i) => node.shape(i));
    const axis = axisOf(node.attribute('axis', 0), shapes[0]);
    const sides = shapes.map((shape) => shape?.[axis]);
    if (!sides.every((side) => side !== undefined && isKnown(side))) return [undefined];
    const total = (sides as Side[]).reduce((sum, { plus }) => sum + plus, 0);
    return [shapes[0]!.map((side, i) => (i === axis ? known(total) : side))];
  },
  backward(node, [g], out) {
    const axis = axisOf(node.attribute('axis', 0), node.shape(node.inputs.findIndex((_, i) => node.shape(i))));
    const found: (string | undefined)[] = [];
    let from = 0;
    for (const [i] of node.inputs.entries()) {
      const side = node.shape(i)?.[axis];
      if (!side || !isKnown(side)) return UNKNOWN_SHAPE;
      const cut = (): string => out.node('Slice', [g!, ...[[from], [from + side.plus], [axis]].map((b) => out.integers(b))]);
      found.push(node.depends(i) ? cut() : undefined);
      from += side.plus;
    }
    return found;
  },
};

/** Cuts along an axis; Jᵀ joins, with zeros for parts that nobody uses. */
export const split: Operation = {
  shapes(node) {
    const shape = node.shape(0);
    const axis = axisOf(node.attribute('axis', 0), shape);
    const side = shape?.[axis];
    if (!shape || !side || !isKnown(side)) return node.outputs.map(() => undefined);
    const given = node.inputs[1] ? node.constant(1)?.integers : undefined;
    if (node.inputs[1] && !given) return node.outputs.map(() => undefined);
    const each = Math.ceil(side.plus / node.outputs.length);
    return node.outputs.map((_, k) => {
      const length = given?.[k] ?? Math.min(each, side.plus - k * each);
      return shape.map((s, i) => (i === axis ? known(length) : s));
    });
  },
  backward(node, g, out) {
    const axis = axisOf(node.attribute('axis', 0), node.shape(0));
    if (axis < 0) return UNKNOWN_SHAPE;
    const parts = g.map((arriving, k) => arriving ?? out.node('Mul', [node.outputs[k], out.float(0)]));
    return [out.node('Concat', parts, { axis }), undefined];
  },
};

/** Planes to pixels. Its Jᵀ is an exact copy: a convolution that takes one pixel of each block. */
export const depthToSpace: Operation = {
  shapes(node) {
    const [shape, block] = [node.shape(0), node.attribute('blocksize', 1)];
    if (!shape || shape.length !== 4 || !isKnown(shape[1])) return [undefined];
    const [n, planes, ...sides] = shape;
    return [[n, known(planes.plus / block ** 2), ...sides.map((s) => ({ ...s, times: s.times * block, plus: s.plus * block }))]];
  },
  backward(node, [g], out) {
    const block = node.attribute('blocksize', 1);
    const planes = node.shape(0)?.[1];
    if (!planes || !isKnown(planes)) return UNKNOWN_SHAPE;
    if (node.attribute<string>('mode', 'DCR') !== 'CRD') return [out.node('SpaceToDepth', [g!], { blocksize: block })];
    const weights = new Float32Array(planes.plus * block ** 2);
    for (let plane = 0; plane < planes.plus; plane++) weights[plane * block ** 2 + (plane % block ** 2)] = 1;
    const kernel = out.floats(weights, [planes.plus, 1, block, block]);
    const sides = { kernel_shape: [block, block], strides: [block, block], group: planes.plus / block ** 2 };
    return [out.node('Conv', [g!, kernel], sides)];
  },
};

export const spaceToDepth: Operation = {
  shapes(node) {
    const [shape, block] = [node.shape(0), node.attribute('blocksize', 1)];
    const divides = ({ of, times, plus }: Side): boolean =>
      (of === undefined || (times * node.sizeMultiple) % block === 0) && plus % block === 0;
    if (!shape || shape.length !== 4 || !isKnown(shape[1]) || !shape.slice(2).every(divides)) return [undefined];
    const [n, planes, ...sides] = shape;
    return [[n, known(planes.plus * block ** 2), ...sides.map((s) => ({ ...s, times: s.times / block, plus: s.plus / block }))]];
  },
  backward: (node, [g], out) => [out.node('DepthToSpace', [g!], { blocksize: node.attribute('blocksize', 1), mode: 'DCR' })],
};

const axesOf = (axes: readonly number[] | undefined, rank: number): number[] | undefined =>
  axes?.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);

export const unsqueeze: Operation = {
  shapes(node) {
    const shape = node.shape(0);
    const added = node.constant(1)?.integers;
    if (!shape || !added) return [undefined];
    const axes = axesOf(added, shape.length + added.length)!;
    const sides = [...shape];
    for (const axis of axes) sides.splice(axis, 0, known(1));
    return [sides];
  },
  backward: (node, [g], out) => [out.node('Squeeze', [g!, node.inputs[1]]), undefined],
};

export const squeeze: Operation = {
  shapes(node) {
    const shape = node.shape(0);
    const axes = shape && axesOf(node.constant(1)?.integers, shape.length);
    return [axes && shape.filter((_, i) => !axes.includes(i))];
  },
  backward: (node, [g], out) => (node.inputs[1] ? [out.node('Unsqueeze', [g!, node.inputs[1]]), undefined] : 'Squeeze without axes'),
};

export const transpose: Operation = {
  shapes(node) {
    const shape = node.shape(0);
    const order =
      shape &&
      node.attribute<readonly number[]>(
        'perm',
        shape.map((_, i) => shape.length - 1 - i),
      );
    return [order?.map((axis) => shape![axis])];
  },
  backward(node, [g], out) {
    const order = node.attribute<readonly number[] | undefined>('perm', undefined);
    return [out.node('Transpose', [g!], order && { perm: order.map((_, i) => order.indexOf(i)) })];
  },
};

/** Extends by zeros (or any constant); Jᵀ cuts. */
export const pad: Operation = {
  shapes(node) {
    const [shape, pads] = [node.shape(0), node.constant(1)?.integers];
    if (!shape || !pads || node.inputs[3]) return [undefined];
    return [shape.map((side, i) => ({ ...side, plus: side.plus + pads[i] + pads[i + shape.length] }))];
  },
  backward(node, [g], out) {
    const pads = node.constant(1)?.integers;
    const mode = node.attribute<string>('mode', 'constant');
    if (mode !== 'constant' || node.inputs[3] || !pads) return `Pad by ${mode} or along chosen axes`;
    const rank = pads.length / 2;
    const [begin, end] = [pads.slice(0, rank), pads.slice(rank)];
    if (pads.some((p) => p < 0)) return 'Pad by negative amounts';
    const axes = begin.flatMap((p, i) => (p > 0 || end[i] > 0 ? [i] : []));
    if (axes.length === 0) return [g];
    const ends = axes.map((i) => (end[i] > 0 ? -end[i] : 2 ** 31 - 1));
    const bounds = [axes.map((i) => begin[i]), ends, axes].map((b) => out.integers(b));
    return [out.node('Slice', [g!, ...bounds])];
  },
};

/** Rows of an axis by constant indices; Jᵀ adds them up, by a matrix of ones and zeros as a convolution of one pixel. */
export const gather: Operation = {
  shapes(node) {
    const [shape, indices] = [node.shape(0), node.constant(1)];
    const axis = axisOf(node.attribute('axis', 0), shape);
    if (!shape || !indices) return [undefined];
    return [[...shape.slice(0, axis), ...indices.shape.map(known), ...shape.slice(axis + 1)]];
  },
  backward(node, [g], out) {
    const [shape, indices] = [node.shape(0), node.constant(1)];
    const rows = indices?.integers;
    const planes = shape?.[1];
    if (!rows || indices.shape.length !== 1 || shape?.length !== 4 || axisOf(node.attribute('axis', 0), shape) !== 1 || !isKnown(planes!)) {
      return 'Gather of other than planes of images';
    }
    const weights = new Float32Array(planes!.plus * rows.length);
    rows.forEach((row, k) => (weights[(row < 0 ? row + planes!.plus : row) * rows.length + k] = 1));
    return [out.node('Conv', [g!, out.floats(weights, [planes!.plus, rows.length, 1, 1])]), undefined];
  },
};
