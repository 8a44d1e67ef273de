import { SlicewiseError } from '../../../core/errors.js';
import { anglesInDegrees } from '../../kinds/radon/angles.js';
import { FlatField, meanFrame } from '../../kinds/radon/projections.js';
import { PARALLEL } from '../../kinds/radon/schema.js';
import type { Geometry, Measurement } from '../../measurement.js';
import type { NumericArray } from '../../raw-array.js';
import { ownFields, resolveAngles, resolveGeometry, type ScanOptions } from '../../scan-options.js';
import { ownAngles } from './dxchange.js';
import type { Hdf5File } from './hdf5.js';
import { measurementOfProjections } from './projections.js';

/** Keys of NXdetector/image_key. */
const KEY = { projection: 0, flat: 1, dark: 2, invalid: 3 } as const;

/** Where an NXtomo entry keeps what; paths without leading slash. */
interface NxtomoPaths {
  readonly detector: string;
  readonly data: string;
  readonly imageKey: string;
  /** The group of the entry, that the detector and sample lie in. */
  readonly entry: string;
}

/**
 * NXtomo (NeXus application definition): one stack of frames `instrument/detector/data` [frame, row, column] with an `image_key` for each
 * (0 projection, 1 flat, 2 dark, 3 invalid), `sample/rotation_angle` for each frame, `x_pixel_size` and `y_pixel_size` of the detector.
 * @returns where things are; undefined for other files, or where the caller asks for another array
 */
export function findNxtomo(h5: Hdf5File, { dataset }: Pick<ScanOptions, 'dataset'>): NxtomoPaths | undefined {
  const found: NxtomoPaths[] = [];
  for (const path of h5.paths()) {
    const match = /^((.+)\/)?instrument\/([^/]+)\/image_key$/.exec(path);
    if (!match || h5.kind(path) !== 'dataset') continue;
    const detector = path.slice(0, -'/image_key'.length);
    const data = `${detector}/data`;
    if (h5.kind(data) === 'dataset') found.push({ detector, data, imageKey: path, entry: match[2] ?? '' });
  }
  const wanted = dataset?.replace(/^\//, '');
  if (wanted === undefined) return found.length === 1 ? found[0] : several(found, h5);
  // the stack itself, or the link that the entry's NXdata has to it
  return found.find(({ data, entry, detector }) => [data, detector, entry, join(entry, 'data/data'), join(entry, 'data')].includes(wanted));
}

const join = (entry: string, path: string): string => (entry ? `${entry}/${path}` : path);

function several(found: readonly NxtomoPaths[], h5: Hdf5File): undefined {
  if (found.length === 0) return undefined;
  throw new SlicewiseError('ARGUMENT', {
    message: `${h5.name} holds ${found.length} NXtomo scans`,
    expected: 'one',
    got: found.map(({ entry }) => entry).join(', '),
    hint: `pick one with --dataset, e.g. --dataset ${found[0].entry}`,
  });
}

/**
 * Reads the scan as `radon.parallel` [slice = row, view, detector] (or the kind asked for, which then needs its lengths). Transmission
 * (I − D)/(F − D) by the means of flats and darks, then −log unless `linearise` is 'none'. Invalid frames and alignment projections
 * (`image_key_control` −1) are left out.
 * @throws SlicewiseError GEOMETRY for angles that do not match, SHAPE, FORMAT without projections, NOT_FINITE
 */
export function readNxtomo(h5: Hdf5File, paths: NxtomoPaths, options: ScanOptions): Measurement {
  const { kind = PARALLEL, linearise = 'auto' } = options;
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const { shape } = h5.dataset(paths.data);
  const [frames, rows, columns] = shape;
  const keys = Array.from(h5.read(paths.imageKey));
  if (shape.length !== 3 || keys.length !== frames) {
    throw new SlicewiseError('FORMAT', {
      message: `/${paths.data} of ${h5.name}`,
      expected: 'frames [frame, row, column] with an image key each',
      got: `${shape.join('×')} and ${keys.length} keys`,
    });
  }
  const control = `${paths.detector}/image_key_control`;
  const alignment = h5.kind(control) === 'dataset' ? Array.from(h5.read(control)).map((key) => key < 0) : [];
  const of = (key: number): number[] => keys.flatMap((k, n) => (k === key && !alignment[n] ? [n] : []));
  const [views, flats, darks] = [of(KEY.projection), of(KEY.flat), of(KEY.dark)];
  const left = frames - views.length - flats.length - darks.length;
  if (left > 0) warn(`${left} frames that are invalid or for alignment left out`);
  if (views.length === 0) {
    throw new SlicewiseError('FORMAT', { message: `${h5.name} has no projections`, expected: 'frames of image key 0', got: 'none' });
  }
  const own = ownAngles(options, undefined);
  const angles = resolveAngles(own.options, views.length, anglesOf(h5, paths, own.path, views, frames, options.angleUnit, warn));
  const known = ownFields(kind, pixelSizes(h5, paths.detector));
  const { geometry, pitchKnown } = resolveGeometry(kind, angles, { columns, rows }, options, known, warn);
  const level = options.counts ? options.counts.flat : undefined;
  if (flats.length > 0 && level !== undefined) {
    throw new SlicewiseError('ARGUMENT', { message: `${h5.name} has flat fields`, got: `counts ${level}`, hint: 'leave --counts out' });
  }
  if (flats.length === 0 && level === undefined) {
    warn('no flat fields (image key 1): the data is taken as transmission, 1 without object (else give --counts)');
  }
  const corrected = flats.length > 0 || level !== undefined;
  if (corrected && darks.length === 0) warn('no dark fields (image key 2): zero assumed');
  const pixels = rows * columns;
  const field = new FlatField(
    flats.length > 0 ? meanOf(h5, paths.data, flats, pixels) : new Float64Array(pixels).fill(level ?? 1),
    corrected && darks.length > 0 ? meanOf(h5, paths.data, darks, pixels) : new Float64Array(pixels),
    columns,
    linearise,
  );
  return measurementOfProjections({
    ...{ kind, geometry, size: { views: views.length, rows, columns }, field, pitchKnown, options, warnings },
    frames: () => runsOf(h5, paths.data, views),
    meta: { source: h5.name, format: 'NXtomo', linearise },
  });
}

function meanOf(h5: Hdf5File, path: string, wanted: readonly number[], pixels: number): Float64Array {
  const sum = new Float64Array(pixels);
  for (const { count, raw } of runsOf(h5, path, wanted)) {
    const mean = meanFrame(raw, pixels);
    for (let p = 0; p < pixels; p++) sum[p] += (mean[p] * count) / wanted.length;
  }
  return sum;
}

/** Frames read at once. */
const BATCH = 16;

/** Frames by their numbers (rising), neighbours together. */
function* runsOf(h5: Hdf5File, path: string, frames: readonly number[]): Generator<{ count: number; raw: NumericArray }> {
  for (let n = 0; n < frames.length;) {
    let count = 1;
    while (count < BATCH && frames[n + count] === frames[n] + count) count++;
    yield { count, raw: h5.read(path, frames[n], count) };
    n += count;
  }
}

/** Angles of the frames in degrees; of all frames, or of the projections alone. */
function anglesOf(
  h5: Hdf5File,
  { entry, detector }: NxtomoPaths,
  named: string | undefined,
  views: readonly number[],
  frames: number,
  given: ScanOptions['angleUnit'],
  warn: (message: string) => void,
): number[] | undefined {
  const places = ['sample/rotation_angle', 'data/rotation_angle', 'sample/transformations/rotation_angle'].map((p) => join(entry, p));
  const path = (named === undefined ? [...places, `${detector}/rotation_angle`] : [named]).find((p) => h5.kind(p) === 'dataset');
  if (!path) return undefined;
  const unit = given ?? h5.attributes(path).units;
  const all = h5.read(path);
  const own = all.length === frames ? views.map((n) => all[n]) : Array.from(all);
  return anglesInDegrees(own, unit === undefined ? undefined : String(unit), warn);
}

/** mm of units of length; NeXus files that say none mean metres. */
const MM: { readonly [unit: string]: number } = { m: 1000, cm: 10, mm: 1, um: 1e-3, µm: 1e-3, micron: 1e-3, nm: 1e-6 };

/** The pitches of the detector under the names that `ownFields` knows. */
function pixelSizes(h5: Hdf5File, detector: string): Geometry {
  const size = (name: string): number | undefined => {
    const path = `${detector}/${name}`;
    if (h5.kind(path) !== 'dataset') return undefined;
    const unit = String(h5.attributes(path).units ?? 'm').toLowerCase();
    const mm = h5.read(path)[0] * (MM[unit.replace(/(et(er|re))s?$|s$/, '')] ?? MM[unit] ?? 1000);
    return mm > 0 && Number.isFinite(mm) ? mm : undefined;
  };
  const [x, y] = [size('x_pixel_size'), size('y_pixel_size')];
  return { ...(x === undefined ? {} : { detectorPitch: x }), ...(y === undefined ? {} : { rowPitch: y, slicePitch: y }) };
}
