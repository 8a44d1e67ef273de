import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { makeVolume, type Modality, type Units, type Volume } from '../../volume.js';
import { isDicom, parseDicomFile, type DicomImage } from './image.js';
import { checkPixels, readPixels, syntaxName } from './pixels.js';
import { resampleHeights, shearSlices } from './resample.js';
import { pickSeries } from './series.js';
import { stackSlices, type SliceStack } from './stack.js';
import { placed } from '../../../core/placement.js';
import { summariseValues } from '../support/samples.js';

/** Where CT has no data (padding, outside the scan circle). */
const CT_OUTSIDE = -1024;

/**
 * A DICOM series of slices (PS3.3): single-frame files or an enhanced multi-frame file.
 *
 * Slices are ordered by position along their normal and spaced by their positions; thickness is never used as spacing. Every slice has its
 * own rescale slope and intercept. Rows and columns stay as stored; LPS becomes RAS. Padding becomes −1024 in CT,
 * elsewhere 0 or the smallest value if that is negative. Missing or unequally spaced slices need `resample: 'linear'`, a tilted gantry
 * needs `tilt: 'shear'`.
 */
export const dicom: VolumeFormat = {
  name: 'DICOM',
  extensions: ['.dcm', '.dicom', '.ima'],
  maxFiles: Infinity,
  sniff: isDicom,
  read: readDicom,
};

/**
 * Shape [slices, rows, columns].
 * @throws SlicewiseError FORMAT (damaged), FORMAT_UNSUPPORTED (colour, mosaic, codec), SERIES (several series, missing or doubled slices,
 *   tilt)
 */
async function readDicom(files: readonly NamedBytes[], options: ReadOptions): Promise<Volume> {
  const parsed: DicomImage[][] = [];
  for (const file of files) parsed.push(await parseDicomFile(file));
  const warnings = files.flatMap((file, n) => (parsed[n].length === 0 ? [`${file.name} holds no image and was ignored`] : []));
  const images = parsed.flat();
  if (images.length === 0) throw new SlicewiseError('FORMAT', { message: 'no image in the DICOM files', got: warnings[0] });

  const series = pickSeries(images, options.series);
  series.images.forEach(checkPixels);
  const stack = stackSlices(series.images);
  refuseIrregular(stack, options);
  warnings.push(...series.warnings, ...stack.warnings);

  const meaning = meaningOf(stack.images[0], options);
  if (meaning.warning) warnings.push(meaning.warning);
  const { data, padded } = await readSlices(stack, meaning.units === 'HU' ? CT_OUTSIDE : undefined);
  const regular = onRegularGrid(stack, data, meaning.units === 'HU' ? CT_OUTSIDE : undefined, warnings);
  const values = summariseValues(regular.data);
  const [first] = stack.images;
  return makeVolume(regular.data, regular.shape, {
    ...placed({
      spacing: options.spacing ?? [stack.columnSpacing, stack.rowSpacing, regular.step],
      origin: toRas(regular.corner),
      direction: toRasDirection(stack),
    }),
    units: meaning.units,
    modality: meaning.modality,
    meta: {
      source: first.name,
      format: `DICOM, ${syntaxName(first.format.transferSyntax)}`,
      storedType: `${first.format.signed ? 'int' : 'uint'}${first.format.bitsAllocated} (${first.format.bitsStored} bits)`,
      valueRange: [values.min, values.max],
      unitsFrom: meaning.from,
      warnings,
      dicom: {
        seriesUid: first.seriesUid,
        seriesNumber: first.seriesNumber,
        seriesDescription: first.seriesDescription,
        modality: first.modality,
        images: stack.images.length,
        padded,
        ...first.about,
      },
    },
  });
}

function refuseIrregular(stack: SliceStack, options: ReadOptions): void {
  if (stack.gaps.length > 0 && options.resample !== 'linear') {
    const more = stack.gaps.length > 3 ? `; and ${stack.gaps.length - 3} more` : '';
    throw new SlicewiseError('SERIES', {
      message: 'slices are missing or unequally spaced',
      expected: `${+stack.step.toFixed(4)} mm between all neighbours`,
      got: stack.gaps.slice(0, 3).join('; ') + more,
      hint: `add the missing files, or interpolate with resample 'linear' (--resample linear)`,
    });
  }
  if (stack.tilt > 0 && options.tilt !== 'shear') {
    throw new SlicewiseError('SERIES', {
      message: 'slices are shifted sideways (tilted gantry)',
      expected: 'every slice straight above the one before',
      got: `${stack.tilt.toFixed(2)}° between the normal and the line through the slices`,
      hint: `shear them back with tilt 'shear' (--tilt shear)`,
    });
  }
}

/** All slices in order, padding filled with `outside` or the smallest value there is. */
async function readSlices(stack: SliceStack, outside: number | undefined) {
  const { rows, columns } = stack.images[0].format;
  const size = rows * columns;
  const data = new Float32Array(stack.images.length * size);
  let padded = 0;
  for (const [k, image] of stack.images.entries()) padded += await readPixels(image, data.subarray(k * size, (k + 1) * size));
  if (padded > 0) {
    const fill = outside ?? emptyValue(data);
    for (let n = 0; n < data.length; n++) if (Number.isNaN(data[n])) data[n] = fill;
  }
  return { data, padded };
}

/** Shears and interpolates where the stack asks for it (the caller has agreed). */
function onRegularGrid(stack: SliceStack, data: Float32Array, outside: number | undefined, warnings: string[]) {
  const { rows, columns } = stack.images[0].format;
  const { columnSpacing, rowSpacing, heights } = stack;
  let slab = { data, shape: [stack.images.length, rows, columns] as [number, number, number] };
  let corner = [...stack.images[0].position!];
  if (stack.tilt > 0) {
    const sheared = shearSlices(slab, stack.shifts, { row: rowSpacing, column: columnSpacing }, outside ?? emptyValue(data));
    corner = corner.map((value, n) => value + stack.along[n] * sheared.corner[0] + stack.down[n] * sheared.corner[1]);
    slab = { data: sheared.data, shape: [...sheared.shape] };
    warnings.push(`sheared back by ${stack.tilt.toFixed(2)}° (linear interpolation within slices)`);
  }
  if (stack.gaps.length > 0) {
    const even = resampleHeights(slab, heights, stack.step);
    warnings.push(`interpolated from ${stack.images.length} to ${even.shape[0]} slices: ${stack.gaps.join('; ')}`);
    return { data: even.data, shape: even.shape, step: even.step, corner };
  }
  const step = heights.length > 1 ? heights[heights.length - 1] / (heights.length - 1) : stack.step;
  return { ...slab, step, corner };
}

/** PS3.3 C.11.1.1.2: CT without a rescale type is in HU. */
function meaningOf(image: DicomImage, options: ReadOptions) {
  const ct = image.modality === 'CT';
  const hounsfield = ct && (!image.rescaleType || image.rescaleType === 'HU');
  const known: Modality = ct ? 'CT' : image.modality === 'MR' ? 'MR' : 'other';
  const units: Units = hounsfield ? 'HU' : 'arbitrary';
  return {
    units: options.units ?? units,
    modality: options.modality ?? known,
    from: options.units ? 'given' : 'file',
    warning: ct && !hounsfield && !options.units ? `CT whose rescale type is ${image.rescaleType}, not HU: arbitrary units` : undefined,
  };
}

/** What an image without an own value for nothing gets outside: 0 for magnitudes, else the smallest value. */
const emptyValue = (data: Float32Array): number => Math.min(0, summariseValues(data).min);

/** DICOM's x points left and y back. */
const toRas = ([x, y, z]: readonly number[]): [number, number, number] => [-x, -y, z];

function toRasDirection({ along, down, normal }: SliceStack): number[] {
  const columns = [along, down, normal].map(toRas);
  return [0, 1, 2].flatMap((row) => columns.map((column) => column[row]));
}
