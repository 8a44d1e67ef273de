import { elements } from '../../../core/array.js';
import { SlicewiseError } from '../../../core/errors.js';
import { anglesInDegrees } from '../../kinds/radon/angles.js';
import type { Measurement } from '../../measurement.js';
import { FlatField, meanFlat, meanFrame } from '../../kinds/radon/projections.js';
import { PARALLEL } from '../../kinds/radon/schema.js';
import { resolveAngles, resolveGeometry, type ScanOptions } from '../../scan-options.js';
import type { NumericArray } from '../../raw-array.js';
import type { Hdf5File } from './hdf5.js';
import { measurementOfProjections } from './projections.js';

/**
 * Data Exchange (DXchange) scans, as TomoPy users have them: `/exchange/data` [view, row, column], `data_white`, `data_dark`
 * [frame, row, column], `theta` [view]. Sinogram order, `axes` attribute y:theta:x, is understood too. Source: De Carlo et al.,
 * "Scientific data exchange", J. Synchrotron Rad. 21 (2014) 1224.
 */
export const isDxchange = (h5: Hdf5File): boolean => h5.kind('exchange/data') === 'dataset';

/**
 * Reads the scan as `radon.parallel` [slice = row, view, detector] (or the kind asked for, which then needs its lengths): flat and dark
 * corrected, then −log unless `linearise` is 'none'. Without flats `counts.flat` stands for them, else the data is taken as transmission,
 * with a warning.
 * @throws SlicewiseError GEOMETRY for angles that do not match, SHAPE for flats of another size, NOT_FINITE, FORMAT
 */
export function readDxchange(h5: Hdf5File, options: ScanOptions): Measurement {
  const { linearise = 'auto', kind = PARALLEL } = options;
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const { shape } = h5.dataset('exchange/data');
  if (shape.length !== 3) {
    throw new SlicewiseError('FORMAT', {
      message: `/exchange/data of ${h5.name}`,
      expected: '3 dimensions [view, row, column]',
      got: `${shape.length}`,
    });
  }
  const axes = String(h5.attributes('exchange/data').axes ?? 'theta:y:x');
  const sinograms = /^y:theta/.test(axes);
  const [views, rows, columns] = sinograms ? [shape[1], shape[0], shape[2]] : shape;
  const own = ownAngles(options, 'exchange/theta');
  const angles = resolveAngles(own.options, views, fileAngles(h5, own.path, options.angleUnit, warn));
  const { geometry, pitchKnown } = resolveGeometry(kind, angles, { columns, rows }, options, {}, warn);

  const flat = frames(h5, 'exchange/data_white', rows, columns, (own, pixels) => meanFlat(own, pixels, warn));
  const dark = frames(h5, 'exchange/data_dark', rows, columns, meanFrame);
  const level = options.counts ? options.counts.flat : undefined;
  if (flat && level !== undefined) {
    throw new SlicewiseError('ARGUMENT', {
      message: `${h5.name} has flat fields (data_white)`,
      expected: 'no counts without object',
      got: `counts ${level}`,
      hint: 'leave --counts out',
    });
  }
  if (!flat && level === undefined) {
    warn('no flat fields (data_white): the data is taken as transmission, 1 without object (else give --counts)');
  }
  if ((flat || level !== undefined) && !dark) warn('no dark fields (data_dark): zero assumed');
  const field = new FlatField(
    flat ?? new Float64Array(rows * columns).fill(level ?? 1),
    dark && (flat || level !== undefined) ? dark : new Float64Array(rows * columns),
    columns,
    linearise,
  );

  return measurementOfProjections({
    ...{ kind, geometry, size: { views, rows, columns }, field, pitchKnown, options, warnings },
    frames: () => (sinograms ? fromSinograms(h5, [rows, views, columns]) : slabsOf(h5)),
    meta: { source: h5.name, format: 'DXchange', linearise },
  });
}

function* slabsOf(h5: Hdf5File): Generator<{ count: number; raw: NumericArray }> {
  for (const [start, count] of h5.slabs('exchange/data')) yield { count, raw: h5.read('exchange/data', start, count) };
}

/** Projections out of sinograms [row, view, column]. */
function* fromSinograms(
  h5: Hdf5File,
  [rows, views, columns]: readonly [number, number, number],
): Generator<{ count: number; raw: NumericArray }> {
  const whole = h5.readFloat32('exchange/data');
  const raw = new Float32Array(rows * columns);
  for (let view = 0; view < views; view++) {
    for (let row = 0; row < rows; row++) {
      const from = (row * views + view) * columns;
      raw.set(whole.subarray(from, from + columns), row * columns);
    }
    yield { count: 1, raw };
  }
}

/** Angles that are named as `@path` are the file's own. */
export function ownAngles(options: ScanOptions, usual: string | undefined): { options: ScanOptions; path: string | undefined } {
  const { angles } = options;
  if (typeof angles !== 'string' || !angles.startsWith('@')) return { options, path: usual };
  return { options: { ...options, angles: undefined }, path: angles.slice(1).replace(/^\//, '') };
}

function fileAngles(
  h5: Hdf5File,
  path: string | undefined,
  given: ScanOptions['angleUnit'],
  warn: (message: string) => void,
): number[] | undefined {
  if (path === undefined || h5.kind(path) !== 'dataset') return undefined;
  const unit = given ?? h5.attributes(path).units;
  return anglesInDegrees(h5.read(path), unit === undefined ? undefined : String(unit), warn);
}

/** Mean of the frames at `path`, [row, column]; a single frame may come without the frame axis. */
function frames(
  h5: Hdf5File,
  path: string,
  rows: number,
  columns: number,
  mean: (frames: ArrayLike<number>, pixels: number) => Float64Array,
): Float64Array | undefined {
  if (h5.kind(path) !== 'dataset') return undefined;
  const { shape } = h5.dataset(path);
  const [r, c] = shape.slice(-2);
  if (elements(shape) === 0) return undefined;
  if (r !== rows || c !== columns || shape.length > 3) {
    throw new SlicewiseError('SHAPE', {
      message: `/${path} of ${h5.name} does not fit the projections`,
      expected: `frames of ${rows}×${columns}`,
      got: shape.join('×'),
    });
  }
  return mean(h5.readFloat32(path), rows * columns);
}
