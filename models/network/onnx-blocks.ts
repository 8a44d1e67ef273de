import { conditionPlanes, outputPlanes } from '../card/graph-check.js';
import type { Three } from '../block/tiling.js';
import type { Loaded } from './onnx.js';
import { noiseTensor, otherShape } from './onnx-common.js';
import type { OnnxRuntime } from './onnx-session.js';

/** One block for a network of blocks, scaled and padded as the graph wants it. */
export interface RunBlock {
  readonly id: number;
  readonly shape: Three;
  /** [shape] */
  readonly x: Float32Array;
  /** [planes of the condition, shape]; empty where the network has none. */
  readonly condition: Float32Array;
  readonly noise: number;
}

/**
 * What the network gives, [planes, shape], and the seconds spent inside ONNX Runtime.
 * @throws SlicewiseError MODEL when the network gives another shape than its card says
 */
export async function blockAnswer(
  { shape, x, condition, noise }: RunBlock,
  { session, network }: Loaded,
  ort: OnnxRuntime,
): Promise<{ answer: Float32Array; spent: number }> {
  const { inputs, output, guide, noiseType, name } = network;
  const feeds = {
    [inputs.x]: new ort.Tensor('float32', x, [1, 1, ...shape]),
    ...(guide && { [guide.input]: new ort.Tensor('float32', condition, [1, conditionPlanes(network), ...shape]) }),
    [inputs.noise]: noiseTensor(ort, noiseType, noise, 1),
  };
  const begun = performance.now();
  const result = (await session.run(feeds, [output]))[output];
  const spent = (performance.now() - begun) / 1000;
  const wanted = [1, outputPlanes(network), ...shape];
  const right = result.dims.length === wanted.length && result.dims.every((d, i) => d === wanted[i]);
  if (result.type !== 'float32' || !right) throw otherShape(name, wanted, result.type, result.dims);
  return { answer: (result.data as Float32Array).slice(), spent };
}
