import { SlicewiseError } from '../../../core/errors.js';
import { toFloat32, transpose, type RawArray } from '../../raw-array.js';
import { eachSelection, everyEntry, parseOne, parseSelect } from '../../select.js';
import { KSPACE_AXES } from './axes.js';

/** Real and imaginary part, as an axis of length 2. */
const PARTS = ['ri', 'reim', 'complex', 'real/imag'];

/** An array whose further axes are gone, with the names of those that are left. */
interface Reduced {
  readonly array: RawArray;
  readonly axes: string;
}

/**
 * What plain arrays of k-space may have beside the axes of a scan: real and imaginary part as an axis of length 2 (`ri`), or in one axis
 * with the coils (`coil*ri`: Re₀, Im₀, Re₁ …; `ri*coil`: all real parts first), and axes of which one entry is read (`select`:
 * `time=3`; any name that is none of k-space's).
 * @param known names of the axes of a scan
 * @throws SlicewiseError ARGUMENT for axes of which none is selected, and for what fits no axis
 */
export function withoutExtraAxes(
  array: RawArray,
  axes: string,
  select: string | undefined,
  what: string,
  known: readonly string[] = KSPACE_AXES,
): Reduced {
  let names = axes.split(',').map((name) => name.trim().toLowerCase());
  if (names.length !== array.shape.length) return { array, axes };
  const isKnown = (name: string): boolean => known.includes(name) || PARTS.includes(name);
  let left = array;
  const joint = names.findIndex((name) => /^(coil\*ri|ri\*coil)$/.test(name));
  if (joint >= 0) {
    const n = left.shape[joint];
    if (n % 2 !== 0) throw wrong(what, 'an even number of entries, real and imaginary parts', `${n} along ${names[joint]}`);
    const split = names[joint] === 'coil*ri' ? [n / 2, 2] : [2, n / 2];
    left = { ...left, shape: [...left.shape.slice(0, joint), ...split, ...left.shape.slice(joint + 1)] };
    names = [...names.slice(0, joint), ...names[joint].split('*'), ...names.slice(joint + 1)];
  }
  for (const [name, index] of parseOne(select, `axes of ${what}`)) {
    const axis = requireExtra(names, name, known, what);
    if (!(index < left.shape[axis])) throw wrong(what, `${name} 0 … ${left.shape[axis] - 1}`, `${name}=${index}`);
    left = entryOf(left, axis, index);
    names = names.filter((_, a) => a !== axis);
  }
  const extra = names.findIndex((name, a) => !isKnown(name) && !(name === '-' && left.shape[a] === 1));
  if (extra >= 0 && names[extra] !== '-') {
    throw new SlicewiseError('ARGUMENT', {
      message: `${what} has an axis of ${left.shape[extra]}, '${names[extra]}', beside those of k-space`,
      expected: `one of its entries, or names out of ${known.join(', ')}`,
      got: `'${axes}'`,
      hint: `pick one with --select ${names[extra]}=0, or reconstruct each with --select ${names[extra]}=all`,
    });
  }
  const parts = names.findIndex((name) => PARTS.includes(name));
  if (parts < 0) return { array: left, axes: names.join(',') };
  if (left.complex || left.shape[parts] !== 2) {
    throw wrong(
      what,
      'real numbers with 2 entries along the axis of real and imaginary parts',
      `${left.shape[parts]} along ${names[parts]}`,
    );
  }
  const order = [...names.keys()].filter((a) => a !== parts);
  const data = transpose(toFloat32(left.data), left.shape, [...order, parts]);
  return {
    array: { ...left, data, complex: true, shape: order.map((a) => left.shape[a]) },
    axes: order.map((a) => names[a]).join(','),
  };
}

/**
 * What `select` must say for each of the images that it asks for by `all`.
 * @throws SlicewiseError ARGUMENT for names of no further axis
 */
export function imagesOfAxes(
  shape: readonly number[],
  axes: string,
  select: string | undefined,
  what: string,
  known: readonly string[] = KSPACE_AXES,
): string[] {
  const names = axes.split(',').map((name) => name.trim().toLowerCase());
  const picked = parseSelect(select, `axes of ${what}`);
  const lengths = picked.map(([name]) => [name, shape[requireExtra(names, name, known, what)] ?? 1] as const);
  return eachSelection(picked, everyEntry(lengths));
}

function requireExtra(names: readonly string[], name: string, known: readonly string[], what: string): number {
  const axis = names.indexOf(name);
  if (axis >= 0 && !known.includes(name) && !PARTS.includes(name)) return axis;
  throw wrong(what, `the name of a further axis of ${names.join()}`, `'${name}'`);
}

function entryOf(array: RawArray, axis: number, index: number): RawArray {
  const lanes = array.complex ? 2 : 1;
  const inner = array.shape.slice(axis + 1).reduce((n, m) => n * m, lanes);
  const outer = array.shape.slice(0, axis).reduce((n, m) => n * m, 1);
  const size = array.shape[axis];
  const Ctor = array.data.constructor as new (n: number) => RawArray['data'];
  const data = new Ctor(outer * inner);
  for (let o = 0; o < outer; o++) data.set(array.data.subarray((o * size + index) * inner, (o * size + index + 1) * inner), o * inner);
  return { ...array, data, shape: array.shape.filter((_, a) => a !== axis) };
}

const wrong = (what: string, expected: string, got: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', { message: `axes of ${what}`, expected, got });

/** How real numbers may be k-space all the same, for who named its axes; empty where they hardly are. */
export function realPartsHint(shape: readonly number[], axes: string | undefined): string {
  const names = axes?.split(',').map((name) => name.trim().toLowerCase());
  const two = shape.lastIndexOf(2);
  if (two >= 0) {
    const named = (names ?? shape.map(() => '…')).map((name, a) => (a === two ? 'ri' : name)).join(',');
    return `an axis of 2 may be real and imaginary part: name it ri, e.g. --axes ${named}`;
  }
  const coil = names?.indexOf('coil') ?? shape.length - 1;
  if (coil >= 0 && shape[coil] % 2 === 0) {
    const named = (names ?? shape.map(() => '…')).map((name, a) => (a === coil ? 'coil*ri' : name)).join(',');
    return `coils may lie as real and imaginary part in turn: --axes ${named} (ri*coil where all real parts come first)`;
  }
  return '';
}
