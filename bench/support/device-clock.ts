import type { Field, Scalars } from '../../compute/backend.js';
import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import type { Prior } from '../../models/prior.js';
import type { LinearOperator } from '../../operators/operator.js';

/** What the seconds of a run on a GPU are counted under. */
export type Share = 'network' | 'operators' | 'copies';

/**
 * Seconds of a GPU by what was queued. Work is queued far ahead of the device, so the clock waits for an idle device before and after each
 * part: a run under the clock is slower than one without, and its parts are what they take alone.
 */
export class DeviceClock {
  readonly seconds: Record<Share, number> = { network: 0, operators: 0, copies: 0 };
  readonly calls: Record<Share, number> = { network: 0, operators: 0, copies: 0 };
  #since = 0;
  readonly #original: Pick<WebGpuBackend, 'read' | 'write' | 'readScalars'>;

  constructor(private readonly backend: WebGpuBackend) {
    const original = {
      read: backend.read.bind(backend),
      write: backend.write.bind(backend),
      readScalars: backend.readScalars.bind(backend),
    };
    this.#original = original;
    Object.assign(backend, {
      read: (field: Field) => this.#copy(() => original.read(field)),
      write: (field: Field, data: Float32Array) => this.#copy(() => original.write(field, data)),
      readScalars: (scalars: Scalars) => this.#copy(() => original.readScalars(scalars)),
    });
  }

  /** Takes the clock off the backend. */
  stop(): void {
    Object.assign(this.backend, this.#original);
  }

  operator(operator: LinearOperator): LinearOperator {
    const { name, domain, range, backend, coupling } = operator;
    const timed = (queue: () => void): void => this.#around('operators', queue);
    return {
      name,
      domain,
      range,
      backend,
      coupling,
      apply: (x, y) => timed(() => operator.apply(x, y)),
      adjoint: (y, x) => timed(() => operator.adjoint(y, x)),
      normal: (x, out) => timed(() => operator.normal(x, out)),
      norm: () => operator.norm(),
      bytes: () => operator.bytes(),
      dispose: () => operator.dispose(),
    };
  }

  prior(prior: Prior): Prior {
    const { name, sigmaMin, sigmaMax, range } = prior;
    return {
      name,
      sigmaMin,
      sigmaMax,
      range,
      denoise: (x, sigma, out, options) => this.#around('network', () => prior.denoise(x, sigma, out, options)),
      bytes: (space) => prior.bytes(space),
      describe: () => prior.describe(),
      dispose: () => prior.dispose(),
    };
  }

  #around(share: Share, queue: () => void): void {
    this.#idle(() => (this.#since = performance.now()));
    queue();
    this.#idle(() => this.#add(share, this.#since));
  }

  #idle(then: () => void): void {
    this.backend.step(async ({ device }) => {
      await device.queue.onSubmittedWorkDone();
      then();
    });
  }

  async #copy<T>(work: () => Promise<T>): Promise<T> {
    await this.backend.flush();
    const since = performance.now();
    try {
      return await work();
    } finally {
      this.#add('copies', since);
    }
  }

  #add(share: Share, since: number): void {
    this.seconds[share] += (performance.now() - since) / 1000;
    this.calls[share]++;
  }
}
