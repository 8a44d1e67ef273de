import type { Backend } from '../../compute/backend.js';
import { forBackend } from '../../compute/for-backend.js';
import type { Card } from '../card/card.js';
import type { NetworkPrior } from './network-base.js';
import { cpuNetworkPrior } from './network-cpu.js';
import { webGpuNetworkPrior } from './network-webgpu.js';
import type { Provider } from './provider.js';

export { NetworkPrior } from './network-base.js';

/** How a network runs. */
export interface NetworkOptions {
  /**
   * Slices a network call takes at once. CPU: 1 to 16, by default 1; results do not depend on it. WebGPU: by default as many as
   * `gpuNetworkBatch` says
   * (network-memory.ts).
   */
  readonly batch?: number;
  /** Where ONNX Runtime runs the network; CPU backend only. */
  readonly provider?: Provider;
  /**
   * Its derivative too, for methods that are guided by it: `vjp`, from a graph that is made of the network's own (derivative-graph.ts).
   * Takes a second session, with its weights twice. Default false.
   */
  readonly derivative?: boolean;
}

/**
 * A learned prior: the network of a card, run by ONNX Runtime on the workers that hold the slices (CPU) or on the backend's device
 * (WebGPU).
 * @throws SlicewiseError ARGUMENT, RUNTIME_MISSING without the runtime's package, MODEL when the network is not its card's or cannot run
 *   there, or with `derivative` has operations whose derivative is not known
 */
export function networkPrior(card: Card, weights: Uint8Array, backend: Backend, options: NetworkOptions = {}): Promise<NetworkPrior> {
  return forBackend<Promise<NetworkPrior>>(backend, `the prior '${card.name}'`, {
    cpu: (cpu) => cpuNetworkPrior(card, weights, cpu, options),
    webgpu: (gpu) => webGpuNetworkPrior(card, weights, gpu, options),
  });
}
