import { fromArrayBuffer, type GeoTIFFImage } from 'geotiff';
import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import type { NumericArray, RawArray } from '../../raw-array.js';

/**
 * TIFF stacks: one file of many pages or a folder of files in natural order, one grey value a pixel; 8, 16 and 32 bit signed and
 * unsigned, 32 and 64 bit float, whatever compression `geotiff` decodes. Pages are slices (or projections), rows and columns as
 * stored. Source: TIFF 6.0.
 */

/** 'II*\0' or 'MM\0*', and BigTIFF's 43. */
export function sniffTiff(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const [a, b, c, d] = bytes;
  return (a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0) || (a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43));
}

/** Names as people order them: proj_2 before proj_10. */
export function naturalOrder<T extends { readonly name: string }>(files: readonly T[]): T[] {
  const collator = new Intl.Collator('en', { numeric: true });
  return [...files].sort((a, b) => collator.compare(a.name, b.name));
}

/**
 * All pages of all files as one array [page, row, column].
 * @throws SlicewiseError FORMAT for damaged files, SHAPE for pages of different size or type, FORMAT_UNSUPPORTED for colour
 */
export async function readTiffStack(files: readonly NamedBytes[]): Promise<RawArray> {
  const pages: { data: NumericArray; width: number; height: number; name: string }[] = [];
  for (const file of naturalOrder(files)) {
    for (const page of await readPages(file)) pages.push(page);
  }
  const [first] = pages;
  if (!first) throw new SlicewiseError('FORMAT', { message: 'a TIFF stack without pages' });
  const size = first.width * first.height;
  const Ctor = first.data.constructor as new (n: number) => NumericArray;
  const out = new Ctor(size * pages.length);
  pages.forEach((page, i) => {
    if (page.width !== first.width || page.height !== first.height || page.data.constructor !== Ctor) {
      throw new SlicewiseError('SHAPE', {
        message: 'the pages of a TIFF stack differ',
        expected: `${first.height}×${first.width} ${Ctor.name} as in ${first.name}`,
        got: `${page.height}×${page.width} ${page.data.constructor.name} in ${page.name}`,
        hint: 'keep only the images of one scan in the folder',
      });
    }
    out.set(page.data, i * size);
  });
  return { path: '', shape: [pages.length, first.height, first.width], data: out };
}

async function readPages(file: NamedBytes): Promise<{ data: NumericArray; width: number; height: number; name: string }[]> {
  return withImages(file, async (images) => {
    const out = [];
    for (const [i, image] of images.entries()) {
      const name = images.length > 1 ? `${file.name} page ${i + 1}` : file.name;
      if (!(await isReducedImage(image))) out.push(await readPage(image, file.bytes.length, name));
    }
    return out;
  });
}

/**
 * Work on the images of a file.
 * @throws SlicewiseError FORMAT for a damaged file, whatever the library says
 */
export async function withImages<T>(file: NamedBytes, work: (images: GeoTIFFImage[]) => Promise<T>): Promise<T> {
  try {
    const { bytes } = file;
    if (!sniffTiff(bytes)) throw new SlicewiseError('FORMAT', { message: `${file.name} is not a TIFF` });
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const tiff = await fromArrayBuffer(buffer);
    const count = await tiff.getImageCount();
    const images = [];
    for (let i = 0; i < count; i++) images.push(await tiff.getImage(i));
    return await work(images);
  } catch (cause) {
    if (cause instanceof SlicewiseError) throw cause;
    throw new SlicewiseError('FORMAT', {
      message: `cannot read ${file.name} as TIFF`,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'the file is damaged or truncated: copy it again',
      cause,
    });
  }
}

/** NewSubfileType bit 0: a thumbnail of another page. */
async function isReducedImage(image: GeoTIFFImage): Promise<boolean> {
  const type = (await tagOf(image, 'NewSubfileType')) as number | undefined;
  return ((type ?? 0) & 1) === 1;
}

export async function tagOf(image: GeoTIFFImage, name: string): Promise<unknown> {
  const directory = image.fileDirectory as unknown as {
    hasTag(name: string): boolean;
    loadValue(name: string): Promise<unknown>;
  };
  return directory.hasTag(name) ? directory.loadValue(name) : undefined;
}

async function readPage(
  image: GeoTIFFImage,
  fileBytes: number,
  name: string,
): Promise<{ data: NumericArray; width: number; height: number; name: string }> {
  const samples = image.getSamplesPerPixel();
  if (samples !== 1) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name}: one grey value of 8, 16 or 32 bits a pixel is needed`,
      got: `${samples} values a pixel (colour)`,
    });
  }
  const [data] = await readBands(image, fileBytes, name);
  return { data, width: image.getWidth(), height: image.getHeight(), name };
}

/**
 * All values of an image, band by band.
 * @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED (bits, predictors)
 */
export async function readBands(image: GeoTIFFImage, fileBytes: number, name: string): Promise<NumericArray[]> {
  const width = image.getWidth();
  const height = image.getHeight();
  const samples = image.getSamplesPerPixel();
  const bits = image.getBitsPerSample();
  if (![8, 16, 32, 64].includes(bits)) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name}: one grey value of 8, 16 or 32 bits a pixel is needed`,
      got: `${bits} bits`,
    });
  }
  // geotiff undoes predictors in little-endian order whatever the file's.
  const predictor = ((await tagOf(image, 'Predictor')) as number | undefined) ?? 1;
  if (predictor !== 1 && bits > 8 && !image.littleEndian) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name}: big-endian TIFF with a predictor`,
      hint: 'rewrite it little-endian or without predictor',
    });
  }
  // No compression of TIFF comes near 10000:1 on images; a header that claims so is damaged or hostile.
  if (width < 1 || height < 1 || width * height * samples * (bits / 8) > fileBytes * 10_000) {
    throw new SlicewiseError('FORMAT', {
      message: name,
      expected: `an image that fits ${fileBytes} bytes`,
      got: `${samples > 1 ? `${samples}×` : ''}${height}×${width}`,
    });
  }
  const bands = (await image.readRasters({ interleave: false })) as unknown as NumericArray[];
  const wrong = bands.find((data) => data.length !== width * height);
  if (!wrong && bands.length === samples) return [...bands];
  throw new SlicewiseError('FORMAT', {
    message: name,
    expected: `${samples} × ${width * height} pixels`,
    got: `${bands.length} × ${wrong?.length ?? 0}`,
  });
}
