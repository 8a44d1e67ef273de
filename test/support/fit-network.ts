import {
  add,
  batchNorm,
  concat,
  convolution,
  given,
  Graph,
  largest,
  leakyRelu,
  mean,
  meanPool,
  multiply,
  padReflect,
  reshape,
  sigmoid,
  subtract,
  sumOfSquares,
  sum,
  upsample,
  type FitDefinition,
  type Value,
} from '../../models/fit/index.js';
import { golden } from './golden.js';

export interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What test/golden/scripts/fit.py wrote. */
export interface FitGolden {
  readonly operations: readonly {
    readonly name: string;
    readonly options: { readonly [name: string]: never };
    readonly inputs: readonly Numbers[];
    readonly y: Numbers;
    readonly g: Numbers;
    readonly gradients: readonly Numbers[];
  }[];
  readonly network: {
    readonly z: Numbers;
    readonly target: Numbers;
    readonly weight: Numbers;
    readonly gradient: Numbers;
    readonly end: Numbers;
    readonly start: readonly Numbers[];
    readonly losses: readonly number[];
  };
}

export const fitGolden = (): FitGolden => golden<FitGolden>('fit.json');

export const float32 = ({ values }: Numbers): Float32Array => Float32Array.from(values);

/** The network of the golden file: two scales, reflection, batch norm, LeakyReLU, skips, channel attention. */
export function goldenNetwork({ z, target, weight, start }: FitGolden['network']): FitDefinition {
  const graph = new Graph('golden');
  const [input, wanted, weights] = Object.entries({ z, target, weight }).map(([name, { shape }]) => graph.input(name, shape));
  const w = start.map((numbers) => graph.parameter(numbers.shape, given(numbers.values)));
  const block = (x: Value, [kernel, a, b]: readonly Value[]): Value =>
    leakyRelu(add(multiply(batchNorm(convolution(padReflect(x, 1), kernel)), a), b), 0.2);
  const top = block(input, w);
  const deep = block(meanPool(top), w.slice(3));
  const [average, most] = [mean(deep, [2, 3], true), largest(deep, [2, 3], true)].map((one) => convolution(one, w[6]));
  const up = upsample(multiply(deep, sigmoid(add(average, most))));
  const image = add(convolution(concat([top, up], 1), w[7], { bias: w[8] }), graph.number(0.1));
  const count = sum(weights);
  const loss = multiply(sumOfSquares(subtract(image, wanted), weights), reciprocal(count));
  return { graph, loss: reshape(loss, []), outputs: { image } };
}

const reciprocal = (x: Value): Value => x.graph.emit('Div', [x.graph.number(1), x], x.shape);

export const goldenInputs = ({ z, target, weight }: FitGolden['network']): { readonly [name: string]: Float32Array } => ({
  z: float32(z),
  target: float32(target),
  weight: float32(weight),
});
