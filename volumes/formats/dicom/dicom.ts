import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { makeVolume, type Modality, type Units, type Volume } from '../../volume.js';
import { isDicom, parseDicomFile, type DicomFile, type DicomImage } from './image.js';
import { checkPixels, readPixels, syntaxName, type Padding } from './pixels.js';
import { resampleHeights, shearSlices } from './resample.js';
import { pickSeries } from './series.js';
import { sourceOf, withDicomSource } from './source.js';
import { dropCopies, stackSlices, type SliceStack } from './stack.js';
import { pickSeriesVolume } from './volumes.js';
import { writeDicom } from './write.js';
import { placed } from '../../../core/placement.js';
import { summariseValues } from '../support/samples.js';

/** Where CT has no data (padding, outside the scan circle). */
const CT_OUTSIDE = -1024;

/**
 * A DICOM series of slices (PS3.3): single-frame files or an enhanced multi-frame file.
 *
 * Slices are ordered by position along their normal and spaced by their positions; thickness is never used as spacing. Every slice has its
 * own rescale slope and intercept. Rows and columns stay as stored; LPS becomes RAS. Padding becomes −1024 in CT, elsewhere 0 or the
 * smallest value if that is negative, unless its value occurs in the image (`padding`). A series of several volumes needs `volumeIndex`.
 * Missing or unequally spaced slices need `resample: 'linear'`, a tilted gantry
 * needs `tilt: 'shear'`.
 */
export const dicom: VolumeFormat = {
  name: 'DICOM',
  extensions: ['.dcm', '.dicom', '.ima'],
  maxFiles: Infinity,
  folder: true,
  keeps: ['lengths', 'placement', 'units', 'modality'],
  sniff: isDicom,
  read: readDicom,
  writeFiles: writeDicom,
  examples,
};

/** Whole numbers, which come back exactly; others are rounded to half of the rescale slope. */
function examples(): Volume[] {
  const data = (n: number, low: number): Float32Array => Float32Array.from({ length: n }, (_, i) => ((37 * i) % 2900) + low);
  const turned = [-0.8, 0.6, 0, -0.6, -0.8, 0, 0, 0, 1]; // columns to the left, rows to the back, as they are written
  return [
    makeVolume(data(60, -1000), [3, 4, 5], {
      ...placed({ spacing: [0.8, 1.25, 2.5], origin: [-11, 7.5, 40], direction: turned }),
      units: 'HU',
      modality: 'CT',
    }),
    makeVolume(data(24, 0), [2, 3, 4], {
      ...placed({ spacing: [1, 1.5, 4], origin: [1, 2, 3], direction: [-1, 0, 0, 0, 0, -1, 0, -1, 0] }),
      modality: 'MR',
    }),
  ];
}

/**
 * Shape [slices, rows, columns].
 * @throws SlicewiseError FORMAT (damaged), FORMAT_UNSUPPORTED (colour, mosaic, codec), SERIES (several series, missing or doubled slices,
 *   tilt)
 */
async function readDicom(files: readonly NamedBytes[], options: ReadOptions): Promise<Volume> {
  const parsed: DicomFile[] = [];
  for (const file of files) parsed.push(await parseDicomFile(file));
  const warnings = files.flatMap((file, n) => (parsed[n].images.length === 0 ? [`${file.name} holds no image and was ignored`] : []));
  const images = parsed.flatMap((file) => file.images);
  if (images.length === 0) {
    const directory = files.length === 1 && /^dicomdir$/i.test(files[0].name);
    throw new SlicewiseError('FORMAT', {
      message: 'no image in the DICOM files',
      got: warnings[0],
      hint: directory ? 'a DICOMDIR lists files in folders below it: name the folder that holds the slices' : undefined,
    });
  }
  warnings.push(...notesOf(files, parsed));

  const series = pickSeries(images, options.series);
  series.images.forEach(checkPixels);
  const inverted = series.images.filter(({ format }) => format.photometric === 'MONOCHROME1').length;
  if (inverted > 0) warnings.push(`${inverted} images are meant to be shown inverted (MONOCHROME1): their values are as stored`);
  const stack = stackSlices(pickSeriesVolume(dropCopies(series.images, warnings), options.volumeIndex));
  refuseIrregular(stack, options);
  warnings.push(...series.warnings, ...stack.warnings);

  const meaning = meaningOf(stack.images, options);
  if (meaning.warning) warnings.push(meaning.warning);
  const outside = meaning.units === 'HU' ? CT_OUTSIDE : undefined;
  const { data, padded } = await readSlices(stack, outside, options.padding, warnings);
  const regular = onRegularGrid(stack, data, outside, warnings);
  const values = summariseValues(regular.data);
  const [first] = stack.images;
  const volume = makeVolume(regular.data, regular.shape, {
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
  return withDicomSource(volume, sourceOf(stack.images));
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

/** What was amended of the files, each said once. */
function notesOf(files: readonly NamedBytes[], parsed: readonly DicomFile[]): string[] {
  const of = new Map<string, string[]>();
  parsed.forEach(({ notes }, n) => notes.forEach((note) => of.set(note, [...(of.get(note) ?? []), files[n].name])));
  return [...of].map(([note, names]) => `${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ''}: ${note}`);
}

/**
 * All slices in order. Padding is filled with `outside` or the smallest value there is; where its value lies among those of the image
 * (which PS3.3 C.7.5.1.1.2 forbids, and files do) nobody can tell the two apart, and it stays what it is unless `padding` is 'fill'.
 */
async function readSlices(stack: SliceStack, outside: number | undefined, padding: ReadOptions['padding'], warnings: string[]) {
  const { rows, columns } = stack.images[0].format;
  const size = rows * columns;
  const data = new Float32Array(stack.images.length * size);
  const paddings: Padding[] = [];
  let [padded, lowest, highest] = [0, Infinity, -Infinity];
  for (const [k, image] of stack.images.entries()) {
    const slice = data.subarray(k * size, (k + 1) * size);
    const found = await readPixels(image, slice);
    padded += found.count;
    lowest = Math.min(lowest, found.lowest);
    highest = Math.max(highest, found.highest);
    paddings.push(found);
  }
  if (padded === 0) return { data, padded };
  const { min, max } = summariseValues(data);
  const amid = min < lowest && highest < max;
  const keep = padding === 'keep' || (padding === undefined && amid);
  const fill = outside ?? emptyValue(data);
  paddings.forEach(({ values, lowest: value }, k) => {
    for (let n = k * size, at = 0; n < (k + 1) * size; n++) {
      if (Number.isNaN(data[n])) data[n] = !keep ? fill : values ? values[at++] : value;
    }
  });
  const range = lowest === highest ? `${lowest}` : `${lowest} … ${highest}`;
  if (amid || padding !== undefined) {
    const where = amid ? ', which lies among the values of the image' : '';
    warnings.push(
      `${padded} pixels have the value that the file calls padding (${range})${where}: ` +
        (keep ? `kept as they are (--padding fill makes them ${fill})` : `filled with ${fill} (--padding keep leaves them)`),
    );
  }
  return { data, padded: keep ? 0 : padded };
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

/** PS3.3 C.11.1.1.2: CT without a rescale type is in HU; without slope and intercept it is stored values of an unknown unit. */
function meaningOf(images: readonly DicomImage[], options: ReadOptions) {
  const [image] = images;
  const ct = image.modality === 'CT';
  const missing = images.filter(({ rescaled }) => !rescaled).length;
  const hounsfield = ct && missing === 0 && (!image.rescaleType || image.rescaleType === 'HU');
  const known: Modality = ct ? 'CT' : image.modality === 'MR' ? 'MR' : 'other';
  // not a term of the standard: our own series of attenuations say so
  const attenuation = ct && missing === 0 && image.rescaleType === '1/mm';
  const units: Units = hounsfield ? 'HU' : attenuation ? '1/mm' : 'arbitrary';
  const doubt =
    missing > 0
      ? `CT without rescale slope and intercept in ${missing} of ${images.length} images: the values are as stored and need not be HU ` +
        '(--units HU says that they are)'
      : `CT whose rescale type is ${image.rescaleType}, not HU: arbitrary units`;
  return {
    units: options.units ?? units,
    modality: options.modality ?? known,
    from: options.units ? 'given' : hounsfield || attenuation || !ct ? 'file' : 'unknown',
    warning: ct && !hounsfield && !attenuation && !options.units ? doubt : undefined,
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
