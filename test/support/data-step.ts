import type { Boundary, Field } from '../../compute/backend.js';
import { Workspace } from '../../compute/workspace.js';
import { couplingOf } from '../../src/solvers/coupling.js';
import { DataStep, dataStepFields } from '../../src/solvers/data-step.js';
import { allocate } from '../../src/solvers/fields.js';
import type { Problem } from '../../src/solvers/solver.js';

export interface SweepSettings {
  readonly mode: '3d' | '2d';
  readonly rho: number;
  readonly lambda: number;
  readonly innerIterations: number;
  readonly boundary: Boundary;
}

/** The data step as DDS has it, with fields of its own. */
export function dataStepFor(
  problem: Problem,
  settings: SweepSettings,
): { readonly step: DataStep; readonly w?: Field; readonly projection: Field; readonly workspace: Workspace } {
  const { backend, operator } = problem;
  const workspace = new Workspace(backend);
  const terms = couplingOf('dds', settings);
  const fields = allocate(dataStepFields(terms, operator.domain, 'joint'), operator, workspace);
  const projection = workspace.field(operator.range);
  const per = settings.mode === '2d' && operator.coupling === 'slice' ? 'slice' : 'volume';
  const { lambda, rho, innerIterations } = settings;
  const order = 'joint';
  const step = new DataStep(problem, { terms, lambda, rho, innerIterations, per, order }, fields, projection);
  return { step, w: fields.split[0], projection, workspace };
}
