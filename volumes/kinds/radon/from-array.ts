import { elements } from '../../../core/array.js';
import { SlicewiseError } from '../../../core/errors.js';
import { checkMeasurement } from '../../finite.js';
import type { Measurement } from '../../measurement.js';
import { flatCorrected, type Frames } from './flats.js';
import { negativeLog, repairWarnings } from './projections.js';
import { gridFor } from './geometry.js';
import { vectorKind } from './vector-file.js';
import { CONE, isVectors, isVolumetric, PARALLEL } from './schema.js';
import { toFloat32, transpose, type NumericArray } from '../../raw-array.js';
import { anglesUnknown, resolveAngles, resolveGeometry, viewsGiven, type ScanOptions } from '../../scan-options.js';

/** A raw array and what is known of the scan it came from. */
export interface ArrayScan extends ScanOptions {
  readonly data: NumericArray;
  readonly shape: readonly number[];
  readonly source?: string;
  readonly format?: string;
  /** Frames without object and without light: the values are raw. */
  readonly frames?: Frames;
}

type Role = 'slice' | 'view' | 'detector';
const ROLES: Readonly<Record<string, Role>> = {
  slice: 'slice',
  row: 'slice',
  view: 'view',
  angle: 'view',
  projection: 'view',
  detector: 'detector',
  column: 'detector',
};

/**
 * A CT measurement from a plain array of numbers.
 *
 * Axes: named by `axes`, or guessed from the number of angles when exactly one axis has that length (the axes left are row then
 * column; axes of length 1 do not count). The result is [slice, view, detector], for cone beam [view, row, column].
 *
 * @example
 * measurementFromArray({ data, shape: [181, 560], kind: 'radon.fan', angles: '75:165:0.5',
 *   geometry: { sourceToAxis: 410.66, sourceToDetector: 553.74, detectorPitch: 0.2 } })
 * @throws SlicewiseError GEOMETRY (angles, lengths), ARGUMENT (axes not known), NOT_FINITE, SHAPE
 */
export function measurementFromArray(scan: ArrayScan): Measurement {
  const { counts = false, source, format, frames } = scan;
  const vectors = scan.geometry?.vectors as readonly (readonly number[])[] | undefined;
  const kind = vectors && !isVectors(scan.kind ?? '') ? vectorKind(vectors, scan.kind) : (scan.kind ?? PARALLEL);
  if (scan.data.length !== elements(scan.shape)) {
    throw new SlicewiseError('SHAPE', {
      message: 'array of a scan',
      expected: `${elements(scan.shape)} values for ${scan.shape.join('×')}`,
      got: `${scan.data.length}`,
    });
  }
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const roles = scan.axes === undefined ? guessAxes(scan) : namedAxes(scan.axes, scan.shape);
  const size = (role: Role): number => (roles.includes(role) ? scan.shape[roles.indexOf(role)] : 1);
  const cone = isVolumetric(kind);
  const order: Role[] = cone ? ['view', 'slice', 'detector'] : ['slice', 'view', 'detector'];
  if (kind === CONE && size('slice') < 2) warn('a cone-beam scan of one detector row');

  // Axes of length 1 without a role fall away; those missing (a single slice) have length 1 already.
  const kept = roles.map((role, a) => ({ role, n: scan.shape[a] })).filter(({ role }) => role !== undefined);
  const present = order.filter((role) => roles.includes(role));
  const moved = transpose(
    scan.data,
    kept.map(({ n }) => n),
    present.map((role) => kept.findIndex((k) => k.role === role)),
  );
  let data = toFloat32(moved);
  requireVectors(scan, size('view'));
  const angles = resolveAngles(scan, size('view'));
  const { geometry, pitchKnown } = resolveGeometry(kind, angles, { columns: size('detector'), rows: size('slice') }, scan, {}, warn);
  if (frames && (frames.flat ?? frames.dark)) {
    const raw = { data, views: size('view'), rows: size('slice'), columns: size('detector'), cone };
    data = flatCorrected(raw, frames, counts ? counts.flat : undefined, warnings);
  } else if (counts) {
    if (data === scan.data) data = data.slice();
    const repairs = { floored: 0, dead: 0 };
    // NaN must not be floored away before it is found: comparisons with NaN are false, so it survives −log.
    negativeLog(data, counts.flat, repairs);
    warnings.push(...repairWarnings(repairs, data.length));
  }
  return checkMeasurement({
    kind,
    data,
    shape: order.map(size),
    dtype: 'float32',
    geometry,
    noise: { type: 'unknown' },
    grid: gridFor(kind, geometry, size('slice'), { units: pitchKnown ? '1/mm' : 'arbitrary', ...scan.grid }),
    meta: { source, format, warnings, ...(counts ? { flat: counts.flat } : {}) },
  });
}

/** @throws SlicewiseError GEOMETRY with both numbers when there is not one list of vectors per view */
function requireVectors({ geometry }: ArrayScan, views: number): void {
  const vectors = geometry?.vectors as readonly unknown[] | undefined;
  if (vectors === undefined || vectors.length === views) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'vectors and data do not match',
    expected: `vectors of ${views} views`,
    got: `${vectors.length}`,
    hint: 'name the axes with --axes, e.g. view,row,column, or give the list of this scan',
  });
}

function namedAxes(axes: string, shape: readonly number[]): (Role | undefined)[] {
  const names = axes.split(',').map((name) => name.trim().toLowerCase());
  const roles = names.map((name) => ROLES[name] as Role | undefined);
  const wrong = (got: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', {
      message: 'axes of the array',
      expected: `${shape.length} different names out of slice (row), view, detector (column) for ${shape.join('×')}`,
      got,
    });
  const unknown = names.findIndex((name, i) => roles[i] === undefined && !(name === '-' && shape[i] === 1));
  if (unknown >= 0) throw wrong(`'${names[unknown]}'`);
  const used = roles.filter((role) => role !== undefined);
  if (names.length !== shape.length || new Set(used).size !== used.length) throw wrong(`'${axes}'`);
  if (!used.includes('view') || !used.includes('detector')) throw wrong(`'${axes}', without view or detector`);
  return roles;
}

function guessAxes(scan: ArrayScan): (Role | undefined)[] {
  const { shape } = scan;
  const long = shape.map((n, axis) => ({ n, axis })).filter(({ n }) => n > 1);
  const ambiguous = (message: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', {
      message,
      expected: 'the names of the axes',
      got: `an array of ${shape.join('×')}`,
      hint: 'name them with --axes, e.g. view,detector or view,row,column',
    });
  if (long.length < 2 || long.length > 3) throw ambiguous('which axis is which cannot be told');
  if (viewsGiven(scan) === undefined) throw anglesUnknown();
  const what = scan.geometry?.vectors === undefined ? 'angles' : 'vectors';
  const views = long.filter(({ n }) => viewsGiven(scan, n) === n);
  if (views.length === 0) {
    // As many axes as candidates: say the numbers of all of them.
    throw new SlicewiseError('GEOMETRY', {
      message: `${what} and data do not match`,
      expected: `as many ${what} as one axis of the data is long: ${long.map(({ n }) => n).join(' or ')}`,
      got: `${viewsGiven(scan)} ${what}`,
      hint: what === 'angles' ? 'give --angles start:stop:step that covers every view' : 'give the list of this scan',
    });
  }
  if (views.length > 1) throw ambiguous(`several axes have ${views[0].n} entries, one for each view`);
  const view = views[0].axis;
  const rest = long.filter(({ axis }) => axis !== view);
  if (long.length === 3 && view === long[2].axis) throw ambiguous('the views come last; rows and columns cannot be told apart');
  const roles: (Role | undefined)[] = shape.map(() => undefined);
  roles[view] = 'view';
  rest.forEach(({ axis }, i) => (roles[axis] = i === rest.length - 1 ? 'detector' : 'slice'));
  return roles;
}
