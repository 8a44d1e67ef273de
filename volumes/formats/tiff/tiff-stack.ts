import type { GeoTIFFImage } from 'geotiff';
import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import type { ArrayInfo, NumericArray, RawArray } from '../../raw-array.js';
import { swapBytes } from '../support/samples.js';
import { checkDirectories } from './directories.js';
import { stackLayout, stackParts, type StackLayout } from './stack-layout.js';

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

interface Page {
  readonly data: NumericArray;
  readonly width: number;
  readonly height: number;
  readonly name: string;
}

/** An array that files of a stack hold. */
export interface TiffArray {
  /** Of a file with several channels or frames, which: `channel=0,frame=2`. */
  readonly path: string;
  readonly pages: readonly Page[];
}

interface TiffArrays extends Pick<RawArray, 'spacing' | 'warnings'> {
  readonly arrays: readonly TiffArray[];
}

/**
 * All pages of all files as arrays [page, row, column]: one, unless a file has several channels, or slices in several frames.
 * @throws SlicewiseError FORMAT for damaged files, FORMAT_UNSUPPORTED for colour
 */
async function readTiffArrays(files: readonly NamedBytes[]): Promise<TiffArrays> {
  requireOneKind(files);
  const pages: Page[] = [];
  let layout: StackLayout | undefined;
  let shown: string[] = [];
  for (const file of naturalOrder(files)) {
    const read = await readPages(file);
    pages.push(...read.pages);
    if (shown.length === 0) shown = read.told;
    layout = files.length === 1 ? read.layout : undefined;
  }
  const whole = layout === undefined || layout.images === pages.length;
  const parts = layout && whole ? stackParts(layout) : [{ path: '', pages: pages.map((_, n) => n) }];
  const spacing = lengthsOf(layout);
  const cut = `${files[0].name} says that it holds ${layout?.images} pages and holds ${pages.length}: is it cut off?`;
  const told = spacing && `voxel size of ${spacing.map((mm) => +mm.toPrecision(6)).join(' × ')} mm taken from the description of the file`;
  return {
    arrays: parts.map(({ path, pages: own }) => ({ path, pages: own.map((n) => pages[n]) })),
    spacing,
    warnings: [...(whole ? [] : [cut]), ...(told ? [told] : []), ...shown],
  };
}

/** Numbered files of several names are several things: projections, flats and darks of a scanner's folder. */
function requireOneKind(files: readonly NamedBytes[]): void {
  const stems = new Map<string, string[]>();
  for (const { name } of files) {
    const stem = name.replace(/\d+(?=\.\w+$)/, '*');
    stems.set(stem, [...(stems.get(stem) ?? []), name]);
  }
  if (stems.size < 2 || files.length < 3 || ![...stems.values()].some((names) => names.length > 1)) return;
  const [most] = [...stems].sort(([, a], [, b]) => b.length - a.length);
  throw new SlicewiseError('ARGUMENT', {
    message: 'TIFF files of several names in one folder',
    expected: 'the numbered images of one stack',
    got: [...stems]
      .map(([stem, names]) => `${names.length === 1 ? names[0] : stem} (${names.length})`)
      .slice(0, 6)
      .join(', '),
    hint: `name one kind, e.g. FOLDER/${most[0]}; flats and darks go with --flat and --dark`,
  });
}

/** Where a file says the size of its pixels it does of all three, or slices are as far apart as columns. */
function lengthsOf(layout: StackLayout | undefined): readonly [number, number, number] | undefined {
  const [column, row = column, slice = column] = layout?.spacing ?? [];
  return column !== undefined && row !== undefined && slice !== undefined ? [column, row, slice] : undefined;
}

/** The arrays that there are. @throws SlicewiseError as `readTiffStack` */
export async function listTiffStack(files: readonly NamedBytes[]): Promise<ArrayInfo[]> {
  const { arrays } = await readTiffArrays(files);
  return arrays.map(({ path, pages: [first, ...more] }) => ({
    path,
    shape: [1 + more.length, first.height, first.width],
    type: first.data.constructor.name.replace('Array', '').toLowerCase(),
    numeric: true,
  }));
}

/**
 * All pages of all files as one array [page, row, column].
 * @param path of a file with several channels or frames, which: `channel=0,frame=2`
 * @throws SlicewiseError FORMAT for damaged files, SHAPE for pages of different size or type, FORMAT_UNSUPPORTED for colour, ARGUMENT for
 *   several channels or frames of which none is chosen
 */
export async function readTiffStack(files: readonly NamedBytes[], path = ''): Promise<RawArray> {
  const { arrays, spacing, warnings } = await readTiffArrays(files);
  const wanted = path.replace(/\s/g, '').toLowerCase();
  const chosen = arrays.find((array) => array.path === wanted);
  if (!chosen) {
    const [first] = arrays;
    const words = first.path.split(',').map((word) => word.split('=')[0]);
    throw new SlicewiseError('ARGUMENT', {
      message: `${files[0].name} holds several stacks: ${words.join(' and ')}s`,
      expected: 'one of them',
      got:
        arrays
          .map((array) => array.path)
          .slice(0, 8)
          .join('; ') + (arrays.length > 8 ? `; … (${arrays.length})` : ''),
      hint: `pick one with --dataset, e.g. --dataset ${first.path}`,
    });
  }
  const { pages } = chosen;
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
  return { path, shape: [pages.length, first.height, first.width], data: out, spacing, warnings };
}

async function readPages(file: NamedBytes): Promise<{ pages: Page[]; layout?: StackLayout; told: string[] }> {
  return withImages(file, async (images) => {
    const pages: Page[] = [];
    for (const [i, image] of images.entries()) {
      const name = images.length > 1 ? `${file.name} page ${i + 1}` : file.name;
      if (!(await isReducedImage(image))) pages.push(await readPage(image, file.bytes.length, name));
    }
    const [first] = images;
    const layout = first && (await layoutOf(first));
    if (layout && pages.length === 1 && layout.images > 1) pages.push(...(await pagesAfter(first, pages[0], layout.images, file)));
    return { pages, layout, told: first ? await asShown(first, file.name) : [] };
  });
}

async function layoutOf(image: GeoTIFFImage): Promise<StackLayout | undefined> {
  const description = await tagOf(image, 'ImageDescription');
  if (typeof description !== 'string') return undefined;
  const [x, y] = [await tagOf(image, 'XResolution'), await tagOf(image, 'YResolution')];
  return stackLayout(description.replace(/\0+$/, ''), [image.getHeight(), image.getWidth()], [rational(x), rational(y)]);
}

function rational(value: unknown): number | undefined {
  const [a, b = 1] = ArrayBuffer.isView(value) || Array.isArray(value) ? Array.from(value as ArrayLike<number>) : [Number(value)];
  return a > 0 && b > 0 ? a / b : undefined;
}

/**
 * The pages that a stack with one directory says it has after the first (ImageJ above 4 GB, tifffile's `truncate`): they lie one after
 * another, not compressed.
 * @throws SlicewiseError FORMAT for a file that is too short, FORMAT_UNSUPPORTED for compressed pages
 */
async function pagesAfter(image: GeoTIFFImage, first: Page, images: number, { name, bytes }: NamedBytes): Promise<Page[]> {
  const compression = ((await tagOf(image, 'Compression')) as number | undefined) ?? 1;
  const offsets = (await tagOf(image, 'StripOffsets')) as ArrayLike<number> | number | undefined;
  const start = typeof offsets === 'number' ? offsets : offsets?.[0];
  if (compression !== 1 || start === undefined) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name} says that it holds ${images} pages and has the directory of one`,
      expected: 'a directory of every page, or pages that are not compressed',
      got: `compression ${compression}`,
      hint: 'save the stack again, as BigTIFF where it is large',
    });
  }
  const { data, width, height } = first;
  const size = data.byteLength;
  if (Number(start) + images * size > bytes.length) {
    throw new SlicewiseError('FORMAT', {
      message: `${name} says that it holds ${images} pages`,
      expected: `${Number(start) + images * size} bytes`,
      got: `${bytes.length} bytes and the directory of one page`,
      hint: 'the file is truncated: copy it again',
    });
  }
  const Ctor = data.constructor as new (buffer: ArrayBuffer) => NumericArray;
  return Array.from({ length: images - 1 }, (_, n) => {
    const own = bytes.slice(Number(start) + (n + 1) * size, Number(start) + (n + 2) * size);
    if (!image.littleEndian && data.BYTES_PER_ELEMENT > 1) swapBytes(own, data.BYTES_PER_ELEMENT);
    return { data: new Ctor(own.buffer), width, height, name: `${name} page ${n + 2}` };
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
    checkDirectories(file);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const { fromArrayBuffer } = await import('geotiff');
    const tiff = await fromArrayBuffer(buffer);
    const count = await tiff.getImageCount();
    const images = [];
    for (let i = 0; i < count; i++) images.push(await tiff.getImage(i));
    return await work(images);
  } catch (cause) {
    if (cause instanceof SlicewiseError) throw cause;
    const compression = /Unknown compression method identifier: (\d+)/.exec(String(cause))?.[1];
    if (compression) {
      throw new SlicewiseError('FORMAT_UNSUPPORTED', {
        message: `${file.name} is compressed in a way that we do not read`,
        expected: 'no compression, LZW, deflate, PackBits or JPEG',
        got: COMPRESSIONS[compression] ?? `compression ${compression}`,
        hint: 'save it again with deflate (ImageMagick: convert -compress zip; libtiff: tiffcp -c zip)',
      });
    }
    throw new SlicewiseError('FORMAT', {
      message: `cannot read ${file.name} as TIFF`,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'the file is damaged or truncated: copy it again',
      cause,
    });
  }
}

/** Compression tags of libtiff that the library does not decode. */
const COMPRESSIONS: { readonly [tag: string]: string } = {
  2: 'CCITT RLE',
  3: 'CCITT fax 3',
  4: 'CCITT fax 4',
  34712: 'JPEG 2000',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
};

/** PhotometricInterpretation: 0 is white, colours by number. */
const WHITE_IS_ZERO = 0;
const PALETTE = 3;

/** What a viewer would do to the pages, and a reader of numbers does not: told. */
async function asShown(image: GeoTIFFImage, name: string): Promise<string[]> {
  const orientation = ((await tagOf(image, 'Orientation')) as number | undefined) ?? 1;
  const inverted = (await tagOf(image, 'PhotometricInterpretation')) === WHITE_IS_ZERO;
  return [
    ...(orientation > 1 && orientation <= 8 ? [`${name} is meant to be shown turned (orientation ${orientation}): rows as stored`] : []),
    ...(inverted ? [`${name} is meant to be shown inverted (0 is white): values as stored`] : []),
  ];
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

async function readPage(image: GeoTIFFImage, fileBytes: number, name: string): Promise<Page> {
  const samples = image.getSamplesPerPixel();
  const photometric = (await tagOf(image, 'PhotometricInterpretation')) as number | undefined;
  if (samples !== 1 || photometric === PALETTE) {
    const planes = ((await tagOf(image, 'PlanarConfiguration')) as number | undefined) === 2;
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name}: one grey value of 8, 16 or 32 bits a pixel is needed`,
      got: samples === 1 ? 'numbers of colours (a palette)' : `${samples} values a pixel (colour)`,
      hint: planes
        ? `if these are ${samples} slices, write them as pages: tifffile.imwrite(NAME, array, photometric='minisblack')`
        : 'save it as grey, e.g. ImageMagick: convert IN -colorspace gray -alpha off OUT',
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
  const stated = ((await tagOf(image, 'SampleFormat')) as ArrayLike<number> | number | undefined) ?? 1;
  const kind = typeof stated === 'number' ? stated : (stated[0] ?? 1);
  const whole = kind === 1 || kind === 2;
  if ((bits === 64 && whole) || kind > 4 || !(await tagOf(image, 'BitsPerSample'))) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name}: numbers of 8, 16 or 32 bits, or floats of up to 64, are needed`,
      got: kind > 4 ? 'complex numbers' : bits === 64 ? 'whole numbers of 64 bits' : '1 bit a pixel',
      hint: "save it as another type, e.g. in Python: tifffile.imwrite(OUT, tifffile.imread(IN).astype('float32'))",
    });
  }
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
  requireBlocks(image, fileBytes, name);
  const bands = (await image.readRasters({ interleave: false })) as unknown as NumericArray[];
  const wrong = bands.find((data) => data.length !== width * height);
  if (!wrong && bands.length === samples) return [...bands];
  throw new SlicewiseError('FORMAT', {
    message: name,
    expected: `${samples} × ${width * height} pixels`,
    got: `${bands.length} × ${wrong?.length ?? 0}`,
  });
}

/**
 * Strips or tiles: of whole rows and columns, and each with an offset of two bytes or more in the file. The library would go over 10³⁰⁰
 * strips of which each has next to nothing.
 */
function requireBlocks(image: GeoTIFFImage, fileBytes: number, name: string): void {
  const [width, height] = [image.getTileWidth(), image.getTileHeight()];
  const blocks = Math.ceil(image.getWidth() / width) * Math.ceil(image.getHeight() / height);
  if ([width, height].every((n) => Number.isInteger(n) && n >= 1) && 2 * blocks <= fileBytes) return;
  throw new SlicewiseError('FORMAT', {
    message: name,
    expected: `strips or tiles that a file of ${fileBytes} bytes can hold`,
    got: `blocks of ${height} × ${width} pixels`,
    hint: 'the file is damaged: save it again',
  });
}
