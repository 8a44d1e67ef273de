import { SlicewiseError } from '../../../core/errors.js';
import { CONE, isVectors, type ConeGeometry } from '../../../volumes/kinds/radon/schema.js';
import type { Measurement } from '../../../volumes/measurement.js';

/**
 * Filtered backprojection is for circles, FDK for flat detectors: a wrong weight gives an image that looks right and is not.
 * @throws SlicewiseError GEOMETRY with an iterative method as the way out
 */
export function requireDirect({ kind, geometry }: Pick<Measurement, 'kind' | 'geometry'>): void {
  const { sourceZ, detectorShape } = geometry as Partial<ConeGeometry>;
  const refuse = (message: string, expected: string, got: string): SlicewiseError =>
    new SlicewiseError('GEOMETRY', { message, expected, got, hint: 'use an iterative method: --method cgls, sirt, admm-tv or dds' });
  if (isVectors(kind))
    throw refuse('filtered backprojection reconstructs circular scans', 'a scan by angles', `${kind}, vectors of every view`);
  if (kind !== CONE) return;
  if (sourceZ?.some((z) => z !== sourceZ[0])) {
    throw refuse('FDK reconstructs circular scans', 'the source at one height (sourceZ)', 'a source that moves along z, a helix');
  }
  if (detectorShape === 'curved') throw refuse('FDK reconstructs scans with a flat detector', 'detectorShape flat', 'a curved detector');
}
