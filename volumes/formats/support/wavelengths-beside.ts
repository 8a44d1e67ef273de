import { BAND_AXIS } from '../../bands.js';
import type { ArrayFormat } from '../../array-formats.js';
import type { Axis } from '../../../core/axis.js';
import type { NamedBytes } from '../../format.js';
import { wavelengthUnit } from '../envi/bands.js';
import { squeeze, type RawArray } from '../../raw-array.js';

/** The modality of an array with wavelengths beside it. */
export const OF_WAVELENGTHS = 'hyperspectral';

/** What such vectors are called: `wavelength`, `wavelengths_nm`, `wl`, `WaveLength`; a unit may follow. */
const NAME = /^(?:wave_?lengths?|wl)(?:_?(nm|um|µm))?$/i;
const SEPARATOR = /[./]/;

/** Axes of a cube by the wavelengths that its file has beside it, and what there is to tell of them. */
export interface WavelengthAxes {
  /** One for each index of the array, in its order. */
  readonly axes?: readonly Axis[];
  readonly warnings: readonly string[];
}

/**
 * Wavelengths that a container has beside a cube: a vector of positive numbers in the same group, called as such, with as many entries as
 * one of the three axes has. Where several axes are as long, it is MATLAB's last index; else they are not used, which is told. The unit is
 * what the vector's attribute `units` or its name says, else what its numbers can only be.
 * @param cube as it was read; no vector is looked for unless it is real and has three dimensions
 */
export async function wavelengthsBeside(format: ArrayFormat, files: readonly NamedBytes[], cube: RawArray): Promise<WavelengthAxes> {
  const shape = squeeze(cube.shape, 3);
  const none = { warnings: [] };
  // a file of a single array has no path
  if (cube.complex || shape.length !== 3 || cube.path === '' || Math.max(...shape) < 2) return none;
  const warnings: string[] = [];
  const group = groupOf(cube.path);
  for (const path of await pathsOf(format, files, group)) {
    const name = NAME.exec(path.slice(group.length));
    if (!name || !path.startsWith(group)) continue;
    const vector = await format.read(files, path);
    const values = Array.from(vector.data);
    if (vector.complex || squeeze(vector.shape).length !== 1 || !values.every((value) => value > 0 && value < Infinity)) continue;
    const fitting = [0, 1, 2].filter((a) => shape[a] === values.length);
    const at = fitting.length === 1 ? fitting[0] : format.slicesLast && fitting.includes(2) ? 2 : undefined;
    const of = `${path} has ${values.length} wavelengths, the array ${shape.join('×')}`;
    if (at === undefined) {
      warnings.push(`${of}: not used, ${fitting.length > 1 ? 'since several of its axes are so long' : 'since no axis of it is so long'}`);
      continue;
    }
    const unit = wavelengthUnit(vector.unit ?? name[1], values, path, (message) => warnings.push(message));
    const pixel = ['line', 'sample'];
    return {
      axes: shape.map((_, a) => (a === at ? { name: BAND_AXIS, unit, coordinates: values } : { name: pixel.shift()!, unit: '', step: 1 })),
      warnings,
    };
  }
  return { warnings };
}

/** @example groupOf('exchange/data') // 'exchange/' */
function groupOf(path: string): string {
  const at = [...path].findLastIndex((letter) => SEPARATOR.test(letter));
  return path.slice(0, at + 1);
}

async function pathsOf(format: ArrayFormat, files: readonly NamedBytes[], group: string): Promise<readonly string[]> {
  if (group === '' && format.names) return format.names(files);
  return (await format.list(files)).filter(({ numeric }) => numeric).map(({ path }) => path);
}
