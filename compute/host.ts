import { isSlicewiseError, SlicewiseError } from '../core/errors.js';
import { componentsOf, describeSpace, sliceSize, slicesOf } from '../core/space.js';
import type { Field } from './backend.js';

/** Consecutive slices of a volume. */
export interface SliceRange {
  readonly first: number;
  readonly count: number;
}

/**
 * Work of the caller's own in the queue of a backend: reads fields, waits for a function on plain arrays, and writes what it gives. See
 * `Backend.host`.
 *
 * Arrays are float32 in C order, complex numbers interleaved (re, im). They are the function's to keep and to change.
 */
export interface HostStep {
  /** For errors: "the denoiser 'median'". */
  readonly name: string;
  /** Read before the call. */
  readonly inputs: readonly Field[];
  /** Written after it; may be among the inputs. */
  readonly outputs: readonly Field[];
  /** Slices handed over at once, for fields with equally many. Absent: all slices of every field in one call. */
  readonly batch?: number;
  /** Ends the wait for the function, and the run with it. */
  readonly signal?: AbortSignal;
  /**
   * Gives one array for each output, as long as the slices asked for, finite. It must not wait for the backend it is called by: that waits
   * for it.
   * @param inputs one array for each input
   * @param slices which slices these are
   */
  run(inputs: Float32Array[], slices: SliceRange): readonly Float32Array[] | Promise<readonly Float32Array[]>;
}

/**
 * The calls that a step is made of.
 * @throws SlicewiseError ARGUMENT, SHAPE for slices of fields that have different numbers of them
 */
export function hostCalls({ name, inputs, outputs, batch }: HostStep): SliceRange[] {
  const fields = [...inputs, ...outputs];
  if (fields.length === 0) throw new SlicewiseError('ARGUMENT', { message: `${name} has neither inputs nor outputs` });
  const slices = slicesOf(fields[0].space);
  if (batch === undefined) return [{ first: 0, count: slices }];
  if (!Number.isInteger(batch) || batch < 1) {
    throw new SlicewiseError('ARGUMENT', {
      message: `batch of ${name}`,
      expected: 'a positive integer',
      got: `${batch}`,
    });
  }
  const other = fields.find(({ space }) => slicesOf(space) !== slices);
  if (other) {
    throw new SlicewiseError('SHAPE', {
      message: `${name} goes slice by slice through fields with different numbers of them`,
      expected: describeSpace(fields[0].space),
      got: describeSpace(other.space),
    });
  }
  const calls: SliceRange[] = [];
  for (let first = 0; first < slices; first += batch) calls.push({ first, count: Math.min(batch, slices - first) });
  return calls;
}

/** The slices of one field that a call is about: all of them where the step is not cut. */
export const slicesFor = ({ space }: Field, { batch }: HostStep, call: SliceRange): SliceRange =>
  batch === undefined ? { first: 0, count: slicesOf(space) } : call;

/**
 * Calls the function of a step and checks what it gives.
 * @throws SlicewiseError ABORTED; what the function throws, as the cause of a BACKEND error unless it is ours; ARGUMENT, SHAPE, NOT_FINITE
 *   for what it returns
 */
export async function callHost(step: HostStep, inputs: Float32Array[], call: SliceRange): Promise<readonly Float32Array[]> {
  const { name, outputs, signal } = step;
  if (signal?.aborted) throw stopped(signal);
  let given: unknown;
  try {
    given = await orStopped(() => step.run(inputs, call), signal);
  } catch (cause) {
    if (signal?.aborted) throw stopped(signal);
    if (isSlicewiseError(cause)) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new SlicewiseError('BACKEND', { message: `${name} failed: ${text}`, cause });
  }
  if (outputs.length === 0) return [];
  if (!Array.isArray(given) || given.length !== outputs.length) {
    throw new SlicewiseError('ARGUMENT', {
      message: `${name} gave no array for each of its outputs`,
      expected: `${outputs.length} Float32Array`,
      got: kindOf(given),
      hint: 'return them, or a promise for them',
    });
  }
  outputs.forEach((field, i) => requireValues(name, given[i], field, slicesFor(field, step, call)));
  return given as readonly Float32Array[];
}

/** What the work gives, or the end of the wait for it. */
async function orStopped<T>(work: () => T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work();
  let stop: () => void = () => undefined;
  const end = new Promise<never>((_, reject) => {
    stop = () => reject(stopped(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  end.catch(() => undefined); // where the work itself threw
  try {
    return await Promise.race([work(), end]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const stopped = (signal: AbortSignal): SlicewiseError =>
  new SlicewiseError('ABORTED', { message: 'the run was stopped', cause: signal.reason });

/** @throws SlicewiseError ARGUMENT, SHAPE, NOT_FINITE unless `values` are finite numbers for these slices of the field */
export function requireValues(
  name: string,
  values: unknown,
  { space }: Field,
  { first, count }: SliceRange,
): asserts values is Float32Array {
  const each = sliceSize(space) * componentsOf(space);
  const expected = `a Float32Array of ${count * each} values (${count} slices of ${describeSpace(space)})`;
  if (Object.prototype.toString.call(values) !== '[object Float32Array]') {
    throw new SlicewiseError('ARGUMENT', {
      message: `${name} gave something else than an array`,
      expected,
      got: kindOf(values),
    });
  }
  const numbers = values as Float32Array;
  if (numbers.length !== count * each) {
    throw new SlicewiseError('SHAPE', {
      message: `${name} gave an array of another size`,
      expected,
      got: `${numbers.length} values`,
    });
  }
  const bad = numbers.findIndex((v) => !Number.isFinite(v));
  if (bad < 0) return;
  throw new SlicewiseError('NOT_FINITE', {
    message: `${name} gave a value that is not finite`,
    got: `${numbers[bad]} at slice ${first + Math.floor(bad / each)}, value ${bad % each} of it`,
  });
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return `${value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return Object.prototype.toString.call(value).slice(8, -1);
}
