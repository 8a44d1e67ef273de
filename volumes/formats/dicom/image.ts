import type { DataSet, Element } from 'dicom-parser';
import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import { inflateBounded } from '../support/gzip.js';

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
}

/** One image plane: a file, or one frame of a multi-frame file. Lengths in mm, vectors in DICOM's LPS. */
export interface DicomImage {
  /** File name, with `#frame` for multi-frame files. */
  readonly name: string;
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
  readonly rescaleType?: string;
  readonly modalityLut: boolean;
  readonly format: PixelFormat;
  /** What tells images at one place apart. */
  readonly labels: { readonly [name: string]: string };
  readonly about: { readonly [name: string]: string | number };
  /** Bytes of this frame, still compressed if the transfer syntax is. */
  frameBytes(): Uint8Array;
}

/** Inflated size a deflated file may have. */
const DEFLATE_LIMIT = 2 ** 30;
const DICOMDIR = '1.2.840.10008.1.3.10';

export const isDicom = ({ bytes }: NamedBytes): boolean =>
  bytes.length > 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';

/**
 * The images of a DICOM file (PS3.10); none for a directory, report or other object without pixels.
 * @throws SlicewiseError FORMAT when the file is damaged, FORMAT_UNSUPPORTED for multi-frame files without positions
 */
export async function parseDicomFile(file: NamedBytes): Promise<DicomImage[]> {
  const { parseDicom, readPart10Header } = await library();
  let data: DataSet;
  let head: DataSet;
  try {
    // apart, because in a deflated file the positions of the two parts count in different arrays
    head = readPart10Header(file.bytes);
    data = parseDicom(file.bytes, {
      // the library parses what the callback returns from its start: the data set without the meta header
      inflater: (bytes, position) => inflateBounded(bytes.subarray(position), DEFLATE_LIMIT),
    });
  } catch (cause) {
    throw new SlicewiseError('FORMAT', {
      message: `${file.name} cannot be read as DICOM`,
      got: reason(cause),
      hint: 'the file is truncated or damaged, or not DICOM; copy or download it again',
      cause,
    });
  }
  if (head.string('x00020002') === DICOMDIR) return [];
  const pixels = data.elements.x7fe00010;
  const [rows, columns] = [data.uint16('x00280010'), data.uint16('x00280011')];
  if (!pixels || !rows || !columns) return [];
  const transferSyntax = head.string('x00020010')?.trim() ?? '1.2.840.10008.1.2';
  const format = pixelFormat(data, rows, columns, transferSyntax);
  const frames = data.intString('x00280008') ?? 1;
  const perFrame = data.elements.x52009230?.items;
  if (frames > 1 && perFrame?.length !== frames) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${file.name} holds ${frames} frames without positions`,
      expected: 'single-frame files, or an enhanced multi-frame object',
      hint: 'mosaics, cine loops and other old multi-frame objects have no slice geometry: convert to NIfTI first',
    });
  }
  return Array.from({ length: frames }, (_, frame) => {
    // functional groups of this frame, then the shared ones, then the top level (PS3.3 C.7.6.16)
    const groups = [perFrame?.[frame]?.dataSet, data.elements.x52009229?.items?.[0]?.dataSet];
    const lookup: Lookup = (sequence) => groups.map((group) => group?.elements[sequence]?.items?.[0]?.dataSet).find(Boolean) ?? data;
    const name = frames > 1 ? `${file.name}#${frame + 1}` : file.name;
    return { name, format, ...describe(data, lookup), frameBytes: () => frameBytes(data, pixels, frame, frames, name) };
  });
}

type Lookup = (sequence: string) => DataSet;

function describe(data: DataSet, lookup: Lookup): Omit<DicomImage, 'name' | 'format' | 'frameBytes'> {
  const position = numbers(lookup('x00209113'), 'x00200032', 3);
  const cosines = numbers(lookup('x00209116'), 'x00200037', 6);
  const measures = lookup('x00289110');
  const values = lookup('x00289145');
  const spacing = numbers(measures, 'x00280030', 2);
  const text = (tag: string) => data.string(tag)?.trim() ?? '';
  const thickness = data.floatString('x00180088') ?? measures.floatString('x00180050');
  return {
    seriesUid: text('x0020000e'),
    seriesNumber: data.intString('x00200011'),
    seriesDescription: text('x0008103e'),
    modality: text('x00080060'),
    imageType: text('x00080008').split('\\'),
    instanceUid: text('x00080018'),
    position: position as Vector | undefined,
    orientation: cosines && { along: cosines.slice(0, 3) as never, down: cosines.slice(3) as never },
    pixelSpacing: spacing as [number, number] | undefined,
    thickness,
    slope: values.floatString('x00281053') ?? 1,
    intercept: values.floatString('x00281052') ?? 0,
    rescaleType: values.string('x00281054')?.trim(),
    modalityLut: data.elements.x00283000 !== undefined,
    labels: present(data, LABELS),
    about: present(data, ABOUT),
  };
}

/** Tags that may differ between images of one place. */
const LABELS = {
  acquisition: 'x00200012',
  'temporal position': 'x00200100',
  'trigger time': 'x00181060',
  'echo time': 'x00180081',
  'b-value': 'x00189087',
};
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

function present(data: DataSet, tags: { readonly [name: string]: string }): { [name: string]: string } {
  const found = Object.entries(tags).map(([name, tag]) => [name, data.elements[tag]?.length ? data.string(tag)?.trim() : '']);
  return Object.fromEntries(found.filter(([, value]) => value));
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
  return inner instanceof Error ? inner.message : String(inner);
}

/** CommonJS inside: what `import()` gives depends on who bundled it. */
async function library(): Promise<typeof import('dicom-parser')> {
  const module = (await import('dicom-parser')) as typeof import('dicom-parser') & {
    default?: typeof import('dicom-parser');
  };
  return module.default ?? module;
}
