import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import { isNpy, parseNpy } from '../../formats/npy/array.js';

/** Angles as a file has them, and their unit where it says one. */
export interface AngleFile {
  readonly values: number[];
  readonly unit?: 'deg' | 'rad';
}

/**
 * The numbers of a file of angles, one for each view: `.npy` of one axis, or text with a number a line (or between spaces, semicolons or
 * commas). A first line without numbers is a heading, `#` begins a comment; either may name the unit (`theta [rad]`). Decimal commas are
 * understood where they cannot be anything else.
 * @throws SlicewiseError ARGUMENT for anything else, also for columns and for commas that could be read in two ways
 */
export function parseAngleFile({ name, bytes }: NamedBytes): AngleFile {
  const wrong = (expected: string, got: string, hint = ''): SlicewiseError =>
    new SlicewiseError('ARGUMENT', { message: `angles of ${name} not understood`, expected, got, hint });
  if (isNpy(bytes)) {
    const array = parseNpy(bytes, name);
    const long = array.shape.filter((n) => n !== 1);
    if (array.complex || long.length > 1)
      throw wrong('an array of one axis', `${array.complex ? 'complex, ' : ''}${array.shape.join(' × ')}`);
    return { values: Array.from(array.float64()) };
  }
  const raw = new TextDecoder()
    .decode(bytes)
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/);
  const lines = raw.map((line) => line.replace(/#.*/, '').trim()).filter(Boolean);
  const heading = lines.length > 0 && !/\d/.test(lines[0]) ? lines.shift()! : '';
  const words = [heading, ...raw.flatMap((line) => /#.*/.exec(line)?.[0] ?? [])].join(' ');
  const unit = unitIn(words);
  const rows = lines.map((line) => numbersOf(line, lines, wrong));
  if (rows.length > 1 && rows.some((row) => row.length > 1)) {
    throw wrong('one number a line, or all in one line', `'${lines[0]}'`, 'keep the column of the angles alone');
  }
  const numbers = rows.flat().map(Number);
  const bad = numbers.findIndex((n) => !Number.isFinite(n));
  if (numbers.length === 0 || bad >= 0) throw wrong('numbers', bad < 0 ? 'none' : `'${rows.flat()[bad]}'`);
  return { values: numbers, unit };
}

/** A unit that a heading or comment names; both or none are no answer. */
function unitIn(words: string): 'deg' | 'rad' | undefined {
  const rad = /(^|[^a-z])rad(ian)?s?([^a-z]|$)/i.test(words);
  const deg = /(^|[^a-z])deg(ree)?s?([^a-z]|$)|°/i.test(words);
  return rad === deg ? undefined : rad ? 'rad' : 'deg';
}

const DECIMAL = /^[-+]?\d+,\d+$/;

/** The numbers of a line, as text with decimal points. */
function numbersOf(
  line: string,
  lines: readonly string[],
  wrong: (expected: string, got: string, hint?: string) => SlicewiseError,
): string[] {
  const parts = line.split(/[\s;]+/).filter(Boolean);
  if (!parts.some((part) => DECIMAL.test(part))) return line.split(/[\s;,]+/).filter(Boolean);
  // between spaces or semicolons, or beside lines without one, a comma is a decimal one
  const alone = lines.length > 1 && parts.length === 1 && lines.every((other) => DECIMAL.test(other));
  const counted = alone && countsUp(lines.map((other) => Number(other.split(',')[0])));
  if (counted) {
    throw wrong('numbers with a point: 0.5', `'${lines[0]}', a decimal comma or two columns`, 'write decimal points, or one column');
  }
  if (parts.length === 1 && lines.length === 1) return line.split(',');
  return parts.map((part) => (DECIMAL.test(part) ? part.replace(',', '.') : part));
}

/** 0, 1, 2 … or 1, 2, 3 …: the number of a view in a column of its own. */
const countsUp = (first: readonly number[]): boolean => first.every((n, i) => n === first[0] + i);
