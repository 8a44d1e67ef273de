import { SlicewiseError } from '../core/errors.js';
import type { Backend, Field, MemoryPlan } from '../compute/backend.js';
import { requireCpu, type CpuBackend } from '../compute/cpu/backend.js';
import { cpuField } from '../compute/cpu/field.js';
import { slabLayout } from '../compute/cpu/layout.js';
import { vectorKernel } from '../compute/cpu/vector.generated.js';
import { slicesOf, type Space } from '../core/space.js';
import { checkSigma, type Card } from './card.js';
import type { LoadNetwork, RunNetwork } from './onnx.js';
import { precondition } from './precondition.js';
import type { Prior } from './prior.js';

export interface NetworkOptions {
  /** Slices a network call takes at once; results do not depend on it. */
  readonly batch?: number;
  readonly provider?: 'cpu' | 'cuda';
}

let nextNetwork = 1;

/** ONNX Runtime's library, a session with its weights, and what a 2-D U-Net on 2× unshuffled input holds for a pixel (bench/memory). */
const RUNTIME = 40e6;
const SESSION = 30e6;
const ACTIVATIONS = 370;

/** What the network of a card takes beside the fields, for images of this space. */
export function networkMemory(card: Card, space: Space, workers: number, batch = 1): MemoryPlan {
  const [, rows, columns] = space.shape;
  const busy = Math.max(1, Math.min(workers, slabLayout(slicesOf(space)).slabs.length));
  const bytes = RUNTIME + busy * (SESSION + ACTIVATIONS * rows * columns * batch);
  return { items: [{ what: `network '${card.name}' on ${busy} workers`, bytes }] };
}

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
  const id = nextNetwork++;
  const load: LoadNetwork = { id, weights, inputs: card.inputs, output: card.output, provider };
  await cpu.service('network.load', load);
  return new NetworkPrior(card, cpu, id, batch);
}

export class NetworkPrior implements Prior {
  readonly name: string;
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  readonly range: Card['range'];
  /** Network evaluations of whole volumes so far. */
  evaluations = 0;

  constructor(
    readonly card: Card,
    private readonly backend: CpuBackend,
    private readonly id: number,
    private readonly batch: number,
  ) {
    this.name = card.name;
    this.sigmaMin = card.sigmaMin;
    this.sigmaMax = card.sigmaMax;
    this.range = card.range;
  }

  denoise(x: Field, sigma: number, out: Field): void {
    checkSigma(this, sigma);
    const { space } = x;
    if (space.shape.length !== 3 || space.dtype !== 'float32') {
      throw new SlicewiseError('SHAPE', { message: `the prior '${this.name}' denoises real images [slice, y, x]` });
    }
    const [, rows, columns] = space.shape;
    const [from, to] = [cpuField(x, space), cpuField(out, space)];
    const staging = this.backend.block(space, this.batch * rows * columns * 4);
    const { sizeMultiple, padding } = this.card;
    const job: RunNetwork = {
      id: this.id,
      from: from.address,
      to: to.address,
      staging: staging.address,
      rows,
      columns,
      sizeMultiple,
      padding,
      batch: this.batch,
      ...precondition(this.card.parametrisation, sigma),
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
    const { name, version, sha256, parametrisation } = this.card;
    return { name, version, sha256, parametrisation, batch: this.batch };
  }

  async dispose(): Promise<void> {
    await this.backend.service('network.release', this.id);
  }
}
