import { commonUnit } from '../../../core/axis.js';
import { SlicewiseError } from '../../../core/errors.js';
import { latticeOf, shapeOf, spacingOf } from '../../../core/placement.js';
import { unitRatio } from '../../../core/units.js';
import type { NamedBytes, WriteOptions } from '../../format.js';
import { magnitudeOf, volumeData, type Volume } from '../../volume.js';
import { requireLengths } from '../support/axes-text.js';
import { toInt16 } from '../support/int16.js';
import { flipXy, flipXyRows } from '../support/lps.js';
import { littleEndianBytes } from '../support/samples.js';
import { typeNamed } from './header.js';

/**
 * A MetaImage, little endian, not compressed: header and numbers in one `.mha`, or `.mhd` with `.raw` beside it. float32 (of complex
 * volumes the magnitude) or, with `dtype: 'int16'`, rounded. Units and modality stand in fields of our own, which ITK carries along.
 * @throws SlicewiseError FORMAT_UNSUPPORTED for complex numbers and axes that are no lengths, ARGUMENT or NOT_FINITE where values do not
 *   fit int16
 */
export function writeMetaImage(name: string, volume: Volume, { dtype = 'float32' }: WriteOptions): NamedBytes[] {
  if (dtype === 'complex64') {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: 'a MetaImage holds real numbers',
      expected: 'a magnitude',
      got: 'complex numbers',
      hint: 'write .nrrd, .nii.gz, .npz or .h5',
    });
  }
  const unit = commonUnit(volume.axes);
  requireLengths('MetaImage', volume, volume.axes.length === 3 && unit !== undefined && unitRatio(unit, 'mm') !== undefined);
  const [nk, nj, ni] = shapeOf(volume);
  const values = volumeData(magnitudeOf(volume));
  const samples = dtype === 'int16' ? toInt16(values) : values;
  const { placement } = volume;
  const spacing = placement ? latticeOf(volume).spacing : spacingOf(volume, 'mm').map(Math.abs);
  const detached = /\.mhd$/i.test(name);
  const raw = name.replace(/\.mhd$/i, '.raw');
  const lps = placement && flipXyRows(placement.direction);
  const lines = [
    ['ObjectType', 'Image'],
    ['NDims', '3'],
    ['BinaryData', 'True'],
    ['BinaryDataByteOrderMSB', 'False'],
    ['CompressedData', 'False'],
    ...(placement && lps
      ? [
          ['TransformMatrix', [0, 1, 2].flatMap((c) => [0, 1, 2].map((r) => number(lps[3 * r + c]))).join(' ')],
          ['Offset', flipXy(placement.origin).map(number).join(' ')],
          ['CenterOfRotation', '0 0 0'],
        ]
      : []),
    ['ElementSpacing', spacing.map(number).join(' ')],
    ['DimSize', `${ni} ${nj} ${nk}`],
    ['SlicewiseUnits', volume.units],
    ['SlicewiseModality', volume.modality],
    ['ElementType', typeNamed(dtype)],
    ['ElementDataFile', detached ? raw.slice(raw.lastIndexOf('/') + 1) : 'LOCAL'],
  ];
  const head = new TextEncoder().encode(lines.map(([key, value]) => `${key} = ${value}\n`).join(''));
  const body = littleEndianBytes(samples);
  if (detached)
    return [
      { name, bytes: head },
      { name: raw, bytes: body },
    ];
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return [{ name, bytes }];
}

const number = (value: number): string => String(Object.is(value, -0) ? 0 : value);
