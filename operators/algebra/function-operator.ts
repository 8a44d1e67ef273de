import type { Backend, Field } from '../../compute/backend.js';
import { requireValues } from '../../compute/host.js';
import { bytesOf, componentsOf, sliceSize, slicesOf, type Space } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';
import { fieldOperator } from './field-operator.js';

/**
 * One direction of an operator on plain numbers: float32 in C order, complex ones interleaved.
 * @param values of one slice ('slice'), or of all ('volume'). Yours to change
 * @param slice which one, from 0; 0 for 'volume'
 */
export type ArrayFunction = (values: Float32Array, slice: number) => Float32Array | Promise<Float32Array>;

/** An operator by functions on arrays. */
export interface FunctionOperatorOptions {
  /** For messages and plans. */
  readonly name: string;
  /** What images look like: space(['slice', 'y', 'x'], [slices, rows, columns]). */
  readonly domain: Space;
  /** What data look like. */
  readonly range: Space;
  /** 'slice': the functions are called with one slice after the other. 'volume': with all values at once. */
  readonly coupling: LinearOperator['coupling'];
  /** A x */
  readonly apply: ArrayFunction;
  /** Aᴴ y: exactly the transpose of `apply` (`dotTest` tells). */
  readonly adjoint: ArrayFunction;
}

/**
 * An operator of two plain functions, on every backend: values are read from the device, handed over, and what comes back is written.
 * Slower than a kernel by far, and the way to begin.
 *
 * @example
 * // every second column is measured
 * const images = space(['slice', 'y', 'x'], [8, 64, 64]);
 * const columns = functionOperator({
 *   name: 'every second column', coupling: 'slice', domain: images, range: space(['slice', 'y', 'column'], [8, 64, 32]),
 *   apply: (x) => x.filter((_, i) => i % 2 === 0),
 *   adjoint: (y) => Float32Array.from({ length: 64 * 64 }, (_, i) => (i % 2 === 0 ? y[i / 2] : 0)),
 * }, backend);
 * await dotTest(columns);
 *
 * @throws SlicewiseError SHAPE. What the functions throw, or give wrongly, rejects the promises of the backend (`Backend.host`)
 */
export function functionOperator(options: FunctionOperatorOptions, backend: Backend): LinearOperator {
  const { name, domain, range, coupling } = options;
  const direction =
    (what: 'apply' | 'adjoint') =>
    (from: Field, to: Field): void => {
      const called = `${what} of the operator '${name}'`;
      const each = sliceSize(from.space) * componentsOf(from.space);
      const eachOut = sliceSize(to.space) * componentsOf(to.space);
      backend.host({
        name: called,
        inputs: [from],
        outputs: [to],
        batch: coupling === 'slice' ? AT_ONCE : undefined,
        async run([values], { first, count }) {
          if (coupling === 'volume') return [await options[what](values, 0)];
          const out = new Float32Array(count * eachOut);
          for (let k = 0; k < count; k++) {
            const slice: unknown = await options[what](values.slice(k * each, (k + 1) * each), first + k);
            requireValues(called, slice, to, { first: first + k, count: 1 });
            out.set(slice, k * eachOut);
          }
          return [out];
        },
      });
    };
  return fieldOperator(
    {
      name,
      domain,
      range,
      coupling,
      apply: direction('apply'),
      adjoint: direction('adjoint'),
      bytes() {
        const share = coupling === 'slice' ? Math.min(1, AT_ONCE / slicesOf(domain)) : 1;
        return { items: [{ what: `arrays of '${name}'`, bytes: share * (bytesOf(domain) + bytesOf(range)) }] };
      },
    },
    backend,
  );
}

/** Slices that pass to the host together. */
const AT_ONCE = 16;
