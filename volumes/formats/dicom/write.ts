import { SlicewiseError } from '../../../core/errors.js';
import { latticeOf, placed, shapeOf, spacingOf, type Lattice } from '../../../core/placement.js';
import { commonUnit } from '../../../core/axis.js';
import { unitRatio } from '../../../core/units.js';
import { apply3, isOrthogonal } from '../../affine.js';
import { asShown } from '../../orientation.js';
import type { NamedBytes, WriteOptions } from '../../format.js';
import { magnitudeOf, volumeData, type Units, type Volume } from '../../volume.js';
import { requireLengths } from '../support/axes-text.js';
import { decimals, newUid, part10File, sequence, text, word, type DataElement } from './elements.js';
import { KEPT } from './kept.js';
import { dicomSource, type DicomSource } from './source.js';
import { storedValues } from './stored.js';

/** CT Image Storage and MR Image Storage (PS3.4 B.5). */
const CLASSES: { readonly [modality: string]: string } = {
  CT: '1.2.840.10008.5.1.4.1.1.2',
  MR: '1.2.840.10008.5.1.4.1.1.4',
};

/**
 * A volume as a DICOM series: a file for every slice, CT or MR Image Storage, explicit VR little endian, 16 bits with one rescale slope
 * (`storedValues`). Slices are turned as they are looked at (`asShown`). A volume that was read from DICOM, or is said to come from a
 * series (`withDicomSource`), stays in its study, patient and frame of reference, with series and instances of its own and ImageType
 * DERIVED; any other gets a study of its own and no name. Complex volumes are written as magnitude; with `dtype: 'complex64'` a second
 * series has the phase in radians.
 * @param name a folder, `out/`; or `out.dcm` of a single slice
 * @throws SlicewiseError FORMAT_UNSUPPORTED for other modalities, axes that are no lengths or not at right angles; NOT_FINITE;
 *   FORMAT for several slices in one file
 */
export function writeDicom(name: string, given: Volume, { dtype }: WriteOptions): NamedBytes[] {
  const sopClass = CLASSES[given.modality];
  if (!sopClass) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: 'a DICOM series is written of CT and MR',
      expected: `modality ${Object.keys(CLASSES).join(' or ')}`,
      got: given.modality,
      hint: 'write .nii.gz, .npz or .h5',
    });
  }
  const volume = shown(given);
  const shape = shapeOf(volume);
  const folder = /[/\\]$/.test(name);
  const lattice = latticeOf(volume);
  const study = studyOf(dicomSource(volume), lattice);
  const both = dtype === 'complex64' && volume.dtype === 'complex64';
  const magnitude = { values: volumeData(magnitudeOf(volume)), units: volume.units, kind: volume.modality === 'MR' ? 'M' : 'AXIAL' };
  const parts: Part[] = both ? [magnitude, { values: phaseOf(volume), units: 'arbitrary', kind: 'P', rescaleType: 'rad' }] : [magnitude];
  if (!folder && shape[0] * parts.length > 1) {
    throw new SlicewiseError('FORMAT', {
      message: `'${name}' would be one file, and a DICOM series has one for each slice`,
      expected: 'a folder: a name that ends in /',
      got: `${shape[0] * parts.length} slices`,
      hint: `write ${name.replace(/\.\w+$/, '')}/`,
    });
  }
  return parts.flatMap((part, n) => {
    const files = seriesOf(volume, { ...part, sopClass, shape, lattice, study, number: n + 1 });
    const digits = Math.max(4, String(shape[0]).length);
    const named = (k: number): string =>
      `${name}${part.kind === 'P' ? 'phase-' : both ? 'magnitude-' : ''}${String(k + 1).padStart(digits, '0')}.dcm`;
    return files.map((bytes, k) => ({ name: folder ? named(k) : name, bytes }));
  });
}

/** What one series of the files shows. */
interface Part {
  readonly values: Float32Array;
  readonly units: Units;
  /** Third value of ImageType. */
  readonly kind: string;
  readonly rescaleType?: string;
}

interface Study {
  readonly source?: DicomSource;
  /** Patient, study and frame of reference. */
  readonly elements: readonly DataElement[];
  readonly now: readonly [date: string, time: string];
}

interface Series extends Part {
  readonly sopClass: string;
  readonly shape: readonly [number, number, number];
  readonly lattice: Lattice;
  readonly study: Study;
  /** From 1, of those that are written together. */
  readonly number: number;
}

/** Turned as it is looked at; beside the origin where it has no place. */
function shown(volume: Volume): Volume {
  const unit = commonUnit(volume.axes);
  requireLengths('DICOM', volume, volume.axes.length === 3 && unit !== undefined && unitRatio(unit, 'mm') !== undefined);
  if (!volume.placement) {
    const [i, j, k] = spacingOf(volume, 'mm').map(Math.abs);
    // left and back, as an axial slice is looked at: rows go down as they are stored
    return { ...volume, ...placed({ spacing: [i, j, k], direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] }) };
  }
  const lattice = latticeOf(volume);
  if (isOrthogonal(lattice.direction, 1e-3)) return asShown(volume);
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: 'the axes of the volume are not at right angles (sheared affine), which a DICOM series cannot say',
    expected: 'three directions at right angles',
    got: lattice.direction.map((d) => +d.toFixed(4)).join(', '),
    hint: 'write .nii.gz',
  });
}

/** Of a source its own elements; else empty ones, which the standard asks for, and UIDs that are new. */
function studyOf(source: DicomSource | undefined, { direction }: Lattice): Study {
  const stamp = new Date().toISOString().replace(/[-:]/g, '');
  const now = [stamp.slice(0, 8), stamp.slice(9, 15)] as const;
  const usual = new Map<number, string>([
    ...[0x00080050, 0x00080090, 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00180060, 0x00200010, 0x00201040].map(
      (tag) => [tag, ''] as const,
    ),
    [0x00080020, now[0]],
    [0x00080030, now[1]],
    [0x0020000d, newUid()],
    [0x00200052, newUid()],
    // on the back, head first, where the directions are those of the body; they are elsewhere unknown
    [0x00185100, direction[8] > 0.5 ? 'HFS' : ''],
  ]);
  if (!source) usual.set(0x00080005, 'ISO_IR 192');
  const elements = [...KEPT].flatMap(([tag, vr]): DataElement[] => {
    const own = source?.elements.get(tag);
    if (own && own.length > 0) return [{ tag, vr, bytes: own }];
    const value = usual.get(tag);
    return value === undefined ? [] : [text(tag, vr, value)];
  });
  return { source, elements, now };
}

/** RAS+ to DICOM's x left, y back. */
const toLps = ([x, y, z]: readonly number[]): [number, number, number] => [-x, -y, z];

function seriesOf(volume: Volume, series: Series): Uint8Array[] {
  const { values, units, kind, shape, sopClass, lattice, study, number } = series;
  const [slices, rows, columns] = shape;
  const { slope, stored } = storedValues(values, units);
  const { spacing, origin, direction } = lattice;
  const [along, down, up] = [0, 1, 2].map((c) => toLps([direction[c], direction[3 + c], direction[6 + c]]));
  const { source } = study;
  const step = (v: readonly number[], by: number): number[] => v.map((value) => value * by);
  const description = `slicewise${kind === 'P' ? ' phase' : ''}${source?.seriesDescription ? `: ${source.seriesDescription}` : ''}`;
  const { derivation } = volume.meta;
  const common: DataElement[] = [
    ...study.elements.filter(({ tag }) => (tag !== 0x00180060 || volume.modality === 'CT') && !isWindow(tag)),
    ...windowOf(series),
    text(0x00080008, 'CS', ['DERIVED', 'SECONDARY', kind]),
    text(0x00080012, 'DA', study.now[0]),
    text(0x00080013, 'TM', study.now[1]),
    text(0x00080016, 'UI', sopClass),
    text(0x00080021, 'DA', study.now[0]),
    text(0x00080023, 'DA', study.now[0]),
    text(0x00080031, 'TM', study.now[1]),
    text(0x00080033, 'TM', study.now[1]),
    text(0x00080060, 'CS', volume.modality),
    text(0x00080070, 'LO', 'slicewise'),
    { ...text(0x0008103e, 'LO', ''), bytes: asciiOf(description, 64) },
    { ...text(0x00082111, 'ST', ''), bytes: asciiOf(typeof derivation === 'string' ? derivation : 'written by slicewise', 1024) },
    ...(volume.modality === 'MR' ? MR_ELEMENTS : []),
    decimals(0x00180050, [spacing[2]]),
    decimals(0x00180088, [spacing[2]]),
    text(0x0020000e, 'UI', newUid()),
    text(0x00200011, 'IS', String(100 * (source?.seriesNumber ?? 0) + number)),
    text(0x00200012, 'IS', '1'),
    decimals(0x00200037, [...along, ...down]),
    word(0x00280002, 'US', 1),
    text(0x00280004, 'CS', 'MONOCHROME2'),
    word(0x00280010, 'US', rows),
    word(0x00280011, 'US', columns),
    decimals(0x00280030, [spacing[1], spacing[0]]),
    word(0x00280100, 'US', 16),
    word(0x00280101, 'US', 16),
    word(0x00280102, 'US', 15),
    word(0x00280103, 'US', 1),
    decimals(0x00281052, [0]),
    decimals(0x00281053, [slope]),
    text(0x00281054, 'LO', series.rescaleType ?? (units === 'HU' ? 'HU' : units === '1/mm' ? '1/mm' : 'US')),
    text(0x00282110, 'CS', '00'),
  ];
  return Array.from({ length: slices }, (_, k) => {
    const instance = newUid();
    const offset = apply3(direction, [0, 0, k * spacing[2]]);
    const position = toLps(origin.map((value, n) => value + offset[n]));
    const pixels = stored.subarray(k * rows * columns, (k + 1) * rows * columns);
    return part10File(sopClass, instance, [
      ...common,
      text(0x00080018, 'UI', instance),
      text(0x00200013, 'IS', String(k + 1)),
      decimals(0x00200032, position),
      decimals(0x00201041, [position.reduce((sum, value, n) => sum + value * up[n], 0)]),
      ...sourceImage(source, position, step(up, spacing[2] / 2)),
      { tag: 0x7fe00010, vr: 'OW', bytes: littleEndian(pixels) },
    ]);
  });
}

/** What MR Image Storage asks for and a reconstruction does not know: research mode, nothing said of the sequence (PS3.3 C.8.3.1). */
const MR_ELEMENTS: readonly DataElement[] = [
  text(0x00180020, 'CS', 'RM'),
  text(0x00180021, 'CS', 'NONE'),
  text(0x00180022, 'CS', ''),
  text(0x00180023, 'CS', ''),
  text(0x00180080, 'DS', ''),
  text(0x00180081, 'DS', ''),
  text(0x00180091, 'IS', ''),
];

const isWindow = (tag: number): boolean => tag === 0x00281050 || tag === 0x00281051;

/** The source's window for HU; else soft tissue for HU, and for others the 1st to the 99th percentile. */
function windowOf({ values, units, study, kind }: Series): DataElement[] {
  const own = study.elements.filter(({ tag }) => isWindow(tag));
  if (units === 'HU') return own.length === 2 ? own : [decimals(0x00281050, [40]), decimals(0x00281051, [400])];
  if (kind === 'P') return [decimals(0x00281050, [0]), decimals(0x00281051, [6.2832])];
  const every = Math.max(1, Math.floor(values.length / 20_000));
  const sample = Float32Array.from({ length: Math.ceil(values.length / every) }, (_, n) => values[n * every]).sort();
  const [low, high] = [0.01, 0.99].map((part) => sample[Math.floor(part * (sample.length - 1))]);
  const width = Math.max(high - low, Number.MIN_VALUE * 2 ** 60);
  return [decimals(0x00281050, [Number(((low + high) / 2).toPrecision(6))]), decimals(0x00281051, [Number(width.toPrecision(6))])];
}

/** The image of the source that lies in the same place, within half a slice along the normal. */
function sourceImage(source: DicomSource | undefined, position: readonly number[], half: readonly number[]): DataElement[] {
  const reach = Math.hypot(...half);
  const apart = (image: { readonly position: readonly number[] }): number =>
    Math.abs(image.position.reduce((sum, value, n) => sum + ((value - position[n]) * half[n]) / reach, 0));
  const nearest = source?.images.reduce((best, image) => (apart(image) < apart(best) ? image : best), source.images[0]);
  if (!nearest || !(apart(nearest) < reach)) return [];
  // Source Image Sequence, its purpose 'source image for image processing operation' (PS3.16, 121322)
  const purpose = [text(0x00080100, 'SH', '121322'), text(0x00080102, 'SH', 'DCM')];
  const item = [
    text(0x00081150, 'UI', nearest.sopClass),
    text(0x00081155, 'UI', nearest.instance),
    sequence(0x0040a170, [[...purpose, text(0x00080104, 'LO', 'Source image for image processing operation')]]),
  ];
  return [sequence(0x00082112, [item])];
}

/** Our own words in any character set. */
const asciiOf = (value: string, most: number): Uint8Array =>
  new TextEncoder().encode(value.replace(/[^\x20-\x7e]|\\/g, '_').slice(0, most));

function littleEndian(values: Int16Array): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  for (let n = 0; n < values.length; n++) view.setInt16(2 * n, values[n], true);
  return bytes;
}

/** Radians, −π … π. */
function phaseOf({ data }: Volume): Float32Array {
  return Float32Array.from({ length: data.length / 2 }, (_, n) => Math.atan2(data[2 * n + 1], data[2 * n]));
}
