import { SlicewiseError } from '../core/errors.js';
import { readArray, type ArrayFormat } from './array-formats.js';
import type { NamedBytes, ReadOptions, VolumeFormat } from './format.js';
import { pickVolume } from './formats/support/pick.js';
import { guessMeaning } from './formats/support/hounsfield.js';
import { summariseValues, valueWarnings } from './formats/support/samples.js';
import { OF_WAVELENGTHS, wavelengthsBeside, type WavelengthAxes } from './formats/support/wavelengths-beside.js';
import { realPartsHint } from './kinds/kspace/extra-axes.js';
import { squeeze, toFloat32, transpose, type RawArray } from './raw-array.js';
import { placed } from '../core/placement.js';
import { makeVolume } from './volume.js';

/**
 * A volume format that reads plain arrays: 2 dimensions are one slice, 3 are [slice, row, column], in MATLAB files
 * A(row, column, slice). A vector of wavelengths beside it makes it a cube (`wavelengthsBeside`), its axes in the same order: HDF5's own,
 * bands first of MATLAB's A(line, sample, band). Such files know no voxel size: give `spacing`, or 1 mm is assumed with a warning; or
 * `volumeAxes`, one for each index of the array as it is. Of more than three dimensions the first ones (in MATLAB files the last) count
 * volumes, of which `volumeIndex` picks one.
 */
export const arrayVolume = (format: ArrayFormat): VolumeFormat => ({
  name: format.name,
  extensions: format.extensions,
  maxFiles: format.maxFiles,
  sniff: ({ bytes }) => format.sniff(bytes),
  async read(files, options) {
    const array = wanted(await readArray(format, files, options.dataset), files[0].name, options.complex);
    const { spacing = array.spacing } = options;
    const cube = await cubeAxes(format, files, array, options);
    const axes = options.volumeAxes ?? (format.slicesLast && cube.axes ? [2, 0, 1].map((a) => cube.axes![a]) : cube.axes);
    const { data: all, shape } = options.volumeAxes
      ? asIndexed(array, files[0].name)
      : slicesFirst(pickedVolume(array, format, options.volumeIndex), format.slicesLast === true, files[0].name);
    const keep = array.complex === true && options.complex === 'keep';
    const data = array.complex && !keep ? magnitudes(all) : all;
    const values = summariseValues(data);
    const meaning = cube.axes
      ? { units: options.units ?? ('arbitrary' as const), modality: OF_WAVELENGTHS, from: 'axes', warning: undefined }
      : guessMeaning(values, options);
    const parts = /k.?space|ksp/i.test(array.path) ? realPartsHint(array.shape, undefined) : '';
    const warnings = spacing || axes ? [] : ['the file has no voxel size: 1 mm assumed'];
    return makeVolume(data, shape, {
      ...(axes ? { axes } : placed({ spacing: spacing && [...spacing] })),
      dtype: keep ? 'complex64' : 'float32',
      units: meaning.units,
      modality: meaning.modality,
      meta: {
        source: array.path ? `${files[0].name}:${array.path}` : files[0].name,
        format: format.name,
        valueRange: [values.min, values.max],
        unitsFrom: meaning.from,
        warnings: [
          ...(array.warnings ?? []),
          ...cube.warnings,
          ...warnings,
          ...(parts ? [`${array.path} is real numbers and called k-space: real and imaginary parts? ${parts}`] : []),
          ...valueWarnings(values, 'float32'),
          ...(meaning.warning ? [meaning.warning] : []),
        ],
      },
    });
  },
});

/** Axes of a cube by the wavelengths beside it, unless the caller says what the array is. */
async function cubeAxes(format: ArrayFormat, files: readonly NamedBytes[], array: RawArray, options: ReadOptions): Promise<WavelengthAxes> {
  const { volumeAxes, spacing = array.spacing, modality = OF_WAVELENGTHS, units } = options;
  const said = volumeAxes !== undefined || spacing !== undefined || modality !== OF_WAVELENGTHS || units === 'HU';
  return said ? { warnings: [] } : wavelengthsBeside(format, files, array);
}

/** The array as the file counts it, for axes that the caller names. */
function asIndexed(array: RawArray, file: string) {
  if (array.shape.some((n) => n < 1)) throw noVolume(array, file, 'numbers');
  return { data: toFloat32(array.data), shape: array.shape };
}

/** One volume of an array of more than three dimensions. */
function pickedVolume(array: RawArray, format: ArrayFormat, volumeIndex: number | undefined): RawArray {
  const shape = squeeze(array.shape, 3);
  const lanes = lanesOf(array);
  if (shape.length < 4) return array;
  const more = format.slicesLast ? shape.slice(3) : shape.slice(0, -3);
  const own = format.slicesLast ? shape.slice(0, 3) : shape.slice(-3);
  const index = pickVolume(more, volumeIndex, format.name);
  const count = own.reduce((n, m) => n * m, 1);
  const size = count * lanes;
  if (!format.slicesLast) return { ...array, shape: own, data: array.data.slice(index * size, (index + 1) * size) };
  // MATLAB's last index lies next to itself in our order
  const volumes = more.reduce((n, m) => n * m, 1);
  const data = array.data.slice(0, size);
  // of the further dimensions the last one varies fastest here
  for (let n = 0; n < size; n++) data[n] = array.data[(Math.floor(n / lanes) * volumes + index) * lanes + (n % lanes)];
  return { ...array, shape: own, data };
}

/** Complex numbers only where they are asked for: one part alone would be wrong without a word. */
function wanted(array: RawArray, file: string, complex: ReadOptions['complex']): RawArray {
  if (!array.complex || complex) return array;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${array.path || 'the array'} in ${file} holds complex numbers`,
    expected: 'real numbers',
    got: `complex ${array.shape.join('×')}`,
    hint: "read their magnitude (complex: 'magnitude', --complex magnitude) or both parts ('keep'); k-space is read with --axes",
  });
}

const lanesOf = ({ complex }: RawArray): number => (complex ? 2 : 1);

const magnitudes = (data: Float32Array): Float32Array =>
  Float32Array.from({ length: data.length / 2 }, (_, n) => Math.hypot(data[2 * n], data[2 * n + 1]));

const noVolume = (array: RawArray, file: string, expected: string): SlicewiseError =>
  new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${array.path || 'the array'} in ${file} is not a volume`,
    expected,
    got: `${array.complex ? 'complex ' : ''}${array.shape.join('×')}`,
  });

function slicesFirst(array: RawArray, slicesLast: boolean, file: string) {
  const shape = squeeze(array.shape, 3);
  if (shape.length < 2 || shape.length > 3 || shape.some((n) => n < 1)) {
    throw noVolume(array, file, 'numbers in 2 or 3 dimensions');
  }
  if (shape.length === 2) return { data: toFloat32(array.data), shape: [1, shape[0], shape[1]] as [number, number, number] };
  const order = slicesLast ? [2, 0, 1] : [0, 1, 2];
  const moved = order.map((a) => shape[a]) as [number, number, number];
  return { data: toFloat32(transpose(array.data, shape, order, lanesOf(array))), shape: moved };
}
