import { SlicewiseError } from '../core/errors.js';
import { anglesInDegrees, checkAngles, parseAngles } from './kinds/radon/angles.js';
import type { MeasurementReadOptions, NamedBytes } from './format.js';
import type { Geometry, MeasurementKind } from './measurement.js';
import { centerToOffset, positiveLength, type GridOptions } from './kinds/radon/geometry.js';
import {
  CONE,
  CONE_VEC,
  coneSchema,
  detectorFields,
  FAN,
  FAN_VEC,
  fanSchema,
  isRadon,
  isVectors,
  isVolumetric,
  PARALLEL,
  PARALLEL3D_VEC,
  PARALLEL_VEC,
  parallelSchema,
  parseGeometry,
  RADON_KINDS,
  type VectorKind,
} from './kinds/radon/schema.js';
import { coneVecSchema, fanVecSchema, parallel3dVecSchema, parallelVecSchema } from './kinds/radon/vector-schema.js';
import { helixHeights } from './kinds/radon/helix.js';
import type { TrajectoryOrder } from './kinds/trajectory/array.js';
import type { TrajectoryUnit } from './kinds/trajectory/units.js';

/** What a caller may say about a scan whose file does not (or says wrong). Lengths in mm. */
export interface ScanOptions extends MeasurementReadOptions {
  /** Default: what the file says, else `radon.parallel`. */
  readonly kind?: MeasurementKind;
  /** Any field of the kind's geometry (`sourceToAxis`, `detectorPitch`, …), laid over what the file says. */
  readonly geometry?: Geometry;
  /**
   * Names of a raw array's axes, e.g. `view,detector`, `detector,view`, `view,row,column`; guessed from the angles if unambiguous. k-space:
   * `coil,ky,kx` out of slice, coil, kz, ky, kx, or along a trajectory `coil,spoke,sample`; never guessed.
   */
  readonly axes?: string;
  /** Degrees: a list, `start:stop:step`, or `@path`, an array of the same file. */
  readonly angles?: string | readonly number[];
  /** Unit of `angles`; default degrees. For `@path`, default guessed with a warning. */
  readonly angleUnit?: 'deg' | 'rad';
  /**
   * The views go clockwise round the object seen from the head (+z), as when an object turns counter-clockwise before a fixed scanner:
   * negates the angles.
   */
  readonly clockwise?: boolean;
  /** Cone beam, a helix: mm that the source climbs in a full turn; sets `sourceZ`, the middle of the scan in the middle of the grid. */
  readonly tableFeed?: number;
  /** Detector column of the rotation axis, from 0; sets the detector offset. */
  readonly center?: number;
  /** The values of a raw array are counts, `flat` without object: −log(counts/flat) is taken. Default: line integrals. */
  readonly counts?: { readonly flat: number } | false;
  /**
   * The values of a raw array are counts: frames without object [frame, row, column], whose mean stands for `counts` pixel by pixel. Files,
   * or `@path`, an array of the same file.
   */
  readonly flat?: string | readonly NamedBytes[];
  /** Frames without light, the same way. */
  readonly dark?: string | readonly NamedBytes[];
  /** DXchange, NXtomo: 'auto' corrects by flats and darks and takes −log, 'none' leaves transmissions. */
  readonly linearise?: 'auto' | 'none';
  readonly grid?: GridOptions;
  /**
   * k-space along a trajectory: the files of the trajectory (BART, .npy, .npz, HDF5, MATLAB), or `@path`, an array of the same file.
   * Default what the file
   * says.
   */
  readonly trajectory?: string | readonly NamedBytes[];
  /** Unit of the trajectory; default what the format says. */
  readonly trajectoryUnit?: TrajectoryUnit;
  /** Order of the coordinates of a trajectory of real numbers; default what its format or name says. */
  readonly trajectoryOrder?: TrajectoryOrder;
  /** k-space along a trajectory: the matrix of the image, columns or columns and rows; default what the file says, or the trajectory. */
  readonly size?: readonly number[];
  /** MR raw data of several contrasts, repetitions, sets …: which to read, e.g. `contrast=0,repetition=2`. `selectionsOf` lists them. */
  readonly select?: string;
  /** MR raw data that lack lines which the rest of the scan has: take them as not measured instead of an error. */
  readonly missingLines?: 'mask';
  /** Coils that hold nothing but zeros: leave them out instead of an error. */
  readonly zeroCoils?: 'drop';
}

/**
 * The angles in degrees for a scan of `views` views.
 * @param fromFile what the file says, in degrees; the option comes first
 * @throws SlicewiseError GEOMETRY when there are none or not one per view
 */
export function resolveAngles(options: ScanOptions, views: number, fromFile?: readonly number[]): number[] {
  if (options.geometry?.vectors !== undefined) return [];
  const list = candidateAngles(options, views) ?? fromFile;
  if (!list) throw anglesUnknown(views);
  checkAngles(list, views);
  return options.clockwise ? list.map((a) => -a) : [...list];
}

export function anglesUnknown(views?: number): SlicewiseError {
  return new SlicewiseError('GEOMETRY', {
    message: 'the angles of the views are not known',
    expected: views === undefined ? 'one angle for each view' : `${views} angles`,
    got: 'none',
    hint: 'give --angles start:stop:step in degrees',
  });
}

/** How many views the options speak of, by angles or vectors; undefined for none. */
export const viewsGiven = (options: ScanOptions, views?: number): number | undefined =>
  (options.geometry?.vectors as readonly unknown[] | undefined)?.length ?? candidateAngles(options, views)?.length;

/** The angles the options give, before they are compared with the data; undefined for none. */
export function candidateAngles(options: ScanOptions, views?: number): readonly number[] | undefined {
  const { angles = options.geometry?.angles as ScanOptions['angles'] } = options;
  if (angles === undefined) return undefined;
  const list = typeof angles === 'string' ? parseAngles(angles, views) : angles;
  return options.angleUnit === 'rad' ? anglesInDegrees(list, 'rad') : list;
}

/**
 * The full geometry of a scan: options over the file's own fields, defaults filled in.
 * @param counts detector bins: `columns`, and `rows` for cone
 * @param warn told about assumptions
 * @throws SlicewiseError GEOMETRY for missing or impossible lengths
 */
export function resolveGeometry(
  kind: MeasurementKind,
  angles: readonly number[],
  counts: { readonly columns: number; readonly rows: number },
  options: ScanOptions,
  fromFile: Geometry = {},
  warn: (message: string) => void = () => {},
): { geometry: Geometry; pitchKnown: boolean } {
  if (!isRadon(kind)) {
    throw new SlicewiseError('GEOMETRY', { message: 'kind of scan', expected: RADON_KINDS.join(', '), got: kind });
  }
  if (isVectors(kind)) return { geometry: resolveVectors(kind, counts, options, fromFile), pitchKnown: true };
  requireBeamFields(kind, options.geometry);
  const given: { [key: string]: unknown } = { ...fromFile, ...ownFields(kind, options.geometry) };
  const cone = isVolumetric(kind);
  const { pitch: pitchName } = detectorFields(kind);
  const pitchKnown = given[pitchName] !== undefined;
  if (!pitchKnown) warn('the detector pitch is not known: 1 mm assumed, lengths are in detector pixels (--pitch)');
  const pitch = positiveLength(given[pitchName] ?? 1, pitchName, 'give --pitch in mm');
  const beam: { [key: string]: number } = {};
  if (kind !== PARALLEL) {
    beam.sourceToAxis = positiveLength(given.sourceToAxis, 'source to rotation axis', 'give --sod in mm');
    beam.sourceToDetector = positiveLength(given.sourceToDetector, 'source to detector', 'give --sdd in mm');
    if (beam.sourceToDetector < beam.sourceToAxis) {
      throw new SlicewiseError('GEOMETRY', {
        message: 'the detector lies before the rotation axis',
        expected: `source to detector ≥ ${beam.sourceToAxis} mm`,
        got: `${beam.sourceToDetector} mm`,
        hint: 'are --sod and --sdd swapped?',
      });
    }
  }
  const centre = options.center === undefined ? undefined : centerToOffset(options.center, counts.columns, pitch);
  const known = new Set(Object.keys(given));
  for (const key of ['angles', pitchName, 'detectorCount', 'rows', 'columns']) known.delete(key);
  const rest = Object.fromEntries([...known].map((key) => [key, given[key]]));
  const detector = cone
    ? {
        rows: counts.rows,
        columns: counts.columns,
        columnPitch: pitch,
        rowPitch: positiveLength(given.rowPitch ?? pitch, 'rowPitch', 'give it in mm'),
        columnOffset: centre ?? given.columnOffset ?? 0,
        rowOffset: given.rowOffset ?? 0,
      }
    : { detectorCount: counts.columns, detectorPitch: pitch, detectorOffset: centre ?? given.detectorOffset ?? 0 };
  const heights = options.tableFeed === undefined ? {} : { sourceZ: requireHelix(kind, angles, options.tableFeed) };
  const geometry = { ...rest, angles, ...detector, ...beam, ...heights };
  parseGeometry({ [PARALLEL]: parallelSchema, [FAN]: fanSchema, [CONE]: coneSchema }[kind], geometry, kind);
  return { geometry, pitchKnown };
}

const VECTOR_SCHEMAS = {
  [PARALLEL_VEC]: parallelVecSchema,
  [FAN_VEC]: fanVecSchema,
  [PARALLEL3D_VEC]: parallel3dVecSchema,
  [CONE_VEC]: coneVecSchema,
};

/** Vectors say all of a geometry but how many bins there are. */
function resolveVectors(
  kind: VectorKind,
  counts: { readonly columns: number; readonly rows: number },
  options: ScanOptions,
  fromFile: Geometry,
): Geometry {
  const { center, tableFeed, clockwise, angles } = options;
  requireNothingBeside({ ...options.geometry, center, tableFeed, clockwise: clockwise || undefined, angles });
  const { vectors = fromFile.vectors, slicePitch } = options.geometry ?? {};
  const bins = isVolumetric(kind) ? counts : { detectorCount: counts.columns, ...(slicePitch === undefined ? {} : { slicePitch }) };
  return parseGeometry(VECTOR_SCHEMAS[kind], { vectors, ...bins }, kind);
}

/** @throws SlicewiseError GEOMETRY for what is said twice: vectors are in mm, and where the axis is follows from them */
function requireNothingBeside(given: { readonly [field: string]: unknown }): void {
  const own = ['vectors', 'slicePitch', 'rows', 'columns', 'detectorCount'];
  const other = Object.keys(given).find((field) => given[field] !== undefined && !own.includes(field));
  if (other === undefined) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'vectors say the whole geometry',
    expected: 'vectors alone',
    got: `${other} beside them`,
    hint: 'put distances, pitch and offset into the vectors, or leave the vectors out',
  });
}

/** @throws SlicewiseError GEOMETRY for another beam than a cone */
export function requireHelix(kind: MeasurementKind, angles: readonly number[], feed: number): number[] {
  if (kind === CONE) return helixHeights(angles, feed);
  throw new SlicewiseError('GEOMETRY', {
    message: 'a table feed belongs to a helix',
    expected: CONE,
    got: kind,
    hint: 'give --geometry cone, or leave --table-feed out',
  });
}

/** The fields that every beam has, under the names of this kind: `detectorPitch` of a cone beam is its `columnPitch`. */
export function ownFields(kind: MeasurementKind, geometry: Geometry = {}): Geometry {
  const [own, other] = isVolumetric(kind) ? [detectorFields(CONE), detectorFields(FAN)] : [detectorFields(FAN), detectorFields(CONE)];
  const names = new Map([
    [other.pitch, own.pitch],
    [other.offset, own.offset],
  ] as [string, string][]);
  return Object.fromEntries(Object.entries(geometry).map(([name, value]) => [names.get(name) ?? name, value]));
}

/**
 * Distances to a source mean that the beam is not parallel: taking it as parallel would give a wrong image without a word.
 * @throws SlicewiseError GEOMETRY
 */
export function requireBeamFields(kind: MeasurementKind, given: Geometry = {}): void {
  if (isVectors(kind)) {
    requireNothingBeside(given);
    return;
  }
  const other = given.sourceZ !== undefined && kind !== CONE ? 'heights of a source' : given.vectors !== undefined ? 'vectors' : undefined;
  if (other) throw new SlicewiseError('GEOMETRY', { message: `a scan of kind ${kind} has no ${other}`, expected: CONE, got: other });
  const distance = ['sourceToAxis', 'sourceToDetector', 'detectorShape'].find((key) => given[key] !== undefined);
  if (kind !== PARALLEL || distance === undefined) return;
  throw new SlicewiseError('GEOMETRY', {
    message: `a parallel beam has no ${distance}`,
    expected: `${FAN} or ${CONE} with distances to the source`,
    got: kind,
    hint: 'give --geometry fan or cone, or leave --sod, --sdd and --detector-shape out',
  });
}
