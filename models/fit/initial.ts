import { philox, philoxKey, uniform as uniformOf } from '../../core/philox.js';
import { sizeOf, type Initialiser, type Parameter } from './graph.js';

/** Numbers from −bound to bound, each as likely. */
export const uniform =
  (bound: number): Initialiser =>
  (shape, draw) =>
    Float32Array.from(draw(sizeOf(shape)), (value) => bound * value);

/** The same number everywhere. */
export const filled =
  (value: number): Initialiser =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

/** Weights [out, in, …] of a layer, uniform within ±1/√(numbers that an output is made of): what PyTorch starts from. */
export const layerWeights: Initialiser = (shape, draw) => uniform(1 / Math.sqrt(sizeOf(shape.slice(1))))(shape, draw);

/** Numbers given. */
export const given =
  (values: ArrayLike<number>): Initialiser =>
  () =>
    Float32Array.from(values);

const STREAM = 0x66697420;

/** The vector of all parameters at the start: those of a seed are the same everywhere, and each parameter's are its own. */
export function initialParameters(parameters: readonly Parameter[], size: number, seed: number): Float32Array {
  const out = new Float32Array(size);
  const key = philoxKey(seed);
  const words = new Uint32Array(4);
  parameters.forEach(({ shape, offset, initial }, n) => {
    const draw = (count: number): Float64Array =>
      Float64Array.from({ length: count }, (_, e) => {
        if (e % 2 === 0) philox(words, Math.floor(e / 2), n, 0, STREAM, key);
        const at = 2 * (e % 2);
        return 2 * uniformOf(words[at], words[at + 1]) - 1;
      });
    out.set(initial(shape, draw), offset);
  });
  return out;
}
