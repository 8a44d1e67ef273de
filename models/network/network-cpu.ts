import { SlicewiseError } from '../../core/errors.js';
import type { MemoryPlan } from '../../compute/backend.js';
import type { CpuBackend } from '../../compute/cpu/backend.js';
import { cpuField } from '../../compute/cpu/field.js';
import type { Space } from '../../core/space.js';
import type { Card } from '../card/card.js';
import { conditionPlanes, imageSide, outputPlanes } from '../card/graph-check.js';
import { COTANGENT, derivativeGraph, PRODUCT } from '../derivative/derivative-graph.js';
import { NetworkPrior, type NetworkJob } from './network-base.js';
import { networkId } from './network-id.js';
import { networkMemory } from './network-memory.js';
import { networkKernel } from './network.generated.js';
import type { LoadNetwork, RunNetwork } from './onnx.js';
import { providers, type Provider } from './provider.js';

/**
 * The network of a card on the workers that hold the slices (onnx.ts).
 * @throws SlicewiseError ARGUMENT, RUNTIME_MISSING, MODEL
 */
export async function cpuNetworkPrior(
  card: Card,
  weights: Uint8Array,
  backend: CpuBackend,
  options: { readonly batch?: number; readonly provider?: Provider; readonly derivative?: boolean },
): Promise<NetworkPrior> {
  const { batch = 1, provider = 'cpu', derivative = false } = options;
  if (!Number.isInteger(batch) || batch < 1 || batch > 16) {
    throw new SlicewiseError('ARGUMENT', { message: 'batch', expected: 'an integer from 1 to 16', got: `${batch}` });
  }
  if (!providers.includes(provider)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'provider',
      expected: `one of ${providers.join(', ')}`,
      got: `'${provider as string}'`,
    });
  }
  if (provider === 'webgpu' && backend.workers > 1) {
    // ONNX Runtime has one WebGPU device for the process: sessions in two threads at once bring the process down
    throw new SlicewiseError('ARGUMENT', {
      message: "the provider 'webgpu' runs in one worker",
      expected: '1 worker',
      got: `${backend.workers}`,
      hint: 'add --workers 1 (in a script: createBackend({ workers: 1 }))',
    });
  }
  const product = derivative ? derivativeGraph(weights, card) : undefined;
  const id = networkId();
  const { name, inputs, output, channels, outputChannels, noiseType, sizeMultiple, guide } = card;
  const graph = { name, inputs, output, channels, outputChannels, noiseType, sizeMultiple, guide };
  const load: LoadNetwork = { id, weights, provider, ...graph };
  await backend.service('network.load', load);
  if (!product) return new CpuNetworkPrior(card, backend, { id }, batch, provider);
  const productId = networkId();
  const ofProduct = { output: PRODUCT, outputChannels: 'mean', cotangent: COTANGENT } as const;
  try {
    await backend.service('network.load', { ...load, id: productId, weights: product, ...ofProduct } satisfies LoadNetwork);
  } catch (error) {
    await backend.service('network.release', id);
    throw error;
  }
  return new CpuNetworkPrior(card, backend, { id, productId }, batch, provider);
}

class CpuNetworkPrior extends NetworkPrior {
  constructor(
    card: Card,
    private readonly backend: CpuBackend,
    private readonly loaded: { readonly id: number; readonly productId?: number },
    private readonly batch: number,
    private readonly provider: Provider,
  ) {
    super(card, loaded.productId !== undefined);
  }

  protected queue(job: NetworkJob): void {
    const { space } = job.from;
    const [, rows, columns] = space.shape;
    const { batch, card } = this;
    const { cotangent } = job;
    const id = cotangent ? this.loaded.productId! : this.loaded.id;
    const [from, to] = [cpuField(job.from, space), cpuField(job.to, space)];
    const [paddedRows, paddedColumns] = [rows, columns].map((side) => imageSide(side, card));
    const planes = Math.max(card.channels, outputPlanes(card)) + conditionPlanes(card) + (cotangent ? card.channels : 0);
    const staging = this.backend.block(space, batch * planes * paddedRows * paddedColumns * 4);
    const addresses = {
      from: from.address,
      to: to.address,
      staging: staging.address,
      guide: job.guide.map((plane) => cpuField(plane, space).address),
      centre: job.centre ? cpuField(job.centre, space).address : 0,
      cotangent: cotangent ? cpuField(cotangent, space).address : 0,
    };
    const size = { rows, columns, paddedRows, paddedColumns };
    const { phase, input, noise, skip, out } = job;
    const numbers = { planes: job.planes, phase, input, noise, skip, out };
    const parameters: RunNetwork = { ...numbers, id, ...addresses, ...size, padding: card.padding, batch };
    this.backend.queue.load(networkKernel);
    this.backend.queue.operation(from.set, { op: 'service', service: 'network.run', parameters });
    staging.free();
  }

  async runtimeSeconds(): Promise<number> {
    const all = await this.backend.service('network.seconds', undefined);
    return all.reduce<number>((sum, s) => sum + (s as number), 0);
  }

  bytes(space: Space): MemoryPlan {
    return networkMemory(this.card, space, this.backend.workers, this.batch, this.vjp !== undefined);
  }

  protected how(): { readonly [key: string]: unknown } {
    return { provider: this.provider, batch: this.batch };
  }

  async dispose(): Promise<void> {
    const { id, productId } = this.loaded;
    await this.backend.service('network.release', id);
    if (productId !== undefined) await this.backend.service('network.release', productId);
  }
}
