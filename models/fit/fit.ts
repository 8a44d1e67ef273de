import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import type { AdamSettings } from './adam.js';
import { Fitting, type FitInputs, type FitState } from './fitting.js';
import { Graph, type Value } from './graph.js';

/** What a builder makes: the number that is made small, and values to have at the end. */
export interface Built {
  readonly loss: Value;
  readonly outputs?: { readonly [name: string]: Value };
}

/** A network, its loss, and how long it is fitted. */
export interface FitOptions extends AdamSettings {
  readonly backend: Backend;
  /** Writes network and loss into the graph. */
  readonly build: (graph: Graph) => Built;
  /**
   * Arrays by the names of the graph's inputs; or a function that gives those of step n (from 0) which are others than in the step
   * before; all of them in the first step that is done here, which is `state.step` of a fit that goes on.
   */
  readonly inputs: FitInputs | ((step: number) => FitInputs);
  readonly steps: number;
  /** Of the parameters at the start. */
  readonly seed?: number;
  /** Goes on from there; `steps` counts those already done. */
  readonly state?: FitState;
  readonly signal?: AbortSignal;
  /** Hears of every step; 'stop' ends the fit. */
  readonly onStep?: (step: FitProgress) => 'stop' | undefined | Promise<'stop' | undefined>;
}

/** Told after every step. */
export interface FitProgress {
  /** From 1. */
  readonly step: number;
  /** Of the parameters before the step. */
  readonly loss: number;
}

/** What a fit ends with: losses, outputs of the last network, and the state to go on from. */
export interface FitResult {
  /** One a step that was done here, of the parameters before it. */
  readonly losses: readonly number[];
  /** Of the parameters at the end. */
  readonly loss: number;
  readonly outputs: { readonly [name: string]: Float32Array };
  readonly state: FitState;
}

/**
 * Fits the parameters of a small network to arrays by Adam, on the CPU or a GPU; no other program is needed. The network is untrained at
 * the start, and its seed says all: the CPU gives the same bits whatever the number of workers, another device the same losses but for
 * rounding.
 *
 * @example
 * // a straight line through points: y = a x + b
 * const { outputs } = await fit({
 *   backend,
 *   build(graph) {
 *     const [x, y] = [graph.input('x', [9]), graph.input('y', [9])];
 *     const [a, b] = [graph.parameter([1], filled(0)), graph.parameter([1], filled(0))];
 *     const line = add(multiply(a, x), b);
 *     return { loss: sumOfSquares(subtract(line, y)), outputs: { line } };
 *   },
 *   inputs: { x, y },
 *   steps: 500,
 *   learningRate: 0.05,
 * });
 * @throws SlicewiseError ARGUMENT, SHAPE, ABORTED, RUNTIME_MISSING, MODEL (a loss that is no finite number), BACKEND
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const { backend, build, inputs, steps, signal, onStep, ...settings } = options;
  if (!Number.isInteger(steps) || steps < 0) {
    throw new SlicewiseError('ARGUMENT', { message: 'steps', expected: 'a whole number, 0 or more', got: `${steps}` });
  }
  const graph = new Graph('fit');
  const definition = { graph, ...build(graph) };
  const givenAt = typeof inputs === 'function' ? inputs : (step: number): FitInputs => (step === first ? inputs : {});
  const fitting = await Fitting.open(backend, definition, settings);
  const first = fitting.steps;
  try {
    const losses: number[] = [];
    while (fitting.steps < steps) {
      if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the fit was aborted' });
      const { loss } = await fitting.step(givenAt(fitting.steps));
      losses.push(loss);
      if ((await onStep?.({ step: fitting.steps, loss })) === 'stop') break;
    }
    const { loss, outputs } = await fitting.evaluate(losses.length === 0 ? givenAt(first) : {});
    return { losses, loss, outputs, state: await fitting.state() };
  } finally {
    await fitting.dispose();
  }
}
