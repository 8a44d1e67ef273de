import { SlicewiseError } from '../../../core/errors.js';
import { centredFft } from '../../../core/fft.js';
import type { MeasurementFormat, NamedBytes } from '../../format.js';
import type { ArrayData } from '../../../core/array.js';
import type { Measurement } from '../../measurement.js';
import { kspaceMeasurement } from '../../kinds/kspace/assemble.js';
import type { KspaceShape } from '../../kinds/kspace/mask.js';
import { CARTESIAN } from '../../kinds/kspace/schema.js';
import type { ScanOptions } from '../../scan-options.js';
import { trajectoryPoints } from '../../kinds/trajectory/array.js';
import { trajectoryMeasurement } from '../../kinds/trajectory/assemble.js';
import { readTrajectoryFile } from '../../kinds/trajectory/file.js';
import { plainTrajectory } from '../../kinds/trajectory/plain.js';
import { BART, imagesOfDims, isCflHeader, readCfl, requireOnly, selectDims, writeCfl } from './cfl.js';

/**
 * k-space as BART has it: readout, phase 1, phase 2, coil, and slices as dimension 13; centred, as `bart fft -u` makes it. With a second
 * phase direction the readout is transformed and becomes the slices (rows: phase 1, columns: phase 2). With a trajectory
 * (`ScanOptions.trajectory`): samples along dimension 1, readouts along 2, as for `bart nufft` and `pics -t`.
 */
export const bart: MeasurementFormat = {
  name: 'BART',
  extensions: ['.cfl', '.hdr'],
  maxFiles: 2,
  sniff: ({ name, bytes }) => /\.cfl$/i.test(name) || isCflHeader(bytes),
  read: async (files, options: ScanOptions) =>
    options.trajectory === undefined ? readBart(files, options) : readBartSamples(files, options),
  images: (files, options: ScanOptions) => Promise.resolve(imagesOfDims(readCfl(files).dims, options.select, files[0].name)),
};

function readBart(files: readonly NamedBytes[], options: ScanOptions): Measurement {
  const name = files[0].name;
  const { data, dims } = selectDims(readCfl(files), options.select, name);
  requireOnly(dims, [BART.read, BART.phase1, BART.phase2, BART.coil, BART.slice], name, 'k-space', true);
  const [nx, ny, nz, coils] = [0, 1, 2, 3].map((n) => dims[n] ?? 1);
  const slices = dims[BART.slice] ?? 1;
  const common = {
    place: options.spacing ? { spacing: options.spacing } : {},
    zeroCoils: options.zeroCoils,
    meta: { source: name, format: 'BART', warnings: [] as string[] },
  };
  if (nx === 1 && nz > 1) {
    common.meta.warnings.push(
      'one sample along the readout: taken as two phase directions; samples along a trajectory need it (--trajectory)',
    );
  }
  if (nz === 1) return kspaceMeasurement({ ...common, data, shape: [slices, coils, ny, nx], readout: 'kx' });
  if (slices > 1) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name} holds several slabs of a 3-D encoding`,
      expected: 'phase 2 or slices',
      got: `phase 2: ${nz}, slices: ${slices}`,
      hint: nx === 1 ? 'samples along a trajectory need it: --trajectory traj.cfl' : '',
    });
  }
  // C order is [coil, phase 2, phase 1, readout]; wanted [readout, coil, phase 1, phase 2]
  const shape: KspaceShape = [nx, coils, ny, nz];
  const out = new Float32Array(data.length);
  for (let c = 0, at = 0; c < coils; c++)
    for (let z = 0; z < nz; z++)
      for (let y = 0; y < ny; y++)
        for (let x = 0; x < nx; x++, at += 2) {
          const to = 2 * (((x * coils + c) * ny + y) * nz + z);
          out[to] = data[at];
          out[to + 1] = data[at + 1];
        }
  centredFft(out, shape, 0, 'inverse');
  return kspaceMeasurement({ ...common, data: out, shape, readout: 'slice' });
}

/**
 * Samples [1, sample, readout, coil] and slices along a trajectory in units of 1/FOV, kx along BART's first dimension, which becomes the
 * columns.
 */
async function readBartSamples(files: readonly NamedBytes[], options: ScanOptions): Promise<Measurement> {
  const { trajectory } = options;
  const name = files[0].name;
  const { data, dims } = selectDims(readCfl(files), options.select, name);
  if (dims[BART.read] > 1) {
    throw new SlicewiseError('SHAPE', {
      message: `${name} is no k-space along a trajectory as BART has it`,
      expected: '1 along dimension 0, samples along 1, readouts along 2, coils along 3',
      got: dims.join('×'),
      hint: 'were the files of the k-space and of the trajectory swapped? Else put the samples along dimension 1 with bart reshape',
    });
  }
  requireOnly(dims, [BART.phase1, BART.phase2, BART.coil, BART.slice], name, 'k-space along a trajectory', true);
  const [, samples = 1, readouts = 1, coils = 1] = dims;
  const slices = dims[BART.slice] ?? 1;
  if (trajectory === undefined || typeof trajectory === 'string') {
    throw new SlicewiseError('ARGUMENT', {
      message: `the trajectory of ${name}`,
      expected: 'a file: --trajectory traj.cfl',
      got: `'${trajectory}'`,
    });
  }
  const array = await readTrajectoryFile(trajectory);
  const warnings: string[] = [];
  // C order is [slice, coil, readout, sample]
  return trajectoryMeasurement({
    ...plainTrajectory(trajectoryPoints(array, { readouts, samples }, options.trajectoryOrder), options, slices, array.name, warnings),
    data,
    shape: [slices, coils, readouts * samples],
    readouts,
    place: options.spacing ? { spacing: options.spacing } : {},
    zeroCoils: options.zeroCoils,
    meta: { source: name, format: 'BART', warnings },
  });
}

/** A measurement's k-space for BART; 3-D encodings as slices that BART takes one by one. Two files. */
export function writeBart(name: string, { data, shape, kind }: Measurement): NamedBytes[] {
  if (kind !== CARTESIAN) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'BART files hold k-space',
      expected: CARTESIAN,
      got: kind,
    });
  }
  const [slices, coils, ny, nx] = shape;
  return writeCfl(name, data, bartDims(slices, coils, ny, nx));
}

/** Coil maps or any complex array [slice, coil, row, column] for BART. Two files. */
export function writeBartArray(name: string, { data, shape }: ArrayData): NamedBytes[] {
  const [slices, coils, rows, columns] = [...new Array<number>(4 - shape.length).fill(1), ...shape];
  return writeCfl(name, data, bartDims(slices, coils, rows, columns));
}

const bartDims = (slices: number, coils: number, rows: number, columns: number): number[] => [
  columns,
  rows,
  1,
  coils,
  ...new Array<number>(9).fill(1),
  slices,
];

/**
 * Coil maps [slice, coil, y, x] as `bart ecalib` and `caldir` write them; of several sets the first, with a warning. For 3-D maps the
 * readout is the
 * slices.
 */
export function readBartMaps(files: readonly NamedBytes[], warn: (message: string) => void): ArrayData {
  const { data, dims } = readCfl(files);
  requireOnly(dims, [0, 1, 2, 3, BART.maps, BART.slice], files[0].name, 'coil maps');
  const [nx, ny, nz, coils, sets] = [0, 1, 2, 3, 4].map((n) => dims[n] ?? 1);
  const slices = dims[BART.slice] ?? 1;
  if (sets > 1) warn(`${files[0].name} holds ${sets} sets of maps: the first is used`);
  const volume = nz > 1;
  const shape = volume ? [nx, coils, ny, nz] : [slices, coils, ny, nx];
  const out = new Float32Array(2 * shape[0] * shape[1] * shape[2] * shape[3]);
  for (let s = 0; s < slices; s++)
    for (let c = 0; c < coils; c++)
      for (let z = 0; z < nz; z++)
        for (let y = 0; y < ny; y++)
          for (let x = 0; x < nx; x++) {
            const from = 2 * ((((s * sets * coils + c) * nz + z) * ny + y) * nx + x);
            const to = 2 * (volume ? ((x * coils + c) * ny + y) * nz + z : ((s * coils + c) * ny + y) * nx + x);
            out[to] = data[from];
            out[to + 1] = data[from + 1];
          }
  return { data: out, shape, dtype: 'complex64' };
}
