import { SlicewiseError } from '../../core/errors.js';
import type { GraphCard } from '../card/graph-check.js';

/* What onnxruntime-node and onnxruntime-web have in common. */

type Runtime = Pick<typeof import('onnxruntime-node'), 'Tensor'>;

/** The same noise level for every image of a batch. */
export function noiseTensor(ort: Runtime, type: GraphCard['noiseType'], noise: number, count: number): InstanceType<Runtime['Tensor']> {
  return type === 'int64'
    ? new ort.Tensor('int64', new BigInt64Array(count).fill(BigInt(Math.round(noise))), [count])
    : new ort.Tensor('float32', new Float32Array(count).fill(noise), [count]);
}

/** Those inputs that a graph has: a derivative may not hang on all of the network's. */
export const feedsOf = <T>(
  session: { readonly inputNames: readonly string[] },
  all: { readonly [name: string]: T },
): { [name: string]: T } => Object.fromEntries(session.inputNames.flatMap((name) => (name in all ? [[name, all[name]]] : [])));

/** A network that ONNX Runtime cannot read. */
export function unreadable(name: string, cause: unknown): SlicewiseError {
  const external = /external data|External data|\.data\b/.test(messageOf(cause));
  return new SlicewiseError('MODEL', {
    message: `ONNX Runtime cannot load the network of '${name}': ${messageOf(cause)}`,
    hint: external ? 'save the network with its weights in one file (no external data)' : '',
    cause,
  });
}

/** A network whose answer is no image. */
export const otherShape = (name: string, shape: readonly number[], type: string, dims: readonly number[]): SlicewiseError =>
  new SlicewiseError('MODEL', {
    message: `the network of '${name}' gave an image of another shape than its card says`,
    expected: `float32 [${shape.join(', ')}]`,
    got: `${type} [${dims.join(', ')}]`,
  });

/** ONNX Runtime's words without the place in its source. */
export const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause))
    .replace(/^.*?ERROR_MESSAGE: /s, '')
    .replace(/^\/\S+ .*(\[ONNXRuntimeError\] : \d+ : \w+ : |was false\. )/s, '')
    .trim()
    .replace(/\.$/, '');
