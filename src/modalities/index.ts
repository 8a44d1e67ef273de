import { SlicewiseError } from '../../core/errors.js';
import type { Measurement, MeasurementKind } from '../../volumes/measurement.js';
import { withoutUndefined } from '../../core/options.js';
import { ct } from './ct/ct.js';
import { mr } from './mri/cartesian.js';
import { mrNonCartesian } from './mri/noncartesian.js';
import type { Physics } from './modality.js';

/** By the first part of a measurement's kind: `radon.fan` is CT. */
const FAMILIES: { readonly [family: string]: Physics } = { radon: ct, fourier: mr };
/** Kinds that are not as the rest of their family. */
const KINDS: { readonly [kind: string]: Physics } = { 'fourier.noncartesian': mrNonCartesian };

/** @throws SlicewiseError GEOMETRY for a kind of which the engine knows nothing */
export function physicsOf(kind: MeasurementKind): Physics {
  const physics = KINDS[kind] ?? FAMILIES[kind.split('.')[0]];
  if (physics) return physics;
  throw new SlicewiseError('GEOMETRY', {
    message: 'this kind of measurement cannot be reconstructed',
    expected: `one of ${Object.keys(FAMILIES).map((family) => `${family}.…`).join(', ')}`,
    got: kind,
  }); // prettier-ignore
}

/** A method's options as given, over what these data have for defaults. `compat` names whole settings, so nothing goes under it. */
export function optionsFor(
  scan: Pick<Measurement, 'kind' | 'noise'>,
  method: string,
  given: { readonly compat?: unknown } = {},
): object {
  const defaults = given.compat === undefined ? physicsOf(scan.kind).defaults?.(scan, given)[method] : undefined;
  return { ...defaults, ...withoutUndefined(given) };
}
