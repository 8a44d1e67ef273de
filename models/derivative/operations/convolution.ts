import type { GraphWriter, NodeView, Operation } from '../operation.js';
import { known, type Shape, type Side } from '../sides.js';

/** Geometry of a convolution, an entry a direction. */
interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly group: number;
}

/** Weights [out, in/group, …] (of transposed convolutions [in, out/group, …]) and geometry; a text where they are not for us. */
function geometryOf(node: NodeView): { weights: Float32Array; shape: readonly number[]; geometry: Geometry } | string {
  const weights = node.constant(1);
  if (!weights?.floats || weights.shape.length < 3) return 'a convolution whose weights are no float32 constants';
  if (node.depends(1)) return 'a convolution with weights that hang on the image';
  const padding = node.attribute<string>('auto_pad', 'NOTSET');
  if (padding !== 'NOTSET' && padding !== 'VALID') return `a convolution with auto_pad ${padding}`;
  const kernel = weights.shape.slice(2);
  const each = (value: number): number[] => kernel.map(() => value);
  const pads = node.attribute<readonly number[]>('pads', [...each(0), ...each(0)]);
  return {
    weights: weights.floats,
    shape: weights.shape,
    geometry: {
      kernel,
      strides: node.attribute<readonly number[]>('strides', each(1)),
      dilations: node.attribute<readonly number[]>('dilations', each(1)),
      begin: pads.slice(0, kernel.length),
      end: pads.slice(kernel.length),
      group: node.attribute('group', 1),
    },
  };
}

const reach = ({ dilations, kernel }: Geometry, i: number): number => dilations[i] * (kernel[i] - 1);

/** A side after a convolution; undefined where its length is no fixed share of the image's. */
function shrunk(side: Side, g: Geometry, i: number, multiple: number): Side | undefined {
  const whole = (multiple * side.times) % g.strides[i] === 0;
  if (side.of !== undefined && !whole) return undefined;
  const plus = Math.floor((side.plus + g.begin[i] + g.end[i] - reach(g, i) - 1) / g.strides[i]) + 1;
  return { ...side, times: side.times / g.strides[i], plus };
}

/** A side after a transposed convolution. */
const grown = (side: Side, g: Geometry, i: number, more: number): Side => ({
  ...side,
  times: side.times * g.strides[i],
  plus: (side.plus - 1) * g.strides[i] + reach(g, i) + 1 - g.begin[i] - g.end[i] + more,
});

function shapeAfter(node: NodeView, transposed: boolean): Shape {
  const [x, found] = [node.shape(0), geometryOf(node)];
  if (!x || typeof found === 'string' || x.length !== found.shape.length) return undefined;
  const { geometry, shape } = found;
  const more = node.attribute<readonly number[]>(
    'output_padding',
    geometry.kernel.map(() => 0),
  );
  const sides = x
    .slice(2)
    .map((side, i) => (transposed ? grown(side, geometry, i, more[i]) : shrunk(side, geometry, i, node.sizeMultiple)));
  const planes = transposed ? shape[1] * geometry.group : shape[0];
  return sides.every((side) => side !== undefined) ? [x[0], known(planes), ...(sides as Side[])] : undefined;
}

/**
 * Jᵀ of a convolution is the transposed convolution with the same weights. With stride 1 that is a convolution with the kernel turned
 * round, which ONNX Runtime does in two thirds of the time.
 */
export const convolution: Operation = {
  shapes: (node) => [shapeAfter(node, false)],
  backward(node, [g], out) {
    const found = geometryOf(node);
    if (typeof found === 'string') return found;
    const { weights, shape, geometry } = found;
    const { kernel, strides, dilations, begin, end, group } = geometry;
    const [x, y] = [node.shape(0), shapeAfter(node, false)];
    if (!x || !y) return 'a convolution of images whose sides are no multiples of its stride';
    const turned = kernel.map((_, i) => [reach(geometry, i) - begin[i], reach(geometry, i) - end[i]]);
    if (group === 1 && strides.every((s) => s === 1) && turned.flat().every((p) => p >= 0)) {
      const pads = [...turned.map(([p]) => p), ...turned.map(([, p]) => p)];
      const [flipped, sides] = turnedRound(weights, shape);
      return [out.node('Conv', [g!, out.floats(flipped, sides)], { kernel_shape: kernel, dilations, pads })];
    }
    const more = kernel.map((_, i) => x[2 + i].plus - grown(y[2 + i], geometry, i, 0).plus);
    if (more.some((m, i) => m < 0 || m >= Math.max(strides[i], dilations[i]))) return 'a convolution that leaves values of its image out';
    return [
      out.node('ConvTranspose', [g!, node.inputs[1]], {
        ...{ kernel_shape: kernel, strides, dilations, group, pads: [...begin, ...end] },
        ...(more.some((m) => m > 0) && { output_padding: more }),
      }),
    ];
  },
};

export const transposedConvolution: Operation = {
  shapes: (node) => [node.attribute<readonly number[] | undefined>('output_shape', undefined) ? undefined : shapeAfter(node, true)],
  backward(node, [g], out: GraphWriter) {
    const found = geometryOf(node);
    if (typeof found === 'string') return found;
    if (!shapeAfter(node, true)) return 'a transposed convolution whose size cannot be told beforehand';
    const { kernel, strides, dilations, begin, end, group } = found.geometry;
    return [out.node('Conv', [g!, node.inputs[1]], { kernel_shape: kernel, strides, dilations, group, pads: [...begin, ...end] })];
  },
};

/** Weights [a, b, …] as [b, a, …], each kernel from its end. */
function turnedRound(weights: Float32Array, [a, b, ...kernel]: readonly number[]): [Float32Array, number[]] {
  const size = kernel.reduce((n, side) => n * side, 1);
  const out = new Float32Array(weights.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const [from, to] = [(i * b + j) * size, (j * a + i) * size];
      for (let k = 0; k < size; k++) out[to + k] = weights[from + size - 1 - k];
    }
  }
  return [out, [b, a, ...kernel]];
}
