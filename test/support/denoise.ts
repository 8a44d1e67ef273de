import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node';
import { precondition } from '../../models/network/precondition.js';
import type { ZooEntry } from '../../models/sources/zoo.js';

/** What onnxruntime-node and onnxruntime-web have in common. */
export interface Runtime {
  readonly InferenceSession: {
    create(weights: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

/** A network in a session of its own. */
export interface Denoiser {
  /** F alone: what `x` [N, channels, side, side] and `noise` [N] give, both as the graph takes them. */
  evaluate(x: Float32Array, noise: Float32Array): Promise<Float32Array>;
  /**
   * D(x; σ) of square images.
   * @param x noisy images [N, channels, side, side] in the prior's range
   * @param sigmas noise level of each image [N]
   */
  denoise(x: Float32Array, sigmas: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The denoiser of a card as ONNX Runtime computes it on one provider, without the engine around it. Guided ones are shown waves. */
export async function openDenoiser(
  { InferenceSession, Tensor }: Runtime,
  { card, weights }: ZooEntry,
  provider: 'cpu' | 'cuda' | 'webgpu',
  options: InferenceSession.SessionOptions = {},
): Promise<Denoiser> {
  const { inputs, output, channels, parametrisation, guide } = card;
  const session = await InferenceSession.create(weights, {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...options,
  });
  const evaluate = async (x: Float32Array, noise: Float32Array): Promise<Float32Array> => {
    const side = Math.sqrt(x.length / noise.length / channels);
    const shown = guide && Float32Array.from({ length: guide.planes * x.length }, (_, i) => 0.25 + 0.2 * Math.sin(0.1 * i));
    const results = await session.run({
      ...(shown && { [guide.input]: new Tensor('float32', shown, [noise.length, guide.planes * channels, side, side]) }),
      [inputs.x]: new Tensor('float32', x, [noise.length, channels, side, side]),
      [inputs.noise]: new Tensor('float32', noise, [noise.length]),
    });
    return (results[output] as TypedTensor<'float32'>).data;
  };
  const denoise = async (x: Float32Array, sigmas: readonly number[]): Promise<Float32Array> => {
    const numbers = sigmas.map((sigma) => precondition(parametrisation, sigma));
    const image = x.length / sigmas.length; // values of one, all channels
    const at = (i: number): (typeof numbers)[number] => numbers[Math.floor(i / image)];
    const noise = Float32Array.from(numbers, (p) => p.noise);
    const f = await evaluate(
      x.map((v, i) => at(i).input * v),
      noise,
    );
    return x.map((v, i) => at(i).skip * v + at(i).out * f[i]);
  };
  return { evaluate, denoise, close: () => session.release() };
}
