import { centredFft } from '../../../core/fft.js';
import { SlicewiseError } from '../../../core/errors.js';
import { readArray, type ArrayFormat } from '../../array-formats.js';
import type { NamedBytes } from '../../format.js';
import { arrange, parseAxes } from '../kspace/axes.js';
import { imagesOfAxes, withoutExtraAxes } from '../kspace/extra-axes.js';
import type { Measurement } from '../../measurement.js';
import { squeeze, type ArrayInfo } from '../../raw-array.js';
import type { ScanOptions } from '../../scan-options.js';
import { trajectoryPoints, type TrajectoryArray } from './array.js';
import { trajectoryMeasurement } from './assemble.js';
import { readTrajectoryArray, readTrajectoryFile, trajectoryEntry } from './file.js';
import { plainTrajectory } from './plain.js';
import { NONCARTESIAN } from './schema.js';

/** Names of the axes of samples along a trajectory; several words of the field for the same. */
const AXES = ['slice', 'kz', 'partition', 'coil', 'spoke', 'interleave', 'shot', 'sample', 'readout'] as const;
type SampleAxis = 'slice' | 'coil' | 'spoke' | 'sample';
const ROLES: { readonly [name in (typeof AXES)[number]]: SampleAxis } = {
  slice: 'slice',
  kz: 'slice',
  partition: 'slice',
  coil: 'coil',
  spoke: 'spoke',
  interleave: 'spoke',
  shot: 'spoke',
  sample: 'sample',
  readout: 'sample',
};

const SAMPLES = /(^|,)\s*(spoke|interleave|shot|sample|readout)\s*(,|$)/i;

/** Does what is asked for speak of samples along a trajectory: the kind, a trajectory, without a kind axes named spoke, sample, …? */
export const asksForTrajectory = ({ kind, axes, trajectory }: ScanOptions): boolean =>
  kind === NONCARTESIAN || trajectory !== undefined || (kind === undefined && SAMPLES.test(axes ?? ''));

/**
 * A measurement from an array of complex numbers whose axes the caller names (`axes`: slice, or kz of a stack that is yet to be
 * transformed; coil, spoke or interleave or shot, readout or sample; of further axes one entry is read, `select`) and its trajectory: a
 * file of its own or an array of the same file (`trajectory`), by default the one called trajectory, traj, ktraj or coord.
 * @throws SlicewiseError ARGUMENT (which array, axes, the order of coordinates, size), GEOMETRY (unit, samples outside k-space), SHAPE,
 *   FORMAT_UNSUPPORTED (three dimensions), NOT_FINITE
 */
export async function samplesFromArray(format: ArrayFormat, files: readonly NamedBytes[], options: ScanOptions): Promise<Measurement> {
  const { trajectory: given } = options;
  const { list, inside, found, source } = await samplesOf(format, files, options);
  const reduced = options.axes === undefined ? undefined : withoutExtraAxes(found, options.axes, options.select, source, AXES);
  const { array, axes } = reduced ?? { array: found, axes: undefined };
  if (!array.complex) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${source} is no k-space`,
      expected: 'complex numbers',
      got: 'real numbers',
      hint: 'name the complex array with --dataset',
    });
  }
  if (axes === undefined) throw sampleAxesUnknown(source, array.shape);
  const names = parseAxes(axes, array.shape, source, AXES).map((name) => (name === '-' ? '-' : ROLES[name]));
  const used = names.filter((name) => name !== '-');
  if (!used.includes('sample') || new Set(used).size !== used.length) {
    throw new SlicewiseError('ARGUMENT', {
      message: `axes of ${source}`,
      expected: 'sample (or readout) and, at most once each, slice (or kz, partition), coil and spoke (or interleave, shot)',
      got: `'${axes}'`,
    });
  }
  const { data, shape } = arrange(array, names, ['slice', 'coil', 'spoke', 'sample']);
  const [slices, coils, readouts, samples] = shape;
  const own = data === array.data ? data.slice() : data;
  // partitions of a stack of stars: transformed, they are slices along the same trajectory
  if (/(^|,)\s*(kz|partition)\s*(,|$)/i.test(axes)) centredFft(own, shape, 0, 'inverse');
  const raw = await trajectory();
  const samplesFirst = names.includes('spoke') && names.indexOf('sample') < names.indexOf('spoke');
  const points = trajectoryPoints(raw, { readouts, samples, samplesFirst }, options.trajectoryOrder);
  const warnings: string[] = [];
  const plain = plainTrajectory(points, options, slices, raw.name, warnings);
  return trajectoryMeasurement({
    ...plain,
    data: own,
    shape: [slices, coils, readouts * samples],
    readouts,
    place: options.spacing ? { spacing: options.spacing } : {},
    zeroCoils: options.zeroCoils,
    meta: { source, format: format.name, warnings },
  });

  async function trajectory(): Promise<TrajectoryArray> {
    if (given !== undefined && typeof given !== 'string') return readTrajectoryFile(given);
    if (inside !== undefined) return readTrajectoryArray(format, files, inside);
    throw new SlicewiseError('ARGUMENT', {
      message: `${files[0].name} has no trajectory`,
      expected: 'an array called trajectory, traj, ktraj or coord',
      got:
        list
          .map(({ path }) => path)
          .filter(Boolean)
          .slice(0, 12)
          .join(', ') || 'one array',
      hint: 'name it with --trajectory @NAME, or give a file with --trajectory FILE',
    });
  }
}

/** The array of the samples, and where the trajectory lies in the same file. */
async function samplesOf(format: ArrayFormat, files: readonly NamedBytes[], { trajectory: given, dataset }: ScanOptions) {
  const list = await format.list(files);
  const inside = typeof given === 'string' ? given.replace(/^@/, '') : given ? undefined : trajectoryEntry(list)?.path;
  const found = await readArray(format, files, dataset ?? samplesEntry(list, inside)?.path);
  return { list, inside, found, source: found.path ? `${files[0].name}:${found.path}` : files[0].name };
}

/** What `select` must say for each of the images that it asks for by `all`. @throws SlicewiseError as `samplesFromArray` */
export async function imagesOfSamples(format: ArrayFormat, files: readonly NamedBytes[], options: ScanOptions): Promise<string[]> {
  const { found, source } = await samplesOf(format, files, options);
  if (options.axes === undefined) throw sampleAxesUnknown(source, found.shape);
  return imagesOfAxes(found.shape, options.axes, options.select, source, AXES);
}

/** Asks for the axes of samples that a trajectory belongs to. */
export function sampleAxesUnknown(what: string, shape: readonly number[]): SlicewiseError {
  const example = { 1: 'sample', 2: 'coil,sample', 3: 'coil,spoke,sample' }[shape.length] ?? 'slice,coil,spoke,sample';
  return new SlicewiseError('ARGUMENT', {
    message: `the axes of ${what} (${shape.join('×')}, complex) are not known`,
    expected: `their names out of ${AXES.join(', ')}`,
    got: 'none',
    hint: `name them with --axes, e.g. ${example}`,
  });
}

/** The only complex array of more than one sample that is not the trajectory. */
function samplesEntry(list: readonly ArrayInfo[], trajectory: string | undefined): ArrayInfo | undefined {
  const found = list.filter((a) => a.type.startsWith('complex') && a.path !== trajectory && squeeze(a.shape).length > 0);
  return found.length === 1 ? found[0] : undefined;
}
