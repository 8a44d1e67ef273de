import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { spacingOf } from '../../core/placement.js';
import type { ImageGrid } from './pixel-grid.js';

const angles = z.array(z.number()).min(1).describe('degrees, counter-clockwise seen from +z (head), one per view');
const positive = z.number().positive();

/** Parallel beam, mm and degrees. */
export const parallelSchema = z.object({
  angles,
  detectorCount: z.int().min(1),
  detectorPitch: positive.describe('mm between detector bins'),
  detectorOffset: z
    .number()
    .default(0)
    .describe('mm from the projected rotation axis to the detector centre, along +u'),
  slicePitch: positive.optional(),
});

/** Fan beam with a flat detector; pitch and offset are measured on the detector. */
export const fanSchema = parallelSchema.extend({
  sourceToAxis: positive.describe('mm from the source to the rotation axis'),
  sourceToDetector: positive.describe('mm from the source to the detector'),
});

/** Circular cone beam with a flat detector whose columns are parallel to z; rows count along +z. */
export const coneSchema = z
  .object({
    angles,
    rows: z.int().min(1),
    columns: z.int().min(1),
    rowPitch: positive,
    columnPitch: positive,
    rowOffset: z.number().default(0),
    columnOffset: z.number().default(0),
    sourceToAxis: positive,
    sourceToDetector: positive,
    sourceZ: z
      .array(z.number())
      .optional()
      .describe('mm, height of the source in every view (helical scans); the detector moves with it'),
  })
  .refine((g) => !g.sourceZ || g.sourceZ.length === g.angles.length, {
    path: ['sourceZ'],
    message: 'one height per angle',
  });

export type ParallelGeometry = z.output<typeof parallelSchema>;
export type FanGeometry = z.output<typeof fanSchema>;
export type ConeGeometry = z.output<typeof coneSchema>;

/** Checks a geometry; GEOMETRY names the first field that is wrong. */
export function parseGeometry<S extends z.ZodType>(schema: S, geometry: unknown, kind: string): z.output<S> {
  const parsed = schema.safeParse(geometry);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SlicewiseError('GEOMETRY', {
    message: `the ${kind} geometry is not usable: '${issue.path.join('.') || 'geometry'}': ${issue.message}`,
    hint: 'angles are in degrees and lengths in mm; see docs/geometry.md',
  });
}

/**
 * A source must lie outside the circle inscribed in the image, and in front of the detector. (Corners of the image that the source passes through are
 * outside the field of view.)
 */
export function checkDistances(g: FanGeometry | ConeGeometry, grid: ImageGrid, kind: string): void {
  const [dx, dy] = spacingOf(grid, 'mm');
  const radius = Math.min(grid.shape[1] * dy, grid.shape[2] * dx) / 2;
  if (g.sourceToDetector < g.sourceToAxis || g.sourceToAxis <= radius) {
    throw new SlicewiseError('GEOMETRY', {
      message: `the ${kind} geometry is impossible`,
      expected: `the image radius (${radius.toFixed(1)} mm) < sourceToAxis ≤ sourceToDetector`,
      got: `sourceToAxis ${g.sourceToAxis} mm, sourceToDetector ${g.sourceToDetector} mm`,
    });
  }
}
