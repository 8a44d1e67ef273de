import type { Field } from '../compute/backend.js';
import { SlicewiseError } from '../core/errors.js';
import type { LinearOperator } from './operator.js';

/** How an operator is tested. */
export interface DotTestOptions {
  /** Of the random images and data. Default 1. */
  readonly seed?: number;
  /** Largest relative error allowed. Default 1e-5: float32 sums have 1e-6 or less. */
  readonly tolerance?: number;
  /**
   * Largest relative difference allowed between `normal` and `adjoint` after `apply`. Default 1e-2: some are approximations of that order.
   */
  readonly normalTolerance?: number;
}

/**
 * Tests that `adjoint` is the transpose of `apply`, with random x and y (real and imaginary parts):
 *
 *     |Re⟨Ax, y⟩ − Re⟨x, Aᴴy⟩| / max(‖Ax‖‖y‖, ‖x‖‖Aᴴy‖)
 *
 * that both overwrite what was there, and that `normal` is AᴴA. An operator that fails makes methods that do not converge, or do so to
 * something else.
 *
 * @returns the relative error
 * @throws SlicewiseError ARGUMENT that says what is wrong; NOT_FINITE
 */
export async function dotTest(operator: LinearOperator, options: DotTestOptions = {}): Promise<number> {
  const { seed = 1, tolerance = 1e-5, normalTolerance = 1e-2 } = options;
  const { backend, domain, range, name } = operator;
  const fields: Field[] = [];
  const random = (space: typeof domain): Field => {
    const field = backend.field(space);
    backend.noise(field, { seed, step: 0, stream: fields.length });
    fields.push(field);
    return field;
  };
  const product = async (f: Field, g: Field): Promise<number> => {
    const scalars = backend.dot(f, g, 'volume');
    const [value] = await backend.readScalars(scalars);
    scalars.dispose();
    return value;
  };
  const length = async (f: Field): Promise<number> => Math.sqrt(await product(f, f));
  try {
    const [x, y] = [random(domain), random(range)];
    // what is not overwritten is noise, and fails
    const [ax, ay, nx, again] = [random(range), random(domain), random(domain), random(domain)];
    operator.apply(x, ax);
    operator.adjoint(y, ay);
    const [left, right] = [await product(ax, y), await product(x, ay)];
    const scale = Math.max((await length(ax)) * (await length(y)), (await length(x)) * (await length(ay)));
    if (!Number.isFinite(left + right + scale)) {
      throw new SlicewiseError('NOT_FINITE', { message: `the operator '${name}' gives numbers that are not finite` });
    }
    const error = scale === 0 ? 0 : Math.abs(left - right) / scale;
    if (error > tolerance) {
      throw new SlicewiseError('ARGUMENT', {
        message: `adjoint of the operator '${name}' is not the transpose of its apply`,
        expected: `⟨Ax, y⟩ = ⟨x, Aᴴy⟩ to ${tolerance}`,
        got: `${left.toPrecision(7)} and ${right.toPrecision(7)}, relative error ${error.toPrecision(2)}`,
        hint: 'both must be linear and overwrite their output; complex factors are conjugated in the adjoint',
      });
    }
    operator.normal(x, nx);
    operator.adjoint(ax, again);
    const whole = await length(again);
    backend.lincomb(nx, [1, nx], [-1, again]);
    const off = await length(nx);
    if (!(off <= normalTolerance * whole)) {
      throw new SlicewiseError('ARGUMENT', {
        message: `normal of the operator '${name}' is not adjoint after apply`,
        expected: `a difference of at most ${normalTolerance} of ‖AᴴAx‖ = ${whole.toPrecision(4)}`,
        got: off.toPrecision(4),
      });
    }
    return error;
  } finally {
    for (const field of fields) field.dispose();
  }
}
