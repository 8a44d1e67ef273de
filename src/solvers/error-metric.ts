import type { Backend, Field } from '../../compute/backend.js';
import type { Workspace } from '../../compute/workspace.js';
import type { Space } from '../../core/space.js';
import { PhaseMetric } from '../../operators/phase-metric/phase-metric.js';

export type { ErrorShape } from '../../operators/phase-metric/phase-metric.js';

/** Image-sized fields that ErrorMetric keeps. */
export const ERROR_METRIC_FIELDS = ['local phase', 'edges', 'correction', 'correction in the metric'];

/**
 * The phase metric with the fields of a sweep that uses it (data-step.ts): data consistency then puts a correction
 * where the denoiser's error is likely to be. It lives as long as the workspace.
 */
export class ErrorMetric extends PhaseMetric {
  readonly correction: Field;
  readonly weighed: Field;

  constructor(workspace: Workspace, backend: Backend, domain: Space) {
    super(domain, backend);
    workspace.own(this);
    [this.correction, this.weighed] = [workspace.field(domain), workspace.field(domain)];
  }
}
