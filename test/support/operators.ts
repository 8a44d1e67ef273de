import { componentsOf, sizeOf } from '../../core/space.js';
import type { LinearOperator } from '../../operators/operator.js';
import { testArray } from './backends.js';

/** |Re⟨Ax, y⟩ − Re⟨x, Aᴴy⟩| / (‖Ax‖‖y‖) for random x and y, real or complex. */
export async function adjointError(a: LinearOperator, seed: number): Promise<number> {
  const b = a.backend;
  const [x, y, ax, aty] = [b.field(a.domain), b.field(a.range), b.field(a.range), b.field(a.domain)];
  await b.write(x, testArray(sizeOf(a.domain) * componentsOf(a.domain), seed));
  await b.write(y, testArray(sizeOf(a.range) * componentsOf(a.range), seed + 1));
  a.apply(x, ax);
  a.adjoint(y, aty);
  const value = async (f: typeof x, g: typeof x) => (await b.readScalars(b.dot(f, g, 'volume')))[0];
  const [left, right] = [await value(ax, y), await value(x, aty)];
  const lengths = Math.sqrt((await value(ax, ax)) * (await value(y, y)));
  for (const field of [x, y, ax, aty]) field.dispose();
  return Math.abs(left - right) / lengths;
}
