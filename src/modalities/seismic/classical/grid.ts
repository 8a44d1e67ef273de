import type { z } from 'zod';
import type { Backend } from '../../../../compute/backend.js';
import { SlicewiseError } from '../../../../core/errors.js';

/** Traces on a regular grid, some of them missing. A 2-D line has n1 = 1. */
export interface TraceGrid {
  /** C order: slow trace axis (inline, shot), fast trace axis (crossline, receiver), time. What missing traces hold is never read. */
  readonly data: Float32Array;
  readonly shape: readonly [n1: number, n2: number, nt: number];
  /** Of three trace axes the length of the slowest: n1 counts over it and the next one, [outer, n1/outer, n2, nt]. Default 1. */
  readonly outer?: number;
  /** [n1, n2]: not 0 where a trace was measured. */
  readonly live: Uint8Array;
}

/** How a method is run; none of it changes the result. */
export interface RunContext {
  /** For the methods that transform many windows at once; without one they compute in the calling thread. */
  readonly backend?: Backend;
  readonly signal?: AbortSignal;
  /** The share of the work that is done, 0 … 1. */
  readonly onProgress?: (done: number) => void;
}

/** A classical interpolation method. */
export interface ClassicalMethod<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** One line for help. */
  readonly summary: string;
  readonly schema: S;
  /**
   * All traces of the grid, [n1, n2, nt]; measured ones are bit for bit what they were.
   * @throws SlicewiseError SHAPE, NOT_FINITE or ARGUMENT for a bad grid or option, ABORTED
   */
  interpolate(grid: TraceGrid, options?: z.input<S>, context?: RunContext): Promise<Float32Array>;
}

/** Lengths of the trace axes, the slowest first: two, or three where the grid has an outer one. */
export function traceAxes({ shape: [n1, n2], outer = 1 }: Pick<TraceGrid, 'shape' | 'outer'>): readonly number[] {
  return outer > 1 ? [outer, n1 / outer, n2] : [n1, n2];
}

/** @throws SlicewiseError SHAPE for a grid of three trace axes, of methods that know two */
export function requireTwoAxes(method: string, grid: TraceGrid): void {
  const axes = traceAxes(grid);
  if (axes.length < 3) return;
  throw new SlicewiseError('SHAPE', {
    message: `${method} takes lines and grids of traces`,
    expected: 'one or two trace axes',
    got: axes.join(' × '),
    hint: 'of three trace axes linear and pocs are made',
  });
}

/** @throws SlicewiseError SHAPE, NOT_FINITE (a live trace), ARGUMENT (no live trace) */
export function checkGrid(grid: TraceGrid): void {
  const { data, shape, live, outer = 1 } = grid;
  const [n1, n2, nt] = shape;
  const sizes = shape.length === 3 && shape.every((n) => Number.isInteger(n) && n > 0) && outer > 0 && Number.isInteger(n1 / outer);
  if (!sizes || data.length !== n1 * n2 * nt || live.length !== n1 * n2) {
    throw new SlicewiseError('SHAPE', {
      message: 'a trace grid whose parts do not fit together',
      expected: `data of n1·n2·nt samples and live of n1·n2 traces for [${shape.join(', ')}]`,
      got: `${data.length} samples, ${live.length} traces`,
    });
  }
  let traces = 0;
  for (let trace = 0; trace < live.length; trace++) {
    if (!live[trace]) continue;
    traces++;
    for (let at = trace * nt; at < (trace + 1) * nt; at++) {
      if (Number.isFinite(data[at])) continue;
      throw new SlicewiseError('NOT_FINITE', {
        message: `trace ${Math.floor(trace / n2)}, ${trace % n2} holds a sample that is no number`,
        got: `${data[at]} at sample ${at % nt}`,
        hint: 'call the trace missing, or mend its samples',
      });
    }
  }
  if (traces === 0) {
    throw new SlicewiseError('ARGUMENT', { message: 'no trace is live', expected: 'at least one', got: 'none' });
  }
}

/** The measured traces, and zeros elsewhere. */
export function liveOnly({ data, shape, live }: TraceGrid): Float32Array {
  const nt = shape[2];
  const out = new Float32Array(data.length);
  for (let trace = 0; trace < live.length; trace++) {
    if (live[trace]) out.set(data.subarray(trace * nt, (trace + 1) * nt), trace * nt);
  }
  return out;
}

/** Puts the measured traces into `out` bit for bit. */
export function copyLive({ data, shape, live }: TraceGrid, out: Float32Array): Float32Array {
  const nt = shape[2];
  for (let trace = 0; trace < live.length; trace++) {
    if (live[trace]) out.set(data.subarray(trace * nt, (trace + 1) * nt), trace * nt);
  }
  return out;
}

/** Says how far a run is, lets other events of the thread pass, and ends it where the caller wishes so. */
export class Pace {
  #last = performance.now();

  constructor(private readonly context: RunContext) {}

  /** @throws SlicewiseError ABORTED */
  async reached(done: number): Promise<void> {
    const { signal, onProgress } = this.context;
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the interpolation was stopped', cause: signal.reason });
    const now = performance.now();
    if (done < 1 && now - this.#last < 50) return;
    onProgress?.(done);
    if (done < 1) await new Promise<void>((resolve) => setTimeout(resolve));
    this.#last = performance.now();
  }
}
