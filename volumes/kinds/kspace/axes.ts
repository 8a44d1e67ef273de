import { SlicewiseError } from '../../../core/errors.js';
import { centredFft } from '../../../core/fft.js';
import { elements } from '../../../core/array.js';
import { toFloat32, transpose, type RawArray } from '../../raw-array.js';
import type { KspaceShape, Readout } from './mask.js';

/** Names of the axes of k-space. With all three of kx, ky, kz the encoding is 3-D and kx is the readout. */
export const KSPACE_AXES = ['slice', 'coil', 'kz', 'ky', 'kx'] as const;
export type KspaceAxis = (typeof KSPACE_AXES)[number];

/**
 * The axes a text names, one for each of the array's; `-` passes over one of length 1.
 * @example parseAxes('coil,ky,kx', [8, 230, 180], 'kspace', KSPACE_AXES)
 * @throws SlicewiseError ARGUMENT for another number of axes, unknown or repeated names
 */
export function parseAxes<Name extends string>(
  text: string,
  shape: readonly number[],
  what: string,
  known: readonly Name[],
): (Name | '-')[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase()) as (Name | '-')[];
  const wrong = (got: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', {
      message: `axes of ${what}`,
      expected: `${shape.length} different names out of ${known.join(', ')} (- for an axis of length 1) for ${shape.join('×')}`,
      got,
    });
  if (names.length !== shape.length) throw wrong(`${names.length}: '${text}'`);
  const unknown = names.find((name, a) => !known.includes(name as Name) && !(name === '-' && shape[a] === 1));
  if (unknown !== undefined) throw wrong(`'${unknown}'`);
  const used = names.filter((name) => name !== '-');
  if (new Set(used).size !== used.length) throw wrong(`'${text}', a name twice`);
  return names;
}

/** Asks for the axes of an array that does not tell them. */
export function axesUnknown(what: string, shape: readonly number[]): SlicewiseError {
  const example = { 2: 'ky,kx', 3: 'coil,ky,kx', 4: 'slice,coil,ky,kx' }[shape.length] ?? 'slice,coil,ky,kx';
  return new SlicewiseError('ARGUMENT', {
    message: `the axes of ${what} (${shape.join('×')}, complex) are not known`,
    expected: `their names out of ${KSPACE_AXES.join(', ')}`,
    got: 'none',
    hint: `name them with --axes, e.g. ${example}`,
  });
}

/** An array with named axes in the order wanted, axes it lacks with length 1. Complex stays interleaved. */
export function arrange<Name extends string>(
  array: RawArray,
  names: readonly (Name | '-')[],
  order: readonly Name[],
): { data: Float32Array; shape: number[] } {
  const kept = names.flatMap((name, a) => (name === '-' ? [] : [{ name, n: array.shape[a] }]));
  const present = order.filter((name) => names.includes(name));
  const data = transpose(
    toFloat32(array.data),
    kept.map(({ n }) => n),
    present.map((name) => kept.findIndex((k) => k.name === name)),
    array.complex ? 2 : 1,
  );
  return { data, shape: order.map((name) => kept.find((k) => k.name === name)?.n ?? 1) };
}

/**
 * k-space with named axes as [slice, coil, ky, kx]. A 3-D encoding is transformed along its readout kx, which becomes the slices; its rows
 * are then ky and its columns kz.
 * @throws SlicewiseError ARGUMENT when kx or ky is missing, or kz comes with slices
 */
export function arrangeKspace(
  array: RawArray,
  names: readonly (KspaceAxis | '-')[],
  what: string,
): { data: Float32Array; shape: KspaceShape; readout: Readout } {
  const has = (name: KspaceAxis): boolean => names.includes(name);
  const missing = !has('kx') || !has('ky') || (has('kz') && has('slice'));
  if (missing) {
    throw new SlicewiseError('ARGUMENT', {
      message: `axes of ${what}`,
      expected: 'kx and ky, and either slice or kz',
      got: `'${names.join(',')}'`,
    });
  }
  if (array.data.length !== (array.complex ? 2 : 1) * elements(array.shape)) {
    throw new SlicewiseError('SHAPE', { message: what, expected: array.shape.join('×'), got: `${array.data.length}` });
  }
  if (!has('kz')) {
    const { data, shape } = arrange(array, names, ['slice', 'coil', 'ky', 'kx']);
    return { data, shape: shape as unknown as KspaceShape, readout: 'kx' };
  }
  const { data, shape } = arrange(array, names, ['kx', 'coil', 'ky', 'kz']);
  const own = data === array.data ? data.slice() : data;
  centredFft(own, shape, 0, 'inverse');
  return { data: own, shape: shape as unknown as KspaceShape, readout: 'slice' };
}
