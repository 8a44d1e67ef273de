import type { GeoTIFFImage } from 'geotiff';
import { arrayFormats } from '../../array-formats.js';
import { arrayVolume } from '../../array-volume.js';

import type { NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { makeVolume, type Volume } from '../../volume.js';
import { summariseValues } from '../support/samples.js';
import { tiffBands } from './band-metadata.js';
import { readBands, tagOf, withImages } from './tiff-stack.js';
import { writeTiff } from './write.js';

const stack = arrayVolume(arrayFormats.get('tiff'));

/**
 * TIFF: stacks of grey pages (`readTiffStack`), and cubes, one image of several bands that is no colour picture: [band, line, sample]
 * in the order of the file. What GDAL and EnMAP-Box say of every band (wavelength, width, bad bands, scale and offset, no data) is
 * used: value = scale · stored + offset, the value for no data as it is stored. Lines and samples are in metres where the file has a
 * size of its pixels and is projected. Written are stacks of a page a slice.
 */
export const tiffVolume: VolumeFormat = {
  ...stack,
  async read(files, options) {
    const cube = files.length === 1 ? await readCube(files[0], options) : undefined;
    return cube ?? stack.read(files, options);
  },
  keeps: [],
  write: (_name, volume, options) => writeTiff(volume, options),
};

/** Undefined for what is no cube. */
function readCube(file: NamedBytes, options: ReadOptions): Promise<Volume | undefined> {
  return withImages(file, async ([image]) => {
    if (!image || !(await isCube(image))) return undefined;
    const warnings: string[] = [];
    const bands = await readBands(image, file.bytes.length, file.name);
    const text = (await tagOf(image, 'GDAL_METADATA')) as string | undefined;
    const found = tiffBands(text ?? '', bands.length, await noDataOf(image), (message) => warnings.push(`${file.name}: ${message}`));
    const [lines, samples] = [image.getHeight(), image.getWidth()];
    const data = new Float32Array(bands.length * lines * samples);
    const { noData = NaN } = found.meta;
    bands.forEach((band, b) => {
      const [scale, offset] = [found.scales?.[b] ?? 1, found.offsets?.[b] ?? 0];
      for (let n = 0; n < band.length; n++) {
        const value = band[n];
        data[b * band.length + n] = value === noData ? value : scale * value + offset;
      }
    });
    const values = summariseValues(data);
    if (values.notFinite > 0) warnings.push(`${values.notFinite} values are NaN or infinite`);
    return makeVolume(data, [bands.length, lines, samples], {
      axes: [found.axis, ...pixelAxes(image)],
      units: options.units ?? 'arbitrary',
      modality: options.modality ?? 'hyperspectral',
      meta: {
        source: file.name,
        format: 'TIFF',
        storedType: bands[0].constructor.name.replace('Array', '').toLowerCase(),
        valueRange: [values.min, values.max],
        bands: found.meta,
        warnings,
      },
    });
  });
}

/** Several values a pixel that are no red, green and blue (PhotometricInterpretation 2), palette or camera's YCbCr. */
async function isCube(image: GeoTIFFImage): Promise<boolean> {
  const samples = image.getSamplesPerPixel();
  const photometric = (await tagOf(image, 'PhotometricInterpretation')) as number | undefined;
  return samples > 4 || (samples > 1 && (photometric ?? 1) <= 1);
}

async function noDataOf(image: GeoTIFFImage): Promise<number | undefined> {
  const text = (await tagOf(image, 'GDAL_NODATA')) as string | undefined;
  const value = text === undefined ? NaN : Number(String(text).replace(/\0/g, ''));
  return Number.isFinite(value) ? Math.fround(value) : undefined;
}

function pixelAxes(image: GeoTIFFImage): [{ name: string; unit: string; step: number }, { name: string; unit: string; step: number }] {
  const keys = (image.getGeoKeys() ?? {}) as { readonly [key: string]: unknown };
  const projected = keys.GTModelTypeGeoKey === 1 && (keys.ProjLinearUnitsGeoKey ?? 9001) === 9001;
  const [x, y] = projected ? image.getResolution().map(Math.abs) : [1, 1];
  const unit = projected && x > 0 && y > 0 ? 'm' : '';
  return [
    { name: 'line', unit, step: unit ? y : 1 },
    { name: 'sample', unit, step: unit ? x : 1 },
  ];
}
