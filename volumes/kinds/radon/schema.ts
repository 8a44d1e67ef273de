import * as z from 'zod';
import { parseGeometry as parse } from '../schema.js';

/*
 * The plain-JSON geometries of CT scans, mm and degrees.
 *
 * Angle convention (x right, y up, z towards the viewer's head; θ counter-clockwise seen from +z):
 *   detector axis u(θ) = (cos θ, sin θ, 0), detector rows v = +z;
 *   parallel: rays travel along (−sin θ, cos θ); bin s holds ∫ f over the line x cos θ + y sin θ = s;
 *   fan, cone: source at sourceToAxis · (sin θ, −cos θ), detector centre at
 *     (sourceToDetector − sourceToAxis) · (−sin θ, cos θ), flat detector along u (and v), or curved about the source.
 * A clockwise scan is written with negative angles. Scans that are no circle are written as vectors of every view (vector-schema.ts).
 */

/** Data [slice, view, detector]. */
export const PARALLEL = 'radon.parallel';
/** Data [slice, view, detector]. */
export const FAN = 'radon.fan';
/** Data [view, row, column]. */
export const CONE = 'radon.cone';
/** Data [slice, view, detector], six numbers a view. */
export const PARALLEL_VEC = 'radon.parallel-vec';
/** Data [slice, view, detector], six numbers a view. */
export const FAN_VEC = 'radon.fan-vec';
/** Data [view, row, column], twelve numbers a view. */
export const PARALLEL3D_VEC = 'radon.parallel3d-vec';
/** Data [view, row, column], twelve numbers a view. */
export const CONE_VEC = 'radon.cone-vec';
/** Scans that are a circle (or helix), said by angles. */
export const CIRCLE_KINDS = [PARALLEL, FAN, CONE] as const;
/** Scans that are said by the vectors of every view. */
export const VECTOR_KINDS = [PARALLEL_VEC, FAN_VEC, PARALLEL3D_VEC, CONE_VEC] as const;
export const RADON_KINDS = [...CIRCLE_KINDS, ...VECTOR_KINDS] as const;
export type CircleKind = (typeof CIRCLE_KINDS)[number];
export type VectorKind = (typeof VECTOR_KINDS)[number];
export type RadonKind = (typeof RADON_KINDS)[number];

export const isRadon = (kind: string): kind is RadonKind => (RADON_KINDS as readonly string[]).includes(kind);
export const isVectors = (kind: string): kind is VectorKind => (VECTOR_KINDS as readonly string[]).includes(kind);
/** Are the data [view, row, column], rays through several slices? Else [slice, view, detector]. */
export const isVolumetric = (kind: string): boolean => kind === CONE || kind === CONE_VEC || kind === PARALLEL3D_VEC;
/** Does a kind's beam come from a source? */
export const isDivergent = (kind: string): boolean => kind !== PARALLEL && kind !== PARALLEL_VEC && kind !== PARALLEL3D_VEC;

const angles = z.array(z.number()).min(1).describe('degrees, counter-clockwise seen from +z (head), one per view');
const positive = z.number().positive();
const source = {
  sourceToAxis: positive.describe('mm from the source to the rotation axis'),
  sourceToDetector: positive.describe('mm from the source to the detector'),
};
type Source = z.output<z.ZodObject<typeof source>>;
const behindAxis = (g: Source): boolean => g.sourceToDetector >= g.sourceToAxis;
const BEHIND_AXIS = { path: ['sourceToDetector'], message: 'expected at least sourceToAxis' };

const shape = {
  detectorShape: z
    .enum(['flat', 'curved'])
    .optional()
    .describe('curved: an arc about the source (equiangular), its pitch and offset along the arc; default flat'),
};
interface Curved {
  readonly detectorShape?: 'flat' | 'curved';
  readonly sourceToDetector: number;
}
/** The angle of a bin to the central ray, radians: `s` mm along the arc. A fan of a half circle or more is none. */
const withinHalf = (g: Curved, count: number, pitch: number, offset: number): boolean =>
  g.detectorShape !== 'curved' || (count * pitch) / 2 + Math.abs(offset) < (Math.PI / 2) * 0.99 * g.sourceToDetector;
const TOO_WIDE = 'a curved detector must see less than 90° to either side of the central ray: pitch and offset are mm along the arc';

const flat = {
  angles,
  detectorCount: z.int().min(1),
  detectorPitch: positive.describe('mm between detector bins'),
  detectorOffset: z.number().default(0).describe('mm from the projected rotation axis to the detector centre, along +u'),
  slicePitch: positive.optional().describe('mm between slices'),
};

/** Parallel beam. */
export const parallelSchema = z.object(flat);

/** Fan beam; pitch and offset are measured on the detector. */
export const fanSchema = z
  .object({ ...flat, ...source, ...shape })
  .refine(behindAxis, BEHIND_AXIS)
  .refine((g) => withinHalf(g, g.detectorCount, g.detectorPitch, g.detectorOffset), { path: ['detectorPitch'], message: TOO_WIDE });

/**
 * Cone beam, circular or helical, with a detector whose columns are parallel to z, flat or a cylinder about the source; rows count along
 * +z.
 */
export const coneSchema = z
  .object({
    angles,
    rows: z.int().min(1),
    columns: z.int().min(1),
    rowPitch: positive.describe('mm between detector rows'),
    columnPitch: positive.describe('mm between detector columns'),
    rowOffset: z.number().default(0).describe('mm from the height of the source to the detector centre, along +v'),
    columnOffset: z.number().default(0).describe('mm from the projected rotation axis to the detector centre, along +u'),
    ...source,
    ...shape,
    sourceZ: z
      .array(z.number())
      .optional()
      .describe('mm above the middle of the grid, height of the source in every view (helix); the detector moves with it'),
  })
  .refine(behindAxis, BEHIND_AXIS)
  .refine((g) => withinHalf(g, g.columns, g.columnPitch, g.columnOffset), { path: ['columnPitch'], message: TOO_WIDE })
  .refine((g) => !g.sourceZ || g.sourceZ.length === g.angles.length, {
    path: ['sourceZ'],
    message: 'one height per angle',
  });

/** Parallel beam; mm and degrees. */
export type ParallelGeometry = z.output<typeof parallelSchema>;
/** Fan beam; mm and degrees. */
export type FanGeometry = z.output<typeof fanSchema>;
/** Cone beam, circular or helical; mm and degrees. */
export type ConeGeometry = z.output<typeof coneSchema>;

/** @throws SlicewiseError GEOMETRY naming the first field that is wrong */
export const parseGeometry = <S extends z.ZodType>(schema: S, geometry: unknown, kind: string): z.output<S> =>
  parse(schema, geometry, kind, { hint: GEOMETRY_HINT });

export const GEOMETRY_HINT = 'angles are in degrees and lengths in mm; see docs/reference/geometry.md';

/** What the fields of a geometry are called that every beam has: the number of bins along u, their pitch, the offset (circles only). */
export const detectorFields = (kind: string) =>
  isVolumetric(kind)
    ? ({ count: 'columns', pitch: 'columnPitch', offset: 'columnOffset' } as const)
    : ({ count: 'detectorCount', pitch: 'detectorPitch', offset: 'detectorOffset' } as const);
