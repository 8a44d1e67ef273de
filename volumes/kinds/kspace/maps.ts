import { SlicewiseError } from '../../../core/errors.js';
import { arrayFormats, readArray, type ArrayFormat } from '../../array-formats.js';
import { checkFinite } from '../../finite.js';
import type { NamedBytes } from '../../format.js';
import { readBartMaps } from '../../formats/bart/bart.js';
import { isCflHeader } from '../../formats/bart/cfl.js';
import type { ArrayData } from '../../../core/array.js';
import type { Measurement } from '../../measurement.js';
import { squeeze } from '../../raw-array.js';
import { arrange, parseAxes } from './axes.js';

const MAP_AXES = ['slice', 'coil', 'y', 'x'] as const;

/**
 * Coil maps from a file: BART (.cfl with .hdr), or a complex array of .npy, .npz, HDF5 or MATLAB. Their axes are [slice, coil, y, x] (those
 * of length 1 may be missing) unless `axes` names another order.
 * @throws SlicewiseError SHAPE when they do not fit the scan, ARGUMENT for axes, FORMAT, NOT_FINITE
 */
export async function readMaps(
  files: readonly NamedBytes[],
  scan: Measurement,
  options: { readonly dataset?: string; readonly axes?: string } = {},
  warn: (message: string) => void = () => {},
): Promise<ArrayData> {
  const [slices, coils] = scan.shape;
  const [, ny, nx] = scan.grid.shape;
  const wanted = [slices, coils, ny, nx];
  const what = files.map((file) => file.name).join(', ');
  const maps = await read();
  if (maps.shape.join() !== wanted.join()) {
    throw new SlicewiseError('SHAPE', {
      message: `the coil maps of ${what} do not fit the scan`,
      expected: `${wanted.join('×')} (slice, coil, y, x)`,
      got: maps.shape.join('×'),
      hint: 'name their axes, e.g. coil,y,x',
    });
  }
  checkFinite(maps.data, maps.shape, `the coil maps of ${what}`, 2);
  return maps;

  /** Of several arrays the one that fits, or that is called maps; the reader asks where that is not one. */
  async function likeMaps(format: ArrayFormat): Promise<string | undefined> {
    const complex = (await format.list(files)).filter(({ type }) => type.startsWith('complex'));
    const fits = complex.filter(({ shape }) => squeeze(shape).join() === squeeze(wanted).join());
    const named = (fits.length > 0 ? fits : complex).filter(({ path }) => /map|sens|csm|smap|coil|b1/i.test(path));
    const [only, ...others] = named.length > 0 ? named : fits;
    if (!only || others.length > 0 || complex.length < 2) return undefined;
    warn(`coil maps: ${only.path} of ${what}`);
    return only.path;
  }

  async function read(): Promise<ArrayData> {
    if (files.some((file) => isCflHeader(file.bytes) || /\.cfl$/i.test(file.name))) return readBartMaps(files, warn);
    const format = arrayFormats
      .entries()
      .map(([, f]) => f)
      .find((f) => f.sniff(files[0].bytes));
    if (!format) {
      throw new SlicewiseError('FORMAT', {
        message: `${what}: not a file of coil maps`,
        expected: 'BART (.cfl and .hdr), .npy, .npz, HDF5 or MATLAB',
      });
    }
    const array = await readArray(format, files, options.dataset ?? (await likeMaps(format)));
    if (!array.complex) {
      throw new SlicewiseError('FORMAT_UNSUPPORTED', {
        message: `coil maps of ${what}`,
        expected: 'complex',
        got: 'real',
      });
    }
    if (options.axes === undefined) {
      const fits = squeeze(array.shape).join() === squeeze(wanted).join();
      const { data } = array;
      return {
        data: data instanceof Float32Array ? data : Float32Array.from(data),
        shape: fits ? wanted : array.shape,
        dtype: 'complex64',
      };
    }
    const names = parseAxes(options.axes, array.shape, what, MAP_AXES);
    return { ...arrange(array, names, MAP_AXES), dtype: 'complex64' };
  }
}

/** The scan with coil maps beside its data. */
export const withMaps = (scan: Measurement, maps: ArrayData): Measurement => ({
  ...scan,
  arrays: { ...scan.arrays, maps },
});
