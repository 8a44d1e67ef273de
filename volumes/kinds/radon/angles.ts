import { SlicewiseError } from '../../../core/errors.js';
import { degrees } from '../../../core/units.js';

/**
 * View angles θ in degrees from text: `start:stop:step` or a comma-separated list.
 *
 * `stop` is included (75:165:0.5 is 181 views) except where the number of views is known and only the range without it fits
 * (0:360:1 with 360 views). A clockwise scan has negative angles (0:-359:-1).
 * @throws SlicewiseError ARGUMENT for text that is not angles
 */
export function parseAngles(text: string, views?: number): number[] {
  const wrong = (): SlicewiseError =>
    new SlicewiseError('ARGUMENT', {
      message: 'angles not understood',
      expected: 'start:stop:step or a comma-separated list, in degrees',
      got: `'${text}'`,
    });
  const parts = text.trim().split(text.includes(':') ? ':' : ',');
  const numbers = parts.map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (numbers.some((n) => !Number.isFinite(n))) throw wrong();
  if (!text.includes(':')) return numbers;
  const [start, stop, step = stop >= start ? 1 : -1] = numbers;
  const steps = (stop - start) / step;
  if (numbers.length > 3 || numbers.length < 2 || step === 0 || steps < 0 || steps > 1e6) throw wrong();
  // 1e-6 of a step: 0:180:0.1 is 1800 steps in spite of rounding.
  let count = Math.floor(steps + 1e-6) + 1;
  const closed = Math.abs(steps - Math.round(steps)) < 1e-6;
  if (views !== undefined && count !== views && closed && count - 1 === views) count--;
  return Array.from({ length: count }, (_, i) => start + i * step);
}

/**
 * Angles from a file, in degrees. `unit` is the file's own word for it where there is one; otherwise it is guessed from the
 * values (no scan in degrees turns less than 2π, none in radians more than a few turns) and `warn` is told.
 * @throws SlicewiseError GEOMETRY for a unit that is no angle
 */
export function anglesInDegrees(values: ArrayLike<number>, unit: string | undefined, warn: (message: string) => void = () => {}): number[] {
  const list = Array.from(values);
  const word = unit?.trim().toLowerCase().replace(/\.$/, '');
  if (word) {
    if (/^(degs?|degrees?|°|arcdegrees?)$/.test(word)) return list;
    if (/^(rads?|radians?)$/.test(word)) return list.map(degrees);
    if (/^(mrads?|milliradians?)$/.test(word)) return list.map((value) => degrees(value / 1000));
    if (/^(turns?|rev|revolutions?)$/.test(word)) return list.map((value) => 360 * value);
    throw new SlicewiseError('GEOMETRY', {
      message: 'unit of the angles',
      expected: 'degrees or radians',
      got: `'${unit}'`,
    });
  }
  const span = angularSpan(list);
  const inRadians = looksLikeRadians(list);
  warn(
    `the file does not say the unit of its angles; taken as ${inRadians ? 'radians' : 'degrees'} because they span ${span.toPrecision(4)}`,
  );
  return inRadians ? list.map(degrees) : list;
}

/** Do angles span at most a turn in radians? No scan in degrees turns less than 2π, none in radians more than a few turns. */
export const looksLikeRadians = (angles: readonly number[]): boolean => angularSpan(angles) <= 2 * Math.PI + 0.1;

/** The extent of a scan in degrees, max − min. */
export function angularSpan(angles: readonly number[]): number {
  return angles.reduce((a, v) => Math.max(a, v), -Infinity) - angles.reduce((a, v) => Math.min(a, v), Infinity);
}

/**
 * One angle, or one list of numbers, for each view.
 * @throws SlicewiseError GEOMETRY with both numbers when there is not one per view
 */
export function checkAngles(angles: readonly (number | readonly number[])[], views: number, what = 'the data', field = 'angles'): void {
  if (angles.length !== views) {
    throw new SlicewiseError('GEOMETRY', {
      message: `${field} and data do not match`,
      expected: `${views} ${field}, one for each view of ${what}`,
      got: `${angles.length} ${field}`,
      hint: field === 'angles' ? 'give --angles start:stop:step that covers every view' : '',
    });
  }
  const bad = angles.findIndex((a) => (Array.isArray(a) ? !a.every(Number.isFinite) : !Number.isFinite(a)));
  if (bad >= 0) throw new SlicewiseError('NOT_FINITE', { message: field, got: `${String(angles[bad])} for view ${bad}` });
}
