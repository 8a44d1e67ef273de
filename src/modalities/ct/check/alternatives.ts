import { isSlicewiseError } from '../../../../core/errors.js';
import { angularSpan, looksLikeRadians } from '../../../../volumes/kinds/radon/angles.js';
import { estimateCenter } from '../../../../volumes/kinds/radon/center.js';
import { offsetToCenter } from '../../../../volumes/kinds/radon/geometry.js';
import { detectorFields, isVectors, isVolumetric, PARALLEL } from '../../../../volumes/kinds/radon/schema.js';
import { viewAxis } from '../../../../volumes/kinds/views.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import type { Alternative, Alternatives } from '../../alternatives.js';
import { reducedScan, withGrid } from './reduced.js';
import { exchanged, unevenness } from './exchanged.js';

/** Rounds of CGLS: enough for the shape of things, few enough to leave noise alone. */
const ITERATIONS = 12;
/** dB: right readings of measured scans have 14 to 34, objects that change from view to view less than 3. */
const EXPLAINED = 6;
/** Share of the detector to either side over which the rotation axis is looked for. */
const REACH = 0.25;
/** Views from which on a scan is one. */
const FEWEST = 16;
/** The sum of a view is nearly the same for all views; it must vary so much less for exchanged axes to be thought of. */
const STEADIER = 0.5;
/** Over a smaller arc, degrees, another axis is the object moved, nearly. */
const ARC = 150;

/**
 * How projections are read wrongly most: views the other way round, degrees for radians, half a turn for a whole one, the rotation axis
 * elsewhere, exchanged axes.
 */
export function ctAlternatives(scan: Measurement): Alternatives {
  const reach = REACH * widthOf(scan);
  const circle = !isVectors(scan.kind);
  const reduced = (s: Measurement): Measurement => {
    const small = reducedScan(s);
    return circle ? withGrid(small, reach) : small;
  };
  const asRead = reduced(scan);
  const others = [...(circle ? ofAngles(scan, reduced) : ofVectors(asRead)), ...ofAxes(scan, reduced)];
  const along = circle && angularSpan(anglesOf(scan)) >= ARC ? ofAxis(scan, asRead, reach) : undefined;
  return {
    method: 'cgls',
    methodOptions: { iterations: ITERATIONS },
    explained: EXPLAINED,
    asRead: { scan: asRead },
    others,
    ...(along && { along }),
    untold: untold(scan),
  };
}

const anglesOf = (scan: Measurement): readonly number[] => scan.geometry.angles as readonly number[];
const withAngles = (scan: Measurement, angles: readonly number[]): Measurement => ({ ...scan, geometry: { ...scan.geometry, angles } });

/** mm along the detector. */
function widthOf({ kind, geometry }: Measurement): number {
  const { pitch, count } = detectorFields(kind);
  return Number(geometry[pitch] ?? 0) * Number(geometry[count] ?? 0);
}

function ofAngles(scan: Measurement, reduced: (s: Measurement) => Measurement): Alternative[] {
  const angles = anglesOf(scan);
  const times = (factor: number): Measurement =>
    withAngles(
      scan,
      angles.map((angle) => angle * factor),
    );
  const list = (factor: number): string => said(angles.map((angle) => angle * factor));
  const span = angularSpan(angles);
  const out: Alternative[] = [];
  // the views of a parallel beam the other way round are those of the mirrored object
  if (scan.kind !== PARALLEL) {
    out.push({
      what: 'views the other way round',
      mend: '--clockwise, or without it where it was given; where the detector runs the other way instead, --flip detector',
      scan: reduced(times(-1)),
      moves: true,
    });
  }
  const centred = scan.kind === PARALLEL ? byEstimate(scan, reduced) : undefined;
  if (centred) out.push(centred);
  if (angles.length > 2 && looksLikeRadians(angles) && span > 0) {
    out.push({ what: 'angles in radians', mend: `--angle-unit rad${list(180 / Math.PI)}`, scan: reduced(times(180 / Math.PI)) });
  }
  if (span > 720 && scan.geometry.sourceZ === undefined) {
    out.push({ what: 'angles in degrees', mend: `--angle-unit deg${list(Math.PI / 180)}`, scan: reduced(times(Math.PI / 180)) });
  }
  // not half a turn in place of a whole one: views that are squeezed together are easily predicted, whatever they show
  if (Math.abs(span - 180) < 15 && scan.geometry.sourceZ === undefined) {
    out.push({ what: 'a whole turn in place of half a turn', mend: `twice the angles${list(2)}`, scan: reduced(times(2)) });
  }
  return out;
}

/** The axis that all views together tell best: hidden views of half a turn hardly see one that is a few bins away. */
function byEstimate(scan: Measurement, reduced: (s: Measurement) => Measurement): Alternative | undefined {
  try {
    const { center, offset } = estimateCenter(scan);
    const other = { ...scan, geometry: { ...scan.geometry, detectorOffset: offset } };
    return { what: `the rotation axis at column ${center.toFixed(1)}`, mend: '--center auto', scan: reduced(other) };
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return undefined; // not half a turn
  }
}

/** Evenly spaced angles as an option says them, as far as six digits go. */
function said(angles: readonly number[]): string {
  const step = (angles[angles.length - 1] - angles[0]) / (angles.length - 1);
  if (angles.length < 2 || angles.some((angle, n) => Math.abs(angle - angles[0] - n * step) > 1e-3 * Math.abs(step))) return '';
  const short = (value: number): string => `${Number(value.toPrecision(6))}`;
  return ` (--angles ${short(angles[0])}:${short(angles[0] + (angles.length - 1) * Number(step.toPrecision(6)))}:${short(step)})`;
}

/** Vectors say all but which way the data run. */
function ofVectors(asRead: Measurement): Alternative[] {
  const { geometry } = asRead;
  const vectors = geometry.vectors as readonly (readonly number[])[];
  const dims = isVolumetric(asRead.kind) ? 3 : 2;
  const along = (from: number): readonly (readonly number[])[] =>
    vectors.map((list) => list.map((value, n) => (n >= from && n < from + dims ? -value : value)));
  const turned = (other: readonly (readonly number[])[]): Measurement => ({ ...asRead, geometry: { ...geometry, vectors: other } });
  return [
    { what: 'columns the other way round', mend: '--flip detector', scan: turned(along(2 * dims)) },
    ...(dims === 3 ? [{ what: 'rows the other way round', mend: '--flip row', scan: turned(along(3 * dims)) }] : []),
    { what: 'views in the opposite order', mend: '--flip view', scan: turned([...vectors].reverse()) },
  ];
}

/** Axes of the data exchanged, where the geometry could be that of the exchanged ones. */
function ofAxes(scan: Measurement, reduced: (s: Measurement) => Measurement): Alternative[] {
  const { kind, shape } = scan;
  const views = viewAxis(kind);
  const names = isVolumetric(kind) ? ['view', 'row', 'detector'] : ['slice', 'view', 'detector'];
  const long = (words: readonly string[]): string => words.filter((_, n) => shape[n] > 1).join(',');
  return [0, 1, 2].flatMap((axis) => {
    if (axis === views || shape[axis] < FEWEST) return [];
    const other = exchanged(scan, views, axis);
    if (!other || !(unevenness(other) < STEADIER * unevenness(scan))) return [];
    const order = names.map((name, n) => (n === axis ? names[views] : n === views ? names[axis] : name));
    return [
      {
        what: `${names[views]}s and ${names[axis]}s exchanged`,
        mend: `--axes ${long(order)} of an array that was read as ${long(names)}`,
        scan: reduced(other),
      },
    ];
  });
}

function ofAxis(scan: Measurement, asRead: Measurement, reach: number): Alternatives['along'] {
  const { offset, pitch } = detectorFields(asRead.kind);
  const step = Number(asRead.geometry[pitch]);
  const most = Math.floor(reach / step);
  const own = detectorFields(scan.kind);
  const [before, bin, bins] = [own.offset, own.pitch, own.count].map((field) => Number(scan.geometry[field] ?? 0));
  const digits = (value: number): string => `${Number(value.toPrecision(4))}`;
  return {
    values: Array.from({ length: 2 * most + 1 }, (_, n) => (n - most) * step),
    at: (s, added) => ({ ...s, geometry: { ...s.geometry, [offset]: Number(s.geometry[offset] ?? 0) + added } }),
    told: (added) => {
      const found = before + added;
      const mirrored = before !== 0 && Math.abs(found + before) < 0.25 * Math.abs(before) + step / 2;
      const center = offsetToCenter(found, bins, bin);
      const auto = scan.kind === PARALLEL ? ', finer by --center auto' : '';
      return {
        what: mirrored
          ? 'the rotation axis on the other side of the detector'
          : `the rotation axis at column ${center.toFixed(1)} in place of ${offsetToCenter(before, bins, bin).toFixed(1)}`,
        mend:
          `--offset ${digits(found)} (--center ${center.toFixed(1)}${auto})` +
          (mirrored ? '; or --flip detector, where the detector runs the other way' : ''),
      };
    },
  };
}

function untold(scan: Measurement): string[] {
  if (isVectors(scan.kind)) return [];
  const mirrored =
    scan.kind === PARALLEL
      ? 'a parallel beam cannot tell the sense of its views, nor a flipped detector: the object is mirrored, and fits as well'
      : 'views and detector both the other way round are the mirrored object, which fits as well';
  const span = angularSpan(anglesOf(scan));
  if (span >= ARC) return [mirrored];
  return [mirrored, `the rotation axis over an arc of ${span.toPrecision(3)}°, where another axis is the object moved, nearly`];
}
