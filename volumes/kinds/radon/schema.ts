import { z } from 'zod';
import { parseGeometry as parse } from '../schema.js';

/*
 * The plain-JSON geometries of CT scans, mm and degrees.
 *
 * Angle convention (x right, y up, z towards the viewer's head; θ counter-clockwise seen from +z):
 *   detector axis u(θ) = (cos θ, sin θ, 0), detector rows v = +z;
 *   parallel: rays travel along (−sin θ, cos θ); bin s holds ∫ f over the line x cos θ + y sin θ = s;
 *   fan, cone: source at sourceToAxis · (sin θ, −cos θ), detector centre at
 *     (sourceToDetector − sourceToAxis) · (−sin θ, cos θ), flat detector along u (and v).
 * A clockwise scan is written with negative angles.
 */

/** Data [slice, view, detector]. */
export const PARALLEL = 'radon.parallel';
/** Data [slice, view, detector]. */
export const FAN = 'radon.fan';
/** Data [view, row, column]. */
export const CONE = 'radon.cone';
export const RADON_KINDS = [PARALLEL, FAN, CONE] as const;
export type RadonKind = (typeof RADON_KINDS)[number];

export const isRadon = (kind: string): kind is RadonKind => (RADON_KINDS as readonly string[]).includes(kind);

const angles = z.array(z.number()).min(1).describe('degrees, counter-clockwise seen from +z (head), one per view');
const positive = z.number().positive();
const source = {
  sourceToAxis: positive.describe('mm from the source to the rotation axis'),
  sourceToDetector: positive.describe('mm from the source to the detector'),
};
type Source = z.output<z.ZodObject<typeof source>>;
const behindAxis = (g: Source): boolean => g.sourceToDetector >= g.sourceToAxis;
const BEHIND_AXIS = { path: ['sourceToDetector'], message: 'expected at least sourceToAxis' };

const flat = {
  angles,
  detectorCount: z.int().min(1),
  detectorPitch: positive.describe('mm between detector bins'),
  detectorOffset: z.number().default(0).describe('mm from the projected rotation axis to the detector centre, along +u'),
  slicePitch: positive.optional().describe('mm between slices'),
};

/** Parallel beam. */
export const parallelSchema = z.object(flat);

/** Fan beam with a flat detector; pitch and offset are measured on the detector. */
export const fanSchema = z.object({ ...flat, ...source }).refine(behindAxis, BEHIND_AXIS);

/** Cone beam, circular or helical, with a flat detector whose columns are parallel to z; rows count along +z. */
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
    sourceZ: z
      .array(z.number())
      .optional()
      .describe('mm above the middle of the grid, height of the source in every view (helix); the detector moves with it'),
  })
  .refine(behindAxis, BEHIND_AXIS)
  .refine((g) => !g.sourceZ || g.sourceZ.length === g.angles.length, {
    path: ['sourceZ'],
    message: 'one height per angle',
  });

/** Parallel beam; mm and degrees. */
export type ParallelGeometry = z.output<typeof parallelSchema>;
/** Fan beam, flat detector; mm and degrees. */
export type FanGeometry = z.output<typeof fanSchema>;
/** Cone beam, flat detector, circular or helical; mm and degrees. */
export type ConeGeometry = z.output<typeof coneSchema>;

/** @throws SlicewiseError GEOMETRY naming the first field that is wrong */
export const parseGeometry = <S extends z.ZodType>(schema: S, geometry: unknown, kind: string): z.output<S> =>
  parse(schema, geometry, kind, { hint: GEOMETRY_HINT });

export const GEOMETRY_HINT = 'angles are in degrees and lengths in mm; see docs/reference/geometry.md';

/** What the fields of a geometry are called that every beam has: the number of bins along u, their pitch, the offset. */
export const detectorFields = (kind: string) =>
  kind === CONE
    ? ({ count: 'columns', pitch: 'columnPitch', offset: 'columnOffset' } as const)
    : ({ count: 'detectorCount', pitch: 'detectorPitch', offset: 'detectorOffset' } as const);
