import { SlicewiseError } from '../../../../core/errors.js';
import { BAND_AXIS, isBandAxis } from '../../../../volumes/bands.js';
import type { Axis } from '../../../../core/axis.js';
import type { Volume } from '../../../../volumes/volume.js';

const NAMES = [BAND_AXIS, 'line', 'sample'];
export const KINDS_AXES = NAMES.join(',');

/**
 * Axes of a plain array as its user names them, with the wavelengths of that axis where they are known, and the order that puts the bands
 * first.
 * @example parseCubeAxes('line,sample,band', volume).order // [2, 0, 1]
 * @throws SlicewiseError ARGUMENT unless each of band, line and sample is named once
 */
export function parseCubeAxes(
  text: string,
  { shape, axes: own }: Pick<Volume, 'shape'> & { axes?: readonly Axis[] },
): { order: number[]; axes: Axis[] } {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const order = NAMES.map((name) => names.indexOf(name));
  if (names.length !== 3 || shape.length !== 3 || order.includes(-1)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'axes of the cube',
      expected: `band, line and sample, each once, for ${shape.join('×')}`,
      got: `'${text}'`,
    });
  }
  return {
    order,
    axes: names.map((name, n) =>
      name === BAND_AXIS && own && isBandAxis(own[n]) ? own[n] : { name, unit: '', ...(name === BAND_AXIS ? { first: 1 } : {}), step: 1 },
    ),
  };
}
