import type { Backend } from '../../compute/backend.js';
import { CpuBackend } from '../../compute/cpu/backend.js';
import { forBackend } from '../../compute/for-backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { cpuFitting, requireWorker } from '../network/fit-cpu.js';
import { webGpuFitting } from '../network/fit-webgpu.js';
import { adamStep, type AdamSettings } from './adam.js';
import type { Device, DeviceFit, FitVectors } from './device.js';
import { GRADIENT, LOSS, sizeOf, type Graph, type Value } from './graph.js';
import { parameterGradient } from './gradients.js';
import { initialParameters } from './initial.js';

/** What is fitted: a graph, the number that is made small, and what else is asked of it. */
export interface FitDefinition {
  readonly graph: Graph;
  readonly loss: Value;
  readonly outputs?: { readonly [name: string]: Value };
}

/** Where a fit stands; all that a checkpoint needs. */
export interface FitState extends FitVectors {
  /** Steps done. */
  readonly step: number;
}

/** How a fit begins and steps. */
export interface FittingOptions extends AdamSettings {
  /** Of the parameters, where no state is given to go on from. */
  readonly seed?: number;
  readonly state?: FitState;
  /** The worker of the CPU backend that has it: fits in several go on at once. The bits do not depend on it. */
  readonly lane?: number;
}

/** What one step gave: the loss and the outputs asked for, of the parameters before it. */
export interface FitStep {
  readonly loss: number;
  readonly outputs: { readonly [name: string]: Float32Array };
}

/** Arrays by the names of a graph's inputs. */
export type FitInputs = { readonly [name: string]: Float32Array };

/**
 * A graph on a device with its parameters and what Adam keeps of them. On the CPU backend one session of one thread in one worker, so the
 * bits do not depend on the number of workers; on WebGPU parameters and gradients stay on the device.
 */
export class Fitting {
  #step: number;
  /** Inputs that the device has. */
  readonly #given = new Set<string>();

  private constructor(
    private readonly device: DeviceFit,
    private readonly definition: FitDefinition,
    private readonly settings: AdamSettings,
    step: number,
  ) {
    this.#step = step;
  }

  /**
   * @throws SlicewiseError ARGUMENT (names, a state of another graph), SHAPE, RUNTIME_MISSING, MODEL, MEMORY, BACKEND
   */
  static async open(
    backend: Backend,
    definition: FitDefinition,
    { seed = 0, state, lane = 0, ...settings }: FittingOptions,
  ): Promise<Fitting> {
    const { graph, loss, outputs = {} } = definition;
    if (graph.size === 0) throw new SlicewiseError('ARGUMENT', { message: 'nothing is to be fitted: the graph has no parameters' });
    for (const name of [LOSS, GRADIENT]) {
      if (name in outputs) throw new SlicewiseError('ARGUMENT', { message: `an output cannot be called '${name}'` });
    }
    const lengths = state ? [state.parameters, state.mean, state.square].map((values) => values.length) : [];
    if (lengths.some((length) => length !== graph.size)) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'the state is of another graph',
        expected: `${graph.size} parameters, and as many means and squares`,
        got: lengths.join(', '),
      });
    }
    const zeros = (): Float32Array => new Float32Array(graph.size);
    const target = backend instanceof CpuBackend ? 'cpu' : 'gpu';
    const model = graph.encode({ ...outputs, [LOSS]: loss, [GRADIENT]: parameterGradient(loss, target) });
    const device: Device = {
      name: graph.name,
      model,
      inputs: Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, shape])),
      state: state ?? { parameters: initialParameters(graph.parameters, graph.size, seed), mean: zeros(), square: zeros() },
    };
    return new Fitting(await openOn(backend, device, lane), definition, settings, state?.step ?? 0);
  }

  /** Steps done. */
  get steps(): number {
    return this.#step;
  }

  /**
   * One step of Adam.
   * @param given inputs that are others than in the step before; all of them in the first
   * @param wanted names of outputs
   * @throws SlicewiseError ARGUMENT for inputs that do not fit, MODEL where the loss is no finite number
   */
  async step(given: FitInputs = {}, wanted: readonly string[] = [], learningRate = this.settings.learningRate): Promise<FitStep> {
    const adam = adamStep(this.#step + 1, { ...this.settings, learningRate });
    const answer = await this.#run(given, wanted, { adam });
    this.#step++;
    return answer;
  }

  /** Loss and outputs of the parameters as they are. */
  evaluate(given: FitInputs = {}, wanted: readonly string[] = Object.keys(this.definition.outputs ?? {})): Promise<FitStep> {
    return this.#run(given, wanted, {});
  }

  /** Parameters and what Adam knows of them, to go on from. */
  async state(): Promise<FitState> {
    return { step: this.#step, ...(await this.device.read()) };
  }

  /** Gives the session and its memory back. */
  dispose(): Promise<void> {
    return this.device.dispose();
  }

  async #run(given: FitInputs, wanted: readonly string[], how: Pick<Parameters<DeviceFit['run']>[0], 'adam'>): Promise<FitStep> {
    const { graph, outputs = {} } = this.definition;
    for (const [name, values] of Object.entries(given)) {
      requireInput(graph, name, values);
      this.#given.add(name);
    }
    const missing = graph.inputs.find(({ name }) => !this.#given.has(name));
    if (missing) throw new SlicewiseError('ARGUMENT', { message: `the input '${missing.name}' of '${graph.name}' was never given` });
    for (const name of wanted) {
      if (!(name in outputs)) {
        throw new SlicewiseError('ARGUMENT', {
          message: 'outputs of a fit',
          expected: `of ${Object.keys(outputs).join(', ') || 'none'}`,
          got: `'${name}'`,
        });
      }
    }
    const { [LOSS]: loss, ...found } = await this.device.run({ given, wanted: [...wanted, LOSS], ...how });
    if (!Number.isFinite(loss[0])) {
      throw new SlicewiseError('MODEL', {
        message: `the loss of '${graph.name}' is no number any more`,
        got: `${loss[0]} in step ${this.#step + 1}`,
        hint: 'use a smaller learning rate, or look for a division by zero in the loss',
      });
    }
    return { loss: loss[0], outputs: found };
  }
}

const openOn = (backend: Backend, device: Device, lane: number): Promise<DeviceFit> =>
  forBackend(backend, 'a fit', {
    cpu: (b) => cpuFitting(b, device, lane),
    webgpu: (b) => webGpuFitting(b, device),
  });

/** Can networks be fitted on it? Before any work is done. @throws SlicewiseError BACKEND */
export const requireFits = (backend: Backend): void => forBackend(backend, 'a fit', { cpu: requireWorker, webgpu: () => undefined });

function requireInput(graph: Graph, name: string, values: Float32Array): void {
  const port = graph.inputs.find((one) => one.name === name);
  if (port && values.length === sizeOf(port.shape)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `an input of '${graph.name}'`,
    expected: port
      ? `${sizeOf(port.shape)} numbers for '${name}' [${port.shape.join(', ')}]`
      : `one of ${graph.inputs.map((one) => `'${one.name}'`).join(', ')}`,
    got: port ? `${values.length}` : `'${name}'`,
  });
}
