import { count, nonNegative } from '../../../core/options.js';
import * as z from 'zod';
import type { Backend, Field, MemoryPlan } from '../../../compute/backend.js';
import type { Space } from '../../../core/space.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { singularFilter, type SingularFilter } from '../../../operators/singular-filter.js';
import { regulariserOptions } from '../../regularisers/choice.js';
import { couplingOf, type CouplingSettings } from '../coupling.js';
import { DataStep, dataStepFields, type DataStepFields } from '../data-step.js';
import type { Problem } from '../solver.js';

/** Options of methods that solve a least-squares problem a step. */
export const solveOptions = {
  mode: z
    .enum(['3d', '2d'])
    .default('2d')
    .describe('2d leaves the slices independent (as published); 3d couples them by a total-variation prior along z, as in dds'),
  innerIterations: count
    .default(10)
    .describe(
      'CG iterations M of a step, where A has no decomposition; stopped early, CG is part of the method on CT (own trials of dds: 10)',
    ),
  tolerance: nonNegative.default(1e-6).describe('at which CG stops before that, of ‖residual‖ over that of the right-hand side'),
  rho: nonNegative.default(0.003).describe('ADMM penalty of the z prior in mode 3d, in unit-norm units; default as dds'),
  lambda: nonNegative.default(3e-5).describe('weight of the z prior in mode 3d; default as dds'),
  ...regulariserOptions,
};

/** How a data step is solved where A has no decomposition, and how slices are coupled. */
export interface SolveSettings extends CouplingSettings {
  readonly innerIterations: number;
  readonly tolerance: number;
  readonly lambda: number;
}

/** Its fields, for the declaration of a solver. */
export const solveFields = (method: string, settings: SolveSettings, domain: Space) =>
  dataStepFields(couplingOf(method, settings), domain, 'joint');

/** What its regulariser keeps besides. */
export const solveMemory = (method: string, settings: SolveSettings, domain: Space): MemoryPlan['items'] =>
  couplingOf(method, settings).flatMap(({ regulariser }) => regulariser.memory?.(domain) ?? []);

interface SolveRun {
  readonly problem: Problem;
  readonly backend: Backend;
  readonly operator: LinearOperator;
  readonly y: Field;
  readonly projection: Field;
  readonly fields: DataStepFields;
  own<T extends { dispose(): void }>(thing: T): T;
}

/** Solutions of least-squares problems near an image: exact where A's singular values are known, by CG otherwise. */
export interface DataSolve {
  /** Where the singular values of A are known and nothing else couples the image. */
  readonly filter?: SingularFilter;
  /**
   * d ← argmin_x ½‖Ax − y‖² + ½ pull ‖x − d‖² (+ the regulariser); with pull 0 the solution of Ax = y (in least squares) nearest to d,
   * d + A⁺(y − Ad).
   */
  solve(d: Field, pull: number): void;
  /** projection ← y − A d */
  difference(d: Field): Field;
}

/**
 * The least-squares problem of a step on the fields of a run: exact where A's singular values are known, else conjugate gradients or ADMM.
 *
 * @param y the data, where they are others than the problem's; read at every solution
 */
export async function dataSolve(
  { problem, backend, operator, y, projection, fields, own }: SolveRun,
  method: string,
  settings: SolveSettings,
  data: Field = y,
): Promise<DataSolve> {
  const { mode, lambda, rho, innerIterations, tolerance } = settings;
  const terms = couplingOf(method, settings);
  const { residual, direction, cgImage } = fields;
  const filter = terms.length > 0 ? undefined : await singularFilter(operator, [cgImage, residual, direction]);
  const difference = (d: Field): Field => {
    operator.apply(d, projection);
    backend.lincomb(projection, [1, data], [-1, projection]);
    return projection;
  };
  if (filter) {
    return {
      filter,
      difference,
      solve(d, pull) {
        filter.ofData(difference(d), residual, (s) => s / (s * s + pull));
        backend.lincomb(d, [1, d], [1, residual]);
      },
    };
  }
  const per = mode === '2d' && operator.coupling === 'slice' ? 'slice' : 'volume';
  const step = own(
    new DataStep({ ...problem, y: data }, { terms, lambda, rho, innerIterations, tolerance, per, order: 'joint' }, fields, projection),
  );
  return { difference, solve: (d, pull) => step.sweep(d, { pull }) };
}
