import type { Backend } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import { networkPrior } from '../../models/network/network-prior.js';
import { testArray } from './backends.js';
import { network, type NetworkName } from './networks.js';

export type Planes = Float64Array[];

/** Slice k of C-order data, complex interleaved, as planes. */
export function planesOf(data: Float32Array, k: number, n: number, parts: number): Planes {
  return Array.from({ length: parts }, (_, p) => Float64Array.from({ length: n }, (__, i) => data[(k * n + i) * parts + p]));
}

/** Planes of complex images times e^{iφ}. */
export function turned([re, im]: Planes, phase: number): Planes {
  const [c, s] = [Math.cos(phase), Math.sin(phase)];
  return [re.map((v, i) => c * v - s * im[i]), re.map((v, i) => s * v + c * im[i])];
}

/** Denoises random images of a shape and gives input and output. */
export async function denoised(
  backend: Backend,
  name: NetworkName,
  shape: readonly [number, number, number],
  sigma: number,
  options: { complex: boolean; batch?: number; inPlace?: boolean; phase?: number },
): Promise<{ x: Float32Array; d: Float32Array; described: { readonly [key: string]: unknown } }> {
  const { card, weights } = network(name);
  const prior = await networkPrior(card, weights, backend, { batch: options.batch });
  const domain = space(['slice', 'y', 'x'], shape, options.complex ? 'complex64' : 'float32');
  const x = testArray(shape[0] * shape[1] * shape[2] * (options.complex ? 2 : 1), 7);
  const from = backend.field(domain);
  const to = options.inPlace ? from : backend.field(domain);
  await backend.write(from, x);
  prior.denoise(from, sigma, to, { phase: options.phase });
  const d = await backend.read(to);
  const described = prior.describe();
  await prior.dispose();
  for (const field of new Set([from, to])) field.dispose();
  return { x, d, described };
}

/** Largest difference, relative to the largest value. */
export function difference(got: Float32Array, wanted: readonly Planes[], parts: number): number {
  const n = wanted[0][0].length;
  let [error, largest] = [0, 0];
  wanted.forEach((planes, k) =>
    planes.slice(0, parts).forEach((plane, p) =>
      plane.forEach((v, i) => {
        error = Math.max(error, Math.abs(got[(k * n + i) * parts + p] - v));
        largest = Math.max(largest, Math.abs(v));
      }),
    ),
  );
  return error / largest;
}
