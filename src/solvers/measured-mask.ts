import type { Backend, Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { STREAM } from '../samplers/streams.js';
import type { Problem } from './solver.js';

/** How far from 0 and 1 a mask may be, and A*A from the mask: float32 rounding of a normalised operator. */
const SLACK = 1e-4;

/**
 * mask ← A*A 1, exactly 0 and 1, for an operator that takes some of the image's values and leaves the others: what was measured.
 * The scratch fields are overwritten.
 * @throws SlicewiseError ARGUMENT where the operator does something else
 */
export async function measuredMask(
  { backend, operator }: Problem,
  method: string,
  mask: Field,
  [probe, seen]: readonly [Field, Field],
): Promise<void> {
  backend.fill(probe, 1);
  operator.normal(probe, mask);
  const values = await backend.read(mask);
  const off = values.find((v) => !(Math.abs(v) <= SLACK || Math.abs(v - 1) <= SLACK));
  if (off !== undefined) throw notSampling(method, `A*A of ones with ${off}`);
  await backend.write(mask, values.map(Math.round));
  // a mask takes each value for itself: A*A n = m n for any n
  backend.noise(probe, { seed: 0, step: 0, stream: STREAM.start });
  operator.normal(probe, seen);
  backend.multiply(probe, mask, probe);
  backend.lincomb(probe, [1, probe], [-1, seen]);
  const [difference, size] = [await squareOf(backend, probe), await squareOf(backend, seen)];
  if (difference > SLACK * SLACK * Math.max(size, 1)) throw notSampling(method, 'A*A that mixes values');
}

async function squareOf(backend: Backend, field: Field): Promise<number> {
  const square = backend.dot(field, field, 'volume');
  const [value] = await backend.readScalars(square);
  square.dispose();
  return value;
}

const notSampling = (method: string, got: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: `${method} fills in what a mask left out`,
    expected: 'an operator that takes some values of the image as they are (missing traces)',
    got,
    hint: 'use dds, which takes any operator',
  });
