import { SlicewiseError } from '../core/errors.js';
import type { Backend, Field, MemoryPlan } from '../compute/backend.js';
import { requireCpu, type CpuBackend } from '../compute/cpu/backend.js';
import { cpuField } from '../compute/cpu/field.js';
import { vectorKernel } from '../compute/cpu/vector.generated.js';
import { componentsOf, describeSpace, type Space } from '../core/space.js';
import { checkSigma, type Card } from './card.js';
import { networkMemory } from './network-memory.js';
import type { LoadNetwork, RunNetwork } from './onnx.js';
import { atWholeStep, precondition } from './precondition.js';
import type { DenoiseOptions, Prior } from './prior.js';
import { providers, type Provider } from './provider.js';

export interface NetworkOptions {
  /** Slices a network call takes at once; results do not depend on it. */
  readonly batch?: number;
  readonly provider?: Provider;
}

let nextNetwork = 1;

/** A learned prior: the network of a card, run by ONNX Runtime on the workers that hold the slices. */
export async function networkPrior(
  card: Card,
  weights: Uint8Array,
  backend: Backend,
  options: NetworkOptions = {},
): Promise<NetworkPrior> {
  const cpu = requireCpu(backend, `the prior '${card.name}'`);
  const { batch = 1, provider = 'cpu' } = options;
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
  if (provider === 'webgpu' && cpu.workers > 1) {
    // ONNX Runtime has one WebGPU device for the process: sessions in two threads at once bring the process down
    throw new SlicewiseError('ARGUMENT', {
      message: "the provider 'webgpu' runs in one worker",
      expected: '1 worker',
      got: `${cpu.workers}`,
      hint: 'add --workers 1 (in a script: createBackend({ workers: 1 }))',
    });
  }
  const id = nextNetwork++;
  const { name, inputs, output, channels, outputChannels, noiseType, sizeMultiple } = card;
  const graph = { name, inputs, output, channels, outputChannels, noiseType, sizeMultiple };
  const load: LoadNetwork = { id, weights, provider, ...graph };
  await cpu.service('network.load', load);
  return new NetworkPrior(card, cpu, id, batch, provider);
}

export class NetworkPrior implements Prior {
  readonly name: string;
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  readonly range: Card['range'];
  /** Network evaluations of whole volumes so far. */
  evaluations = 0;
  /** Real images went through a network for complex ones. */
  #realImages = false;

  constructor(
    readonly card: Card,
    private readonly backend: CpuBackend,
    private readonly id: number,
    private readonly batch: number,
    private readonly provider: Provider = 'cpu',
  ) {
    this.name = card.name;
    this.sigmaMin = card.sigmaMin;
    this.sigmaMax = card.sigmaMax;
    this.range = card.range;
  }

  /**
   * out ← D(x; sigma). Complex images need a prior of 2 channels. Real ones go through such a prior with an imaginary part of 0, and the
   * real part of what comes out is kept.
   */
  denoise(x: Field, sigma: number, out: Field, { phase = 0 }: DenoiseOptions = {}): void {
    checkSigma(this, sigma);
    const { space } = x;
    const { channels, sizeMultiple, padding, parametrisation, noiseType } = this.card;
    const planes = componentsOf(space);
    if (space.shape.length !== 3) {
      throw new SlicewiseError('SHAPE', {
        message: `the prior '${this.name}' denoises images`,
        expected: '[slice, y, x]',
        got: describeSpace(space),
      });
    }
    if (planes > channels) {
      throw new SlicewiseError('SHAPE', {
        message: `the prior '${this.name}' knows real images (1 channel) and cannot denoise complex ones: their noise is in two channels, and a magnitude has no phase to give back`,
        expected: 'a real image [slice, y, x]',
        got: describeSpace(space),
        hint: 'use a prior whose card says "channels": 2',
      });
    }
    this.#realImages ||= planes < channels;
    const [, rows, columns] = space.shape;
    const [from, to] = [cpuField(x, space), cpuField(out, space)];
    const staging = this.backend.block(space, planes * this.batch * rows * columns * 4);
    const numbers = noiseType === 'int64' ? atWholeStep(this.card, sigma) : precondition(parametrisation, sigma);
    const job: RunNetwork = {
      id: this.id,
      from: from.address,
      to: to.address,
      staging: staging.address,
      planes,
      rows,
      columns,
      sizeMultiple,
      padding,
      batch: this.batch,
      phase: planes === 2 ? phase : 0,
      ...numbers,
    };
    this.backend.queue.load(vectorKernel);
    this.backend.queue.operation(from.set, { op: 'service', service: 'network.run', parameters: job });
    staging.free();
    this.evaluations++;
  }

  /** Seconds inside ONNX Runtime, summed over workers. */
  async runtimeSeconds(): Promise<number> {
    const all = await this.backend.service('network.seconds', undefined);
    return all.reduce<number>((sum, s) => sum + (s as number), 0);
  }

  bytes(space: Space): MemoryPlan {
    return networkMemory(this.card, space, this.backend.workers, this.batch);
  }

  describe(): { readonly [key: string]: unknown } {
    const { name, version, sha256, parametrisation, channels, precision, derivedFrom } = this.card;
    return {
      name,
      version,
      sha256,
      parametrisation,
      channels,
      precision,
      ...(derivedFrom && { derivedFrom }),
      ...(this.#realImages && { realImages: 'imaginary part 0, real part kept' }),
      provider: this.provider,
      batch: this.batch,
    };
  }

  async dispose(): Promise<void> {
    await this.backend.service('network.release', this.id);
  }
}
