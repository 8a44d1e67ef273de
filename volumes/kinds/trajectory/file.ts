import { SlicewiseError } from '../../../core/errors.js';
import { arrayFormats, readArray, type ArrayFormat } from '../../array-formats.js';
import type { NamedBytes } from '../../format.js';
import { BART, isCflHeader, readCfl, requireOnly } from '../../formats/bart/cfl.js';
import type { ArrayInfo } from '../../raw-array.js';
import type { TrajectoryArray } from './array.js';

/** Names that trajectories have in a file beside their samples. */
const NAMES = /(^|[./])(trajectory|traj|ktraj|coords?)$/i;

/** The array that is called a trajectory. */
export const trajectoryEntry = (list: readonly ArrayInfo[]): ArrayInfo | undefined => {
  const found = list.filter(({ path, numeric }) => numeric && NAMES.test(path));
  return found.length === 1 ? found[0] : undefined;
};

/**
 * A trajectory in a file of its own: BART (.cfl with .hdr), .npy, .npz, HDF5 or MATLAB.
 * @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED, ARGUMENT when it holds several arrays and none is called a trajectory
 */
export async function readTrajectoryFile(files: readonly NamedBytes[]): Promise<TrajectoryArray> {
  const name = `the trajectory ${files.map((file) => file.name).join(', ')}`;
  if (files.some((file) => isCflHeader(file.bytes) || /\.cfl$/i.test(file.name))) return readBartTrajectory(files);
  const format = arrayFormats.entries().find(([, f]) => f.sniff(files[0].bytes))?.[1];
  if (format) return readTrajectoryArray(format, files);
  throw new SlicewiseError('FORMAT', {
    message: `${name}: not a file of arrays`,
    expected: 'BART (.cfl and .hdr), .npy, .npz, HDF5 or MATLAB',
  });
}

/**
 * The trajectory of a container.
 * @param named its path; default the one array that is called trajectory, traj, ktraj or coord, or the only one there is
 * @throws SlicewiseError ARGUMENT, FORMAT
 */
export async function readTrajectoryArray(format: ArrayFormat, files: readonly NamedBytes[], named?: string): Promise<TrajectoryArray> {
  const path = named ?? trajectoryEntry(await format.list(files))?.path;
  const array = await readArray(format, files, path);
  return { ...array, name: array.path ? `${files[0].name}:${array.path}` : `the trajectory ${files[0].name}` };
}

/** BART: [3, sample, readout], (kx, ky, kz) in units of 1/FOV; slices along dimension 13 must share one. */
function readBartTrajectory(files: readonly NamedBytes[]): TrajectoryArray {
  const { data, dims } = readCfl(files);
  const name = `the trajectory ${files[0].name}`;
  const [coordinates, samples = 1, readouts = 1] = dims;
  if (coordinates !== 3) {
    throw new SlicewiseError('SHAPE', {
      message: `${name} is none of BART's`,
      expected: '3 coordinates (kx, ky, kz) along dimension 0',
      got: `${coordinates}`,
      hint: 'were the files of the k-space and of the trajectory swapped?',
    });
  }
  requireOnly(dims, [0, 1, 2, BART.slice], files[0].name, 'a trajectory');
  const length = 2 * coordinates * samples * readouts;
  const other = data.findIndex((value, n) => n >= length && value !== data[n % length]);
  if (other >= 0) {
    const at = Math.floor((other % length) / (2 * coordinates));
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name} is another one in slice ${Math.floor(other / length)}`,
      expected: 'the same trajectory for all slices',
      got: `another point at readout ${Math.floor(at / samples)}, sample ${at % samples}`,
      hint: `take one slice at a time: bart slice ${BART.slice} 0 IN OUT`,
    });
  }
  return {
    data: data.subarray(0, length),
    complex: true,
    shape: [readouts, samples, coordinates],
    path: '',
    order: 'kx,ky',
    name,
  };
}
