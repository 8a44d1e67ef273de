import * as z from 'zod';
import { axisSchema, describeAxis, type Axis } from '../../../core/axis.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Placed } from '../../../core/placement.js';
import type { Modality, Units, Volume } from '../../volume.js';

/** Axes as files keep them: JSON text, a list with an object for each axis. */
export const axesText = (axes: readonly Axis[]): string => JSON.stringify(axes);

/**
 * @param shape of the array whose axes they are
 * @throws SlicewiseError FORMAT for text that is no list of axes, or not one for each dimension
 */
export function parseAxes(text: string, shape: readonly number[], where: string): Axis[] {
  const parsed = z.array(axisSchema).safeParse(json(text));
  const own = parsed.success ? parsed.data : [];
  const counted = (axis: Axis, a: number): boolean => !('coordinates' in axis) || axis.coordinates.length === shape[a];
  if (parsed.success && own.length === shape.length && own.every(counted)) return own;
  throw new SlicewiseError('FORMAT', {
    message: `axes in ${where}`,
    expected: `JSON: a list of ${shape.length} axes { name, unit, step } or { name, unit, coordinates }, for ${shape.join('×')} samples`,
    got: parsed.success ? own.map(describeAxis).join('; ') : text.slice(0, 200),
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Units and modality as a file says them; undefined for units that are not ours. */
export const unitsNamed = (text: unknown): Units | undefined =>
  (['HU', '1/mm', 'arbitrary', 'reflectance'] as const).find((units) => units === text);
export const modalityNamed = (text: unknown): Modality | undefined => (typeof text === 'string' && text !== '' ? text : undefined);

/** Are these [slice, row, column] in mm and nothing more, so that spacing, origin and direction say all? */
export const isPlain = ({ axes, placement }: Placed): boolean =>
  placement !== undefined &&
  axes.map(({ name }) => name).join() === 'slice,row,column' &&
  axes.every((axis) => axis.unit === 'mm' && 'step' in axis && axis.first === undefined);

/** What formats that cannot keep axes tell of one that has them. @throws SlicewiseError FORMAT_UNSUPPORTED */
export function requireLengths(format: string, volume: Volume, fits: boolean): void {
  if (fits) return;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${format} cannot keep the axes of this volume`,
    expected: 'three axes in lengths with equal steps',
    got: volume.axes.map(describeAxis).join('; '),
    hint: 'write .npz or .h5, which keep names, units and coordinates',
  });
}
