import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { commonUnit } from '../../../core/axis.js';
import { requireLengths } from '../support/axes-text.js';
import { placed, shapeOf } from '../../../core/placement.js';
import { bothParts, makeComplexVolume, magnitudeOf, makeVolume, type Volume } from '../../volume.js';
import { BART, isCflHeader, readCfl, requireOnly, writeCfl } from './cfl.js';

/**
 * Images as BART has them, always complex: columns, rows, and slices as dimension 13, where the slices of its k-space are (bart.ts), or as
 * dimension 2, as the blocks that 3-D reconstructions give. Written with slices as dimension 13. Neither place nor voxel size can be
 * stored.
 */
export const bartImage: VolumeFormat = {
  name: 'BART',
  extensions: ['.cfl'],
  maxFiles: 2,
  keeps: ['complex'],
  sniff: ({ name, bytes }) => /\.cfl$/i.test(name) || isCflHeader(bytes),
  read: async (files, options) => readBartImage(files, options),
  writeFiles: writeBartImage,
};

/**
 * Shape [slice, row, column] around the origin, voxels of `options.spacing` or 1 mm.
 * @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED (coils or other dimensions; imaginary parts without `complex`)
 */
function readBartImage(files: readonly NamedBytes[], options: ReadOptions): Volume {
  const { data, dims } = readCfl(files);
  const source = files[0].name;
  requireOnly(dims, [BART.read, BART.phase1, BART.phase2, BART.slice], source, 'an image');
  const [columns, rows, block] = [0, 1, 2].map((n) => dims[n] ?? 1);
  const slices = dims[BART.slice] ?? 1;
  if (block > 1 && slices > 1) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${source} holds several blocks of slices`,
      expected: 'slices along dimension 2 or 13',
      got: `${block} and ${slices}`,
      hint: 'take one: bart slice 13 0 IN OUT',
    });
  }
  const imaginary = data.some((value, n) => n % 2 === 1 && value !== 0);
  if (imaginary && !options.complex) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${source} holds complex numbers`,
      expected: 'real numbers',
      got: 'complex64',
      hint: "read their magnitude (complex: 'magnitude', --complex magnitude) or both parts ('keep')",
    });
  }
  const spacing = options.spacing ?? ([1, 1, 1] as const);
  const shape = [block * slices, rows, columns] as const;
  const volume = makeComplexVolume(data, shape, {
    ...placed({
      spacing,
      origin: [columns, rows, shape[0]].map((n, a) => -Math.floor(n / 2) * spacing[a]) as [number, number, number],
    }),
    units: options.units ?? 'arbitrary',
    modality: options.modality ?? 'MR',
    meta: {
      source,
      format: 'BART',
      storedType: 'complex64',
      warnings: options.spacing ? [] : ['the file has no voxel size: 1 mm assumed'],
    },
  });
  if (imaginary) return options.complex === 'keep' ? volume : magnitudeOf(volume);
  const real = data.filter((_, n) => n % 2 === 0);
  return makeVolume(real, shape, { ...volume, dtype: 'float32' });
}

function writeBartImage(name: string, volume: Volume): NamedBytes[] {
  const [slices, rows, columns] = shapeOf(volume);
  requireLengths('BART', volume, volume.placement !== undefined || commonUnit(volume.axes) !== undefined);
  return writeCfl(name, bothParts(volume), [columns, rows, ...new Array<number>(BART.slice - 2).fill(1), slices]);
}
