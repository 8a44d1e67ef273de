import * as z from 'zod';
import { SlicewiseError } from './errors.js';
import { unitRatio } from './units.js';

/** An axis whose samples are equally far apart: sample n lies at first + n · step. */
export interface RegularAxis {
  readonly name: string;
  /** `mm`, `µm`, `m`, `ms`, `s`, `nm`, `Hz`, …; empty for a plain number (inline, trace, index). */
  readonly unit: string;
  /** Where sample 0 lies; default 0. A volume with a placement has its position there. */
  readonly first?: number;
  /** From one sample to the next, in `unit`; negative where the coordinate falls. */
  readonly step: number;
}

/** An axis whose samples lie where they were measured: wavelengths, gates, irregular lines. */
export interface SampledAxis {
  readonly name: string;
  readonly unit: string;
  /** One for each sample, in `unit`. */
  readonly coordinates: readonly number[];
}

/** One axis of an array: what runs along it, in which unit, and where its samples lie. */
export type Axis = RegularAxis | SampledAxis;

const common = {
  name: z.string().min(1).describe('what runs along the axis: slice, row, time, band, inline …'),
  unit: z.string().default('').describe('mm, µm, m, ms, s, nm, Hz …; empty for a plain number'),
};

/** An axis as JSON has it. */
export const axisSchema = z.union([
  z.strictObject({
    ...common,
    first: z.number().optional().describe('coordinate of sample 0'),
    step: z
      .number()
      .refine((step) => step !== 0, 'other than 0')
      .describe('from one sample to the next'),
  }),
  z.strictObject({ ...common, coordinates: z.array(z.number()).min(1).describe('one for each sample') }),
]);

/** Steps that differ by less than this part of their mean are one step: headers store float32 and few decimals. */
const STEP_TOLERANCE = 1e-5;

/** Where sample n lies, in the axis' unit. */
export function coordinateAt(axis: Axis, n: number): number {
  return 'coordinates' in axis ? axis.coordinates[n] : (axis.first ?? 0) + n * axis.step;
}

/** The step of an axis whose samples are equally far apart; undefined where they are not. A single sample has step 1. */
export function regularStep(axis: Axis): number | undefined {
  if (!('coordinates' in axis)) return axis.step;
  const { coordinates } = axis;
  if (coordinates.length < 2) return 1;
  const step = (coordinates[coordinates.length - 1] - coordinates[0]) / (coordinates.length - 1);
  const even = coordinates.every((c, n) => Math.abs(c - coordinates[0] - n * step) <= STEP_TOLERANCE * Math.abs(step));
  return even && step !== 0 ? step : undefined;
}

/** Are the samples equally far apart? */
export const isRegular = (axis: Axis): boolean => regularStep(axis) !== undefined;

/**
 * From one sample to the next.
 * @param unit of the result; default the axis' own
 * @throws SlicewiseError GEOMETRY where the samples are not equally far apart, UNITS where the axis is of another quantity
 */
export function stepOf(axis: Axis, unit = axis.unit): number {
  const step = regularStep(axis);
  if (step === undefined) {
    throw new SlicewiseError('GEOMETRY', {
      message: `the samples along '${axis.name}' are not equally far apart`,
      expected: 'an axis with one step',
      got: describeAxis(axis),
      hint: 'resample it onto equal steps first',
    });
  }
  const ratio = unitRatio(axis.unit, unit);
  if (ratio !== undefined) return step * ratio;
  throw new SlicewiseError('UNITS', {
    message: `the axis '${axis.name}'`,
    expected: `steps in ${unit || 'no unit'}`,
    got: axis.unit || 'no unit',
  });
}

/** Samples `from` up to, not including, `to` of an axis. */
export function cropAxis(axis: Axis, from: number, to: number): Axis {
  if ('coordinates' in axis) return { ...axis, coordinates: axis.coordinates.slice(from, to) };
  return from === 0 ? axis : { ...axis, first: coordinateAt(axis, from) };
}

/** Is where it begins said elsewhere (a placement), so that an axis that is cut or turned stays as it is? */
export const isLocal = (axis: Axis): boolean => !('coordinates' in axis) && axis.first === undefined;

/** The same samples in the opposite order. */
export function flipAxis(axis: Axis, count: number): Axis {
  if ('coordinates' in axis) return { ...axis, coordinates: [...axis.coordinates].reverse() };
  return { ...axis, first: coordinateAt(axis, count - 1), step: -axis.step };
}

/** Do two axes of `count` samples say the same? Names, units, and coordinates to 1e-5 of a step. */
export function sameAxis(a: Axis, b: Axis, count: number): boolean {
  if (a.name !== b.name || a.unit !== b.unit) return false;
  const size = Math.abs(regularStep(b) ?? (coordinateAt(b, count - 1) - coordinateAt(b, 0)) / Math.max(1, count - 1));
  return Array.from({ length: count }, (_, n) => n).every(
    (n) => Math.abs(coordinateAt(a, n) - coordinateAt(b, n)) <= STEP_TOLERANCE * size * Math.max(1, n),
  );
}

/**
 * An axis in one line, for messages.
 * @example describeAxis({ name: 'time', unit: 'ms', first: 0, step: 4 }) // 'time in ms from 0, step 4'
 */
export function describeAxis(axis: Axis): string {
  const named = axis.unit ? `${axis.name} in ${axis.unit}` : axis.name;
  const number = (value: number): string => String(+value.toPrecision(6));
  if (!('coordinates' in axis)) return `${named} from ${number(axis.first ?? 0)}, step ${number(axis.step)}`;
  const { coordinates } = axis;
  const last = coordinates.length - 1;
  return `${named}, ${last + 1} from ${number(coordinates[0])} to ${number(coordinates[last])}`;
}

/** Name of the axis along which the bands of a spectral cube lie; its coordinates are their wavelengths, where these are known. */
export const BAND_AXIS = 'band';

/** Is it the axis of the bands? By its name, or as wavelengths in nm or µm. */
export const isBandAxis = ({ name, unit }: Axis): boolean =>
  name === BAND_AXIS || (/^(bands?|wavelengths?)$/i.test(name) && ['', 'nm', 'µm'].includes(unit));

/**
 * The unit that all axes can be told in: that of the first, where the others measure the same; else undefined. A wavelength in nm is a
 * length, but not one on the ground: bands measure the same as bands only.
 */
export function commonUnit(axes: readonly Axis[]): string | undefined {
  const [first] = axes;
  const alike = (axis: Axis): boolean => isBandAxis(axis) === isBandAxis(first) && unitRatio(axis.unit, first.unit) !== undefined;
  return axes.every((axis) => isRegular(axis) && alike(axis)) ? first.unit : undefined;
}

/**
 * What an axis holds, for people.
 * @example describeSamples({ name: 'time', unit: 'ms', step: 4 }, 1500) // '1500 from 0 to 5996 ms, step 4 ms'
 */
export function describeSamples(axis: Axis, count: number): string {
  const number = (value: number): string => String(+value.toPrecision(6));
  const unit = axis.unit ? ` ${axis.unit}` : '';
  const first = number(coordinateAt(axis, 0));
  if (count === 1) return `1 at ${first}${unit}`;
  const step = regularStep(axis);
  const ends = `${count} from ${first} to ${number(coordinateAt(axis, count - 1))}${unit}`;
  return step === undefined ? `${ends}, unequal steps` : `${ends}, step ${number(step)}${unit}`;
}
