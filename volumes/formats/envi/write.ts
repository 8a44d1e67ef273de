import type { Axis } from '../../../core/axis.js';
import { SlicewiseError } from '../../../core/errors.js';
import { bandMetaOf, isBandAxis } from '../../bands.js';
import type { NamedBytes, WriteOptions } from '../../format.js';
import { alongAxis } from '../../permute.js';
import { shapeOf } from '../../../core/placement.js';
import { bothParts, magnitudeOf, type Volume } from '../../volume.js';
import { bandsOf, type EnviBands } from './bands.js';
import { encodeData } from './data.js';
import { headerStem } from './find.js';
import { entriesOf, listOf, listText, withEntries, writeEnviHeader, type EnviHeader } from './header.js';
import { ENVI_TYPES, type EnviLayout, type Interleave } from './layout.js';

/** What a volume that was read keeps of its file: `meta.envi`, plain JSON. */
export interface StoredEnvi {
  readonly header: EnviHeader;
  readonly layout: EnviLayout;
  /** What the name of the data file ended in: `.img`, or nothing. */
  readonly ending: string;
}

/** Lists of the header with an entry for each band. */
const PER_BAND = ['wavelength', 'fwhm', 'bbl', 'band names', 'data gain values', 'data offset values', 'default bands'];

/**
 * Header and data of a cube. One that came from an ENVI file goes back as it came: type, interleave, byte order, gains, and every key
 * of its header; whole numbers are rounded, and where the type cannot hold the values they are written as float32 in the same units
 * as stored. Others are float32, BSQ, little endian. The name that was asked for comes first; `.bsq`, `.bil`, `.bip` choose the
 * interleave.
 * @throws SlicewiseError ARGUMENT where `dtype: 'int16'` cannot hold the values, SHAPE for other than three axes
 */
export function writeEnvi(name: string, given: Volume, { dtype }: WriteOptions): NamedBytes[] {
  const volume = bandsFirst(dtype === 'complex64' ? given : magnitudeOf(given));
  const [bands, lines, samples] = shapeOf(volume);
  const complex = volume.dtype === 'complex64';
  const { header, layout: old, ending } = (volume.meta.envi ?? {}) as Partial<StoredEnvi>;
  const stored = header && old ? { header, old } : undefined;
  const sameBands = stored?.old.bands === bands;
  const interleave = /\.(bsq|bil|bip)$/i.exec(name)?.[1].toLowerCase() as Interleave | undefined;
  const own = stored && dtype === undefined && !complex && !old?.complex ? stored.old.typeCode : undefined;
  const typeCode = complex ? (old?.complex ? old.typeCode : 6) : (own ?? (dtype === 'int16' ? 2 : 4));
  const layout: EnviLayout = {
    ...{ samples, lines, bands, offset: 0, typeCode, complex: false },
    ...ENVI_TYPES[typeCode],
    interleave: interleave ?? old?.interleave ?? 'bsq',
    littleEndian: old?.littleEndian ?? true,
  };
  const kept = stored ? keptHeader(stored.header, volume, sameBands) : newHeader(volume);
  const calibration = stored && sameBands ? calibrationOf(stored.header, layout) : {};
  const noData = bandMetaOf(volume.meta).noData;
  const values = complex ? bothParts(volume) : volume.data;
  const numbers = { ...calibration, noData };
  const bytes = encodeData(values, layout, numbers);
  const encoded = bytes ? { layout, bytes } : asFloat32(values, layout, numbers, dtype);
  const written = withEntries(kept, {
    samples: `${samples}`,
    lines: `${lines}`,
    bands: `${bands}`,
    'header offset': '0',
    'file type': fileType(kept),
    'data type': `${encoded.layout.typeCode}`,
    interleave: encoded.layout.interleave,
    'byte order': encoded.layout.littleEndian ? '0' : '1',
  });
  const stem = name.replace(/\.(hdr|bsq|bil|bip|raw|dat)$/i, '');
  const dataName = /\.hdr$/i.test(name) ? headerStem(name) + (ending || '.dat') : name;
  const files = [
    { name: `${stem}.hdr`, bytes: writeEnviHeader(written) },
    { name: dataName, bytes: encoded.bytes },
  ];
  return /\.hdr$/i.test(name) ? files : files.reverse();
}

/** The axis of the bands first; without one the slices are the bands. */
function bandsFirst(volume: Volume): Volume {
  const bands = volume.axes.findIndex(isBandAxis);
  return bands > 0 ? alongAxis(volume, bands).volume : volume;
}

/** The header as it was, with the wavelengths of the volume where they are others, and without lists that no longer fit. */
function keptHeader(header: EnviHeader, volume: Volume, sameBands: boolean): EnviHeader {
  const entries = entriesOf(header);
  const stale = sameBands ? [] : PER_BAND.filter((key) => entries.has(key));
  const without = withEntries(header, Object.fromEntries(stale.map((key) => [key, undefined])));
  const [axis] = volume.axes;
  const text = entries.get('wavelength');
  const before = text !== undefined && sameBands ? listOf(text).map(Number) : [];
  const same = 'coordinates' in axis && axis.coordinates.every((value, n) => value === before[n]);
  return same ? without : withEntries(without, spectralKeys(axis));
}

function newHeader(volume: Volume): EnviHeader {
  const { names, fwhm, bad, noData } = bandMetaOf(volume.meta);
  const bands = volume.shape[0];
  const header: EnviHeader = { encoding: 'utf-8', lines: [{ key: 'description', value: '{written by slicewise}' }] };
  return withEntries(header, {
    ...spectralKeys(volume.axes[0]),
    fwhm: fwhm?.length === bands ? listText(fwhm) : undefined,
    bbl: bad && listText(Array.from({ length: bands }, (_, band) => (bad.includes(band) ? 0 : 1))),
    'band names': names?.length === bands ? listText(names.map((text) => text.replace(/[{},\r\n]/g, ' '))) : undefined,
    'data ignore value': noData === undefined ? undefined : String(noData),
  });
}

const ENVI_UNITS: { readonly [unit: string]: string } = {
  nm: 'Nanometers',
  µm: 'Micrometers',
  mm: 'Millimeters',
  cm: 'Centimeters',
  m: 'Meters',
  '1/cm': 'Wavenumber',
  GHz: 'GHz',
  MHz: 'MHz',
  Å: 'Angstroms',
};

const spectralKeys = (axis: Axis): { [key: string]: string } =>
  'coordinates' in axis ? { 'wavelength units': ENVI_UNITS[axis.unit] ?? 'Unknown', wavelength: listText(axis.coordinates) } : {};

/** Gains of the kept header, so that numbers go back into the units in which they were stored. */
function calibrationOf(header: EnviHeader, layout: EnviLayout): Pick<EnviBands, 'gains' | 'offsets'> {
  const { gains, offsets } = bandsOf(entriesOf(header), layout, '', () => undefined);
  return { gains, offsets };
}

/** What the type cannot hold. @throws SlicewiseError ARGUMENT where it was asked for */
function asFloat32(
  values: Float32Array,
  layout: EnviLayout,
  calibration: Pick<EnviBands, 'gains' | 'offsets' | 'noData'>,
  dtype: WriteOptions['dtype'],
): { layout: EnviLayout; bytes: Uint8Array } {
  if (dtype === 'int16') {
    throw new SlicewiseError('ARGUMENT', {
      message: 'the values do not fit int16',
      expected: 'numbers from -32768 to 32767',
      got: 'larger ones, or NaN',
      hint: 'write float32',
    });
  }
  const wide: EnviLayout = { ...layout, typeCode: 4, type: 'float32' };
  return { layout: wide, bytes: encodeData(values, wide, calibration)! };
}

const fileType = (header: EnviHeader): string => {
  const kept = entriesOf(header).get('file type');
  return kept?.startsWith('ENVI') ? kept : 'ENVI Standard';
};
