import type { Backend, Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import type { AffineMap } from '../../core/units.js';
import { scaled } from '../../operators/algebra/scaled.js';
import type { LinearOperator } from '../../operators/operator.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { Units } from '../../volumes/volume.js';
import type { NormalisedProblem } from './modality.js';

/** How an image x follows from the solver's p, and the numbers written out from both. */
export interface ProblemMap {
  /** ‖A‖₂. */
  readonly norm: number;
  /** x = scale · p + offset. */
  readonly scale: number;
  readonly offset?: number;
  /** Standard deviation of the noise of the data, where it is known. */
  readonly noiseStd?: number;
  /** Numbers written out = scale · p + offset; default x. */
  readonly map?: AffineMap;
  /** Where that comes from, for the manifest. */
  readonly source: string;
  readonly units: Units;
}

/**
 * The measured data on the operator's backend.
 * @param hint the way out where they and their geometry differ
 * @throws SlicewiseError GEOMETRY
 */
export async function writtenData(scan: Measurement, operator: LinearOperator, hint = ''): Promise<Field> {
  const { range, backend } = operator;
  if (range.shape.length !== scan.shape.length || range.shape.some((n, i) => n !== scan.shape[i])) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the measured data and their geometry differ',
      expected: `[${range.axes.map((axis, i) => `${axis} ${range.shape[i]}`).join(', ')}] from the geometry`,
      got: `data of [${scan.shape.join(', ')}]`,
      hint,
    });
  }
  const y = backend.field(range);
  await backend.write(y, scan.data);
  return y;
}

/** The work; where it fails or is ended, what was made for it is given back. */
export async function orGivenBack<T>(made: () => readonly ({ dispose(): void } | undefined)[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (const thing of made()) thing?.dispose();
    throw error;
  }
}

/**
 * A′ = A/‖A‖₂ and y′ = (y − A(b·1))/s for x = a·p + b, with s = a‖A‖₂, so that ‖A′‖₂ = 1 and p is in the prior's range
 * (docs/reference/methods.md,
 * normalisation).
 * @param y overwritten, and the problem's from here
 */
export function inUnitNorm(operator: LinearOperator, y: Field, given: ProblemMap): NormalisedProblem {
  const { norm, scale, offset = 0, noiseStd, map = { scale, offset }, source, units } = given;
  const backend: Backend = operator.backend;
  if (offset !== 0) {
    const constant = backend.field(operator.domain);
    const projected = backend.field(operator.range);
    backend.fill(constant, offset);
    operator.apply(constant, projected);
    backend.lincomb(y, [1, y], [-1, projected]);
    constant.dispose();
    projected.dispose();
  }
  const total = norm * scale;
  backend.lincomb(y, [1 / total, y]);
  return {
    operator: scaled(operator, 1 / norm),
    y,
    norm,
    scale,
    noiseLevel: noiseStd === undefined ? undefined : noiseStd / total,
    map,
    source,
    units,
  };
}
