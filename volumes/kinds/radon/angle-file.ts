import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import { isNpy, parseNpy } from '../../formats/npy/array.js';

/**
 * The numbers of a file of angles, one for each view: `.npy` of one axis, or text with a number a line (or between spaces, semicolons or
 * commas). A first line without numbers is a heading, `#` begins a comment.
 * @throws SlicewiseError ARGUMENT for anything else, also for decimal commas and for columns, which could be read in two ways
 */
export function parseAngleFile({ name, bytes }: NamedBytes): number[] {
  const wrong = (expected: string, got: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', { message: `angles of ${name} not understood`, expected, got });
  if (isNpy(bytes)) {
    const array = parseNpy(bytes, name);
    const long = array.shape.filter((n) => n !== 1);
    if (array.complex || long.length > 1)
      throw wrong('an array of one axis', `${array.complex ? 'complex, ' : ''}${array.shape.join(' × ')}`);
    return Array.from(array.float64());
  }
  const lines = new TextDecoder()
    .decode(bytes)
    .split(/\r\n|\r|\n/)
    .map((line) =>
      line
        .replace(/^\uFEFF/, '')
        .replace(/#.*/, '')
        .trim(),
    )
    .filter(Boolean);
  if (lines.length > 0 && !/\d/.test(lines[0])) lines.shift();
  if (lines.length > 1 && lines.every((line) => /^[-+]?\d+,\d+$/.test(line))) {
    throw wrong('numbers with a point: 0.5', `'${lines[0]}', a decimal comma or two columns`);
  }
  const rows = lines.map((line) => line.split(/[\s;,]+/).filter(Boolean));
  if (rows.length > 1 && rows.some((row) => row.length > 1)) throw wrong('one number a line, or all in one line', `'${lines[0]}'`);
  const numbers = rows.flat().map(Number);
  const bad = numbers.findIndex((n) => !Number.isFinite(n));
  if (numbers.length === 0 || bad >= 0) throw wrong('numbers', bad < 0 ? 'none' : `'${rows.flat()[bad]}'`);
  return numbers;
}
