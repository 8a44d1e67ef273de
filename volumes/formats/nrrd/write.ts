import { gzipSync } from 'fflate';
import { commonUnit } from '../../../core/axis.js';
import { affineOf, shapeOf, spacingOf } from '../../../core/placement.js';
import { unitRatio } from '../../../core/units.js';
import type { NamedBytes, WriteOptions } from '../../format.js';
import { bothParts, magnitudeOf, volumeData, type Volume } from '../../volume.js';
import { requireLengths } from '../support/axes-text.js';
import { toInt16 } from '../support/int16.js';
import { littleEndianBytes } from '../support/samples.js';

/**
 * An NRRD file: header and numbers (gzip) in one `.nrrd`, or `.nhdr` with `.raw` beside it; space LPS as ITK and Slicer write it. float32
 * (of complex volumes the magnitude), with `dtype: 'int16'` rounded, with 'complex64' both parts on an axis of kind complex. Units and
 * modality stand in key/value pairs of our own.
 * @throws SlicewiseError FORMAT_UNSUPPORTED for axes that are no lengths, ARGUMENT or NOT_FINITE where values do not fit int16
 */
export function writeNrrd(name: string, volume: Volume, { dtype = 'float32' }: WriteOptions): NamedBytes[] {
  const unit = commonUnit(volume.axes);
  requireLengths('NRRD', volume, volume.axes.length === 3 && unit !== undefined && unitRatio(unit, 'mm') !== undefined);
  const [nk, nj, ni] = shapeOf(volume);
  const both = dtype === 'complex64';
  const samples = both ? bothParts(volume) : dtype === 'int16' ? toInt16(volumeData(magnitudeOf(volume))) : volumeData(magnitudeOf(volume));
  const detached = /\.nhdr$/i.test(name);
  const raw = name.replace(/\.nhdr$/i, '.raw');
  const axes = (own: readonly string[], none: string): string => [...(both ? [none] : []), ...own].join(' ');
  const lines = [
    'NRRD0004',
    '# Complete NRRD file format specification at: http://teem.sourceforge.net/nrrd/format.html',
    `type: ${dtype === 'int16' ? 'short' : 'float'}`,
    `dimension: ${both ? 4 : 3}`,
    `sizes: ${axes([ni, nj, nk].map(String), '2')}`,
    ...(volume.placement ? placeLines(volume, axes) : lengthLines(volume, axes)),
    `kinds: ${axes(['domain', 'domain', 'domain'], 'complex')}`,
    'endian: little',
    `encoding: ${detached ? 'raw' : 'gzip'}`,
    ...(detached ? [`data file: ${raw.slice(raw.lastIndexOf('/') + 1)}`] : []),
    `slicewise units:=${volume.units}`,
    `slicewise modality:=${volume.modality}`,
  ];
  const head = new TextEncoder().encode(`${lines.join('\n')}\n\n`);
  const body = littleEndianBytes(samples);
  if (detached)
    return [
      { name, bytes: head },
      { name: raw, bytes: body },
    ];
  const packed = gzipSync(body, { level: 6, mtime: 0 });
  const bytes = new Uint8Array(head.length + packed.length);
  bytes.set(head);
  bytes.set(packed, head.length);
  return [{ name, bytes }];
}

type AxisWords = (own: readonly string[], none: string) => string;

/** LPS, mm. */
function placeLines(volume: Volume, axes: AxisWords): string[] {
  const a = affineOf(volume);
  const vector = (c: number): string => `(${[-a[c], -a[4 + c], a[8 + c]].map(number).join(',')})`;
  return [
    'space: left-posterior-superior',
    `space directions: ${axes([0, 1, 2].map(vector), 'none')}`,
    'space units: "mm" "mm" "mm"',
    `space origin: ${vector(3)}`,
  ];
}

const lengthLines = (volume: Volume, axes: AxisWords): string[] => [
  `spacings: ${axes(
    spacingOf(volume, 'mm').map((mm) => number(Math.abs(mm))),
    'NaN',
  )}`,
  `units: ${axes(['"mm"', '"mm"', '"mm"'], '""')}`,
];

const number = (value: number): string => String(Object.is(value, -0) ? 0 : value);
