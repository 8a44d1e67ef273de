import type { DataSet, Element } from 'dicom-parser';
import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import { cross3 } from '../../affine.js';
import type { NamedBytes } from '../../format.js';
import { inflateBounded } from '../support/gzip.js';
import { KEPT } from './kept.js';
import { asPart10, looksLikeDicom } from './part10.js';

type Vector = readonly [number, number, number];

/** How pixels are stored (PS3.3 C.7.6.3). */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly samples: number;
  readonly photometric: string;
  /** Pixel Padding Value and Range Limit, as stored 16-bit words. */
  readonly padding?: readonly [number, number];
  readonly transferSyntax: string;
  /** Value representation of the pixel data: bytes in 16-bit words (OW) swap places in big endian. */
  readonly words: boolean;
  /** Float or Double Float Pixel Data (PS3.3 C.7.6.24, C.7.6.25): values themselves, of 32 or 64 bits. */
  readonly floats: boolean;
}

/** One image plane: a file, or one frame of a multi-frame file. Lengths in mm, vectors in DICOM's LPS. */
export interface DicomImage {
  /** File name, with `#frame` for multi-frame files. */
  readonly name: string;
  /** Name of the file. */
  readonly file: string;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly seriesNumber?: number;
  readonly seriesDescription: string;
  readonly modality: string;
  readonly imageType: readonly string[];
  readonly instanceUid: string;
  readonly position?: Vector;
  /** Directions of increasing column index and of increasing row index. */
  readonly orientation?: { readonly along: Vector; readonly down: Vector };
  /** Between rows, between columns. */
  readonly pixelSpacing?: readonly [number, number];
  /** Nominal distance of slices, only for a series of one. */
  readonly thickness?: number;
  readonly slope: number;
  readonly intercept: number;
  /** Does the file say slope and intercept? */
  readonly rescaled: boolean;
  readonly rescaleType?: string;
  readonly modalityLut: boolean;
  readonly format: PixelFormat;
  /** What tells images at one place apart. */
  readonly labels: { readonly [name: string]: string };
  readonly about: { readonly [name: string]: string | number };
  readonly sopClass: string;
  /** Bytes of this frame, still compressed if the transfer syntax is. */
  frameBytes(): Uint8Array;
  /** What another series may take over (source.ts), by tag; values as they are stored. */
  kept(): ReadonlyMap<number, Uint8Array>;
}

/** Inflated size a deflated file may have. */
const DEFLATE_LIMIT = 2 ** 30;
const DICOMDIR = '1.2.840.10008.1.3.10';

export const isDicom = ({ bytes }: NamedBytes): boolean => looksLikeDicom(bytes);

/** The images of a file, and what had to be amended to read it. */
export interface DicomFile {
  readonly images: readonly DicomImage[];
  readonly notes: readonly string[];
}

/**
 * The images of a DICOM file (PS3.10); none for a directory, report or other object without pixels.
 * @throws SlicewiseError FORMAT when the file is damaged, FORMAT_UNSUPPORTED for multi-frame files without positions
 */
export async function parseDicomFile(file: NamedBytes): Promise<DicomFile> {
  try {
    return await parse(file);
  } catch (cause) {
    if (isSlicewiseError(cause)) throw cause;
    // the library meets a damaged element wherever it is asked for
    throw unreadable(file.name, cause);
  }
}

const unreadable = (name: string, cause: unknown): SlicewiseError =>
  new SlicewiseError('FORMAT', {
    message: `${name} cannot be read as DICOM`,
    got: reason(cause),
    hint: 'the file is truncated or damaged, or not DICOM; copy or download it again',
    cause,
  });

async function parse(file: NamedBytes): Promise<DicomFile> {
  const { parseDicom, readPart10Header } = await library();
  const { bytes, note } = asPart10(file.bytes);
  const notes = note ? [note] : [];
  // apart, because in a deflated file the positions of the two parts count in different arrays
  const head = readPart10Header(bytes);
  let data: DataSet;
  try {
    data = parseDicom(bytes, {
      // the library parses what the callback returns from its start: the data set without the meta header
      inflater: (deflated, position) => inflateBounded(deflated.subarray(position), DEFLATE_LIMIT),
    });
  } catch (cause) {
    // what lies behind whole pixel data is not needed: zeros and surplus pixels of some exports
    const { dataSet } = cause as { dataSet?: DataSet };
    const found = dataSet?.elements.x7fe00010;
    if (!dataSet || !found || found.dataOffset + found.length > dataSet.byteArray.length) throw unreadable(file.name, cause);
    data = dataSet;
    notes.push('bytes behind the pixel data were left out');
  }
  if (head.string('x00020002') === DICOMDIR) return { images: [], notes };
  if (data.elements.x70311001 && !data.elements.x00200032) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${file.name} holds a projection of a clinical scanner (DICOM-CT-PD), not an image`,
      expected: 'reconstructed slices, or a scan in one of the formats of CT measurements',
      got: 'Detector Focal Center Angular Position (7031,1001)',
      hint:
        'the files are not read: save the projections as an array, and give it with --geometry cone --detector-shape curved ' +
        '--source-z HEIGHTS --angles ANGLES (scans without a flying focal spot), or rebin them to fan beams first (helix2fan, LEAP)',
    });
  }
  const pixels = data.elements.x7fe00010 ?? data.elements.x7fe00008 ?? data.elements.x7fe00009;
  const [rows, columns] = [data.uint16('x00280010'), data.uint16('x00280011')];
  if (!pixels || !rows || !columns) return { images: [], notes };
  const transferSyntax = head.string('x00020010')?.trim() ?? '1.2.840.10008.1.2';
  const format = pixelFormat(data, rows, columns, transferSyntax);
  const frames = data.intString('x00280008') ?? 1;
  const perFrame = data.elements.x52009230?.items;
  const heights = frames > 1 && perFrame?.length !== frames ? frameHeights(data, frames) : undefined;
  if (frames > 1 && perFrame?.length !== frames && !heights) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${file.name} holds ${frames} frames without positions`,
      expected: 'single-frame files, an enhanced multi-frame object, or position, orientation and spacing of a stack of frames',
      hint: 'mosaics, cine loops and other old multi-frame objects have no slice geometry: convert to NIfTI first',
    });
  }
  // a frame is at least a byte of its own: the number of frames is not believed further than that
  if (!(frames >= 1 && frames <= data.byteArray.length)) {
    throw new SlicewiseError('FORMAT', { message: `${file.name}: number of frames`, expected: 'what the file can hold', got: `${frames}` });
  }
  const images = Array.from({ length: frames }, (_, frame) => {
    // functional groups of this frame, then the shared ones, then the top level (PS3.3 C.7.6.16)
    const groups = [perFrame?.[frame]?.dataSet, data.elements.x52009229?.items?.[0]?.dataSet];
    const lookup: Lookup = (sequence) => groups.map((group) => group?.elements[sequence]?.items?.[0]?.dataSet).find(Boolean) ?? data;
    const name = frames > 1 ? `${file.name}#${frame + 1}` : file.name;
    const described = describe(data, lookup);
    const own = heights ? { ...described, position: raised(described, heights[frame]) } : described;
    return {
      ...{ name, file: file.name, format, ...own },
      frameBytes: () => frameBytes(data, pixels, frame, frames, name),
      kept: () => keptOf(data),
    };
  });
  return { images, notes };
}

/**
 * mm of every frame above the first along the normal, of multi-frame files whose geometry stands at the top level (dental CBCT, dose):
 * Grid Frame Offset Vector, else Spacing Between Slices. Frames that follow one another in time are no slices.
 */
function frameHeights(data: DataSet, frames: number): number[] | undefined {
  if (!numbers(data, 'x00200032', 3) || !numbers(data, 'x00200037', 6)) return undefined;
  const offsets = numbers(data, 'x3004000c', frames);
  if (offsets) return offsets.map((height) => height - offsets[0]);
  if (IN_TIME.some((tag) => data.elements[tag] !== undefined)) return undefined;
  const step = data.floatString('x00180088');
  return step !== undefined && Number.isFinite(step) && step !== 0 ? Array.from({ length: frames }, (_, n) => n * step) : undefined;
}

/** Frame Time, Frame Time Vector, Cine Rate, Recommended Display Frame Rate. */
const IN_TIME = ['x00181063', 'x00181065', 'x00180040', 'x00082144'];

function raised({ position, orientation }: Pick<DicomImage, 'position' | 'orientation'>, height: number): Vector | undefined {
  if (!position || !orientation) return position;
  const normal = cross3(orientation.along, orientation.down);
  return [0, 1, 2].map((n) => position[n] + height * normal[n]) as unknown as Vector;
}

type Lookup = (sequence: string) => DataSet;

function describe(data: DataSet, lookup: Lookup): Omit<DicomImage, 'name' | 'file' | 'format' | 'frameBytes' | 'kept'> {
  const position = numbers(lookup('x00209113'), 'x00200032', 3);
  const cosines = numbers(lookup('x00209116'), 'x00200037', 6);
  const measures = lookup('x00289110');
  const values = lookup('x00289145');
  const spacing = numbers(measures, 'x00280030', 2);
  const text = (tag: string) => data.string(tag)?.trim() ?? '';
  const thickness = data.floatString('x00180088') ?? measures.floatString('x00180050');
  return {
    studyUid: text('x0020000d'),
    seriesUid: text('x0020000e'),
    seriesNumber: data.intString('x00200011'),
    seriesDescription: text('x0008103e'),
    modality: text('x00080060'),
    imageType: text('x00080008').split('\\'),
    instanceUid: text('x00080018'),
    sopClass: text('x00080016'),
    position: position as Vector | undefined,
    orientation: cosines && { along: cosines.slice(0, 3) as never, down: cosines.slice(3) as never },
    pixelSpacing: spacing as [number, number] | undefined,
    thickness,
    slope: values.floatString('x00281053') ?? 1,
    intercept: values.floatString('x00281052') ?? 0,
    rescaled: values.elements.x00281053 !== undefined || values.elements.x00281052 !== undefined,
    rescaleType: values.string('x00281054')?.trim(),
    modalityLut: data.elements.x00283000 !== undefined,
    labels: { ...present(data, LABELS), ...present(lookup('x00209111'), FRAME_LABELS), ...present(lookup('x00189118'), CARDIAC) },
    about: present(data, ABOUT),
  };
}

/** Tags that may differ between images of one place. */
const LABELS = {
  'image type': 'x00080008',
  acquisition: 'x00200012',
  'temporal position': 'x00200100',
  'trigger time': 'x00181060',
  'echo time': 'x00180081',
  'b-value': 'x00189087',
};
/** The same of a frame: Frame Content Sequence (PS3.3 C.7.6.16.2.2), and the phase of the heart. */
const FRAME_LABELS = { stack: 'x00209056', 'temporal position': 'x00209128', acquisition: 'x00209156' };
const CARDIAC = { 'cardiac phase': 'x00209241' };
/** Tags kept in `meta.dicom`; none of them names a person. */
const ABOUT = {
  manufacturer: 'x00080070',
  model: 'x00081090',
  kernel: 'x00181210',
  kvp: 'x00180060',
  sliceThickness: 'x00180050',
  gantryTilt: 'x00181120',
  patientPosition: 'x00185100',
  frameOfReferenceUid: 'x00200052',
};

/** Copies: a map of them outlives the bytes of the file. */
function keptOf(data: DataSet): ReadonlyMap<number, Uint8Array> {
  const bytes = data.byteArray as Uint8Array;
  const found = [...KEPT.keys()].flatMap((tag): [number, Uint8Array][] => {
    const element = data.elements[`x${tag.toString(16).padStart(8, '0')}`];
    return element && element.length > 0 && !element.items
      ? [[tag, bytes.slice(element.dataOffset, element.dataOffset + element.length)]]
      : [];
  });
  return new Map(found);
}

function present(data: DataSet, tags: { readonly [name: string]: string }): { [name: string]: string } {
  const found = Object.entries(tags).map(([name, tag]) => [name, data.elements[tag]?.length ? textOf(data, tag) : '']);
  return Object.fromEntries(found.filter(([, value]) => value));
}

/** Binary numbers as text; their VR says so, or where it is implicit the dictionary (PS3.6). */
function textOf(data: DataSet, tag: string): string {
  if (tag === 'x00209128' || tag === 'x00209156') return data.elements[tag].length === 4 ? String(data.uint32(tag)) : '';
  if (tag === 'x00209241') return String(data.float(tag) ?? '');
  if (tag === 'x00189087' && data.elements[tag].length === 8) return String(data.double(tag));
  return data.string(tag)?.trim() ?? '';
}

function pixelFormat(data: DataSet, rows: number, columns: number, transferSyntax: string): PixelFormat {
  const bitsAllocated = data.uint16('x00280100') ?? 16;
  const bitsStored = data.uint16('x00280101') ?? bitsAllocated;
  const padding = data.uint16('x00280120');
  return {
    rows,
    columns,
    bitsAllocated,
    bitsStored,
    highBit: data.uint16('x00280102') ?? bitsStored - 1,
    signed: data.uint16('x00280103') === 1,
    samples: data.uint16('x00280002') ?? 1,
    photometric: data.string('x00280004')?.trim() ?? '',
    padding: padding === undefined ? undefined : [padding, data.uint16('x00280121') ?? padding],
    transferSyntax,
    words: data.elements.x7fe00010?.vr === 'OW',
    floats: data.elements.x7fe00010 === undefined,
  };
}

function frameBytes(data: DataSet, pixels: Element, frame: number, frames: number, name: string): Uint8Array {
  const bytes = data.byteArray as Uint8Array;
  if (!pixels.encapsulatedPixelData) {
    const size = Math.floor(pixels.length / frames);
    return bytes.subarray(pixels.dataOffset + frame * size, Math.min(pixels.dataOffset + (frame + 1) * size, bytes.length));
  }
  const fragments = pixels.fragments ?? [];
  const table = pixels.basicOffsetTable ?? [];
  const mine =
    frames === 1
      ? fragments
      : table.length === frames
        ? fragments.filter(({ offset }) => offset >= table[frame] && offset < (table[frame + 1] ?? Infinity))
        : fragments.length === frames
          ? [fragments[frame]]
          : [];
  if (mine.length === 0) {
    throw new SlicewiseError('FORMAT', {
      message: `${name}: compressed pixel data without a way to tell the frames apart`,
    });
  }
  const out = new Uint8Array(mine.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const { position, length } of mine) {
    out.set(bytes.subarray(position, position + length), at);
    at += length;
  }
  return out;
}

function numbers(data: DataSet, tag: string, count: number): number[] | undefined {
  const values = Array.from({ length: count }, (_, n) => data.floatString(tag, n));
  return values.every((value) => value !== undefined && Number.isFinite(value)) ? (values as number[]) : undefined;
}

/** The library throws strings and plain objects beside errors. */
function reason(cause: unknown): string {
  const inner = (cause as { exception?: unknown } | undefined)?.exception ?? cause;
  // what the library trips over says nothing to its reader
  if (inner instanceof TypeError || inner instanceof RangeError) return 'an element that is cut off or not what its tag says';
  return inner instanceof Error ? inner.message : String(inner);
}

/** CommonJS inside: what `import()` gives depends on who bundled it. */
async function library(): Promise<typeof import('dicom-parser')> {
  const module = (await import('dicom-parser')) as typeof import('dicom-parser') & {
    default?: typeof import('dicom-parser');
  };
  return module.default ?? module;
}
