import type { Field } from '../../compute/backend.js';
import type { AffineMap } from '../../core/units.js';
import type { GuideSpec } from '../../models/guide.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { ValueRange } from '../modalities/modality.js';
import { completedScan } from './completed.js';
import { guidePlan, makeGuide } from './guide.js';
import type { ReconstructOptions } from './options.js';
import { requestOf } from './request.js';

/** What of a run decides about its guide: backend, grid, options of the modality, signal and progress. */
export type GuideImagesOptions = Pick<ReconstructOptions, 'backend' | 'grid' | 'signal' | 'progress'> & {
  /** What 0 and 1 of the prior's range mean; default that of the modality's priors. */
  readonly range?: ValueRange;
};

/** What a prior is shown of a scan. */
export interface GuideImages {
  /** c, plane by plane, in the prior's range and C order of the solver's image (complex interleaved). */
  readonly planes: readonly Float32Array[];
  /** How the range relates to this scan: values of the image = scale · p + offset. On k-space the data decide it. */
  readonly map: AffineMap;
}

/**
 * What a prior with this guide is shown of a scan, by the code that makes it in a run, and the same bits: for those who train guided
 * priors.
 * @throws SlicewiseError MODEL where these data have no such guide; as `reconstruct` for scans and options that are wrong
 *
 * @example
 * const { planes: [c] } = await guideImages(scan, { kind: 'cgls', options: { iterations: 12 }, planes: 1 }, { backend });
 */
export async function guideImages(scan: Measurement, guide: GuideSpec, { range, ...options }: GuideImagesOptions): Promise<GuideImages> {
  const request = requestOf(scan, options);
  const planned = guidePlan(request, 'to be trained', guide);
  const completed = await completedScan(request, () => undefined);
  const { backend } = options;
  const problem = await request.physics.normalise(completed, request.grid, backend, { options: request.own, range });
  let planes: readonly Field[] = [];
  try {
    ({ planes } = await makeGuide(request, planned, completed, problem));
    const images: Float32Array[] = [];
    for (const plane of planes) images.push(await backend.read(plane));
    return { planes: images, map: problem.map };
  } finally {
    for (const plane of planes) plane.dispose();
    problem.y.dispose();
    problem.operator.dispose();
  }
}
