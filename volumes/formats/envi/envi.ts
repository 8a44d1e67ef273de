import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { makeComplexVolume, magnitudeOf, makeVolume, type Volume } from '../../volume.js';
import { summariseValues, valueWarnings } from '../support/samples.js';
import { bandsOf } from './bands.js';
import { decodeData } from './data.js';
import { bothFiles, dataBeside, headerStem } from './find.js';
import { entriesOf, isEnviHeader, parseEnviHeader } from './header.js';
import { misspellings } from './keys.js';
import { dataBytes, layoutOf, type EnviLayout } from './layout.js';
import { pixelAxes } from './map.js';
import { isOtherHeader, refuseOther } from './other-headers.js';
import { writeEnvi, type StoredEnvi } from './write.js';

/**
 * Spectral cubes as ENVI has them: a text header and the raw numbers beside it, band sequential (BSQ) or interleaved by line (BIL) or
 * pixel (BIP), any type, either byte order. Volumes are [band, line, sample], whatever the interleave, the bands in the order of the
 * file. `meta.bands` has names, widths, bad bands and the value for no data; `meta.envi` keeps header and layout for a faithful
 * write-back. Source: ENVI documentation, "ENVI Header Files".
 */
export const envi: VolumeFormat = {
  name: 'ENVI',
  extensions: ['.hdr', '.bsq', '.bil', '.bip', '.raw', '.dat'],
  maxFiles: 2,
  sniff: (file) => isEnviHeader(file.bytes) || isOtherHeader(file),
  companions: (file, others) => (isEnviHeader(file.bytes) ? [dataBeside(file, others)].flatMap((data) => data ?? []) : []),
  read: async (files, options) => readEnvi(files, options),
  writeFiles: writeEnvi,
  keeps: ['axes', 'modality'],
  examples: () => [exampleCube()],
};

/** Three bands of unequal distance; lines and samples are counted, as the header's own. */
function exampleCube(): Volume {
  const axes = [
    { name: 'band', unit: 'nm', coordinates: [402.5, 411.25, 430] },
    { name: 'line', unit: '', step: 1 },
    { name: 'sample', unit: '', step: 1 },
  ];
  const data = Float32Array.from({ length: 24 }, (_, n) => n / 7);
  return makeVolume(data, [3, 2, 4], { axes, modality: 'hyperspectral' });
}

/**
 * @throws SlicewiseError FORMAT (header damaged, data missing or short), FORMAT_UNSUPPORTED (Esri headers, spectral libraries,
 *   complex numbers without `complex`)
 */
function readEnvi(files: readonly NamedBytes[], options: ReadOptions): Volume {
  if (!files.some((file) => isEnviHeader(file.bytes))) refuseOther(files);
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const { header: headerFile, data: dataFile } = filesOf(files, warn);
  const header = parseEnviHeader(headerFile, warn);
  const entries = entriesOf(header);
  const layout = layoutOf(entries, headerFile.name, warn);
  requireBytes(layout, dataFile, headerFile.name, warn);
  if (layout.complex && !options.complex) throw complexRefused(dataFile.name);
  const bands = bandsOf(entries, layout, headerFile.name, warn);
  misspellings(entries, headerFile.name).forEach(warn);
  const data = decodeData(dataFile.bytes, layout, bands);
  const values = summariseValues(data);
  valueWarnings(values, layout.type).forEach(warn);
  const shape = [layout.bands, layout.lines, layout.samples];
  const stored: StoredEnvi = { header, layout, ending: dataFile.name.slice(headerStem(headerFile.name).length) };
  const make = layout.complex ? makeComplexVolume : makeVolume;
  const volume = make(data, shape, {
    axes: [bands.axis, ...pixelAxes(entries.get('map info'))],
    units: options.units ?? (bands.reflectance ? 'reflectance' : 'arbitrary'),
    modality: options.modality ?? 'hyperspectral',
    meta: {
      source: headerFile.name,
      format: `ENVI, ${layout.interleave.toUpperCase()}`,
      storedType: layout.complex ? `complex ${layout.type}` : layout.type,
      valueRange: [values.min, values.max],
      bands: bands.meta,
      envi: stored,
      warnings,
    },
  });
  return options.complex === 'magnitude' ? magnitudeOf(volume) : volume;
}

/** A spectral library and its like are told as what they are, data beside them or not. */
function filesOf(files: readonly NamedBytes[], warn: (message: string) => void): { header: NamedBytes; data: NamedBytes } {
  const header = files.find((file) => isEnviHeader(file.bytes));
  if (header && !dataBeside(header, files)) layoutOf(entriesOf(parseEnviHeader(header, warn)), header.name, warn);
  return bothFiles(files);
}

/** As many bytes as the header says: fewer are no image, more are told. */
function requireBytes(layout: EnviLayout, { name, bytes }: NamedBytes, header: string, warn: (message: string) => void): void {
  const wanted = layout.offset + dataBytes(layout);
  const surplus = bytes.length - wanted;
  const { bands, lines, samples, type, offset } = layout;
  if (surplus < 0) {
    throw new SlicewiseError('FORMAT', {
      message: `${name} ends before its image does`,
      expected: `${wanted} bytes for ${bands} bands × ${lines} lines × ${samples} samples of ${type} from byte ${offset}`,
      got: `${bytes.length} bytes`,
      hint: 'the file is truncated, or the header is of another image',
    });
  }
  if (surplus > 0) {
    const from = offset === 0 ? `the front; a header offset of ${surplus} would also fit` : `its header offset on`;
    warn(`${name} has ${surplus} bytes more than ${header} says: read from ${from}`);
  }
}

const complexRefused = (name: string): SlicewiseError =>
  new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${name} holds complex numbers`,
    expected: 'real numbers',
    got: 'complex numbers',
    hint: "read their magnitude (complex: 'magnitude', --complex magnitude) or both parts ('keep')",
  });
