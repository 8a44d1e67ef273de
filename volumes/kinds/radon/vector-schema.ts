import * as z from 'zod';

/*
 * Scans as the vectors of every view, mm in the world (x right, y up, z towards the viewer), relative to the middle of the image grid: the
 * source (fan, cone) or the direction of the rays (parallel), the middle of the detector, the step u from one column to the next and, in
 * three dimensions, the step v from one row to the next. The order is that of ASTRA's parallel_vec, fanflat_vec, parallel3d_vec and
 * cone_vec.
 */

/** Numbers of a view in the plane: ray, centre, u. */
const PLANE = 6;
/** … and in space: ray, centre, u, v. */
const SPACE = 12;

const lists = (count: number) => z.array(z.array(z.number()).length(count)).min(1);

type Vectors = readonly (readonly number[])[];

/** Below this sine two directions are one. */
const FLAT = 1e-6;

/**
 * The first view whose vectors are no scan, in words: steps of no length, u along v, rays in the plane of the detector.
 */
function unusable(vectors: Vectors, divergent: boolean): { view: number; why: string } | undefined {
  for (const [view, list] of vectors.entries()) {
    const { ray, centre, u, v } = spatial(list);
    const along = divergent ? minus(centre, ray) : ray;
    const normal = cross(u, v);
    const [lu, lv, ln, la] = [u, v, normal, along].map(length);
    if (!(lu > 0 && lv > 0)) return { view, why: 'the step u or v of the detector is 0' };
    if (!(ln > FLAT * lu * lv)) return { view, why: 'u and v of the detector are parallel' };
    if (!(la > 0)) return { view, why: divergent ? 'the source lies on the detector' : 'the direction of the rays is 0' };
    if (!(Math.abs(dot(along, normal)) > FLAT * la * ln)) return { view, why: 'the rays run along the detector' };
  }
  return undefined;
}

const checked = <S extends z.ZodType<{ vectors: number[][] }>>(schema: S, divergent: boolean): S =>
  schema.superRefine((g, context) => {
    const bad = unusable((g as { vectors: number[][] }).vectors, divergent);
    if (bad) context.addIssue({ code: 'custom', path: ['vectors', bad.view], message: bad.why });
  }) as S;

const plane = (divergent: boolean, ray: string) =>
  checked(
    z.object({
      vectors: lists(PLANE).describe(`mm, one list a view: ${ray} (x, y), middle of the detector (x, y), u (x, y)`),
      detectorCount: z.int().min(1),
      slicePitch: z.number().positive().optional().describe('mm between slices'),
    }),
    divergent,
  );

const space = (divergent: boolean, ray: string) =>
  checked(
    z.object({
      vectors: lists(SPACE).describe(`mm, one list a view: ${ray}, middle of the detector, u, v; x, y, z each`),
      rows: z.int().min(1),
      columns: z.int().min(1),
    }),
    divergent,
  );

/** Parallel rays in the planes of the slices. */
export const parallelVecSchema = plane(false, 'direction of the rays');
/** A source and a flat detector in the planes of the slices. */
export const fanVecSchema = plane(true, 'source');
/** Parallel rays of any direction. */
export const parallel3dVecSchema = space(false, 'direction of the rays');
/** Any source and flat detector. */
export const coneVecSchema = space(true, 'source');

/** Vectors in the planes of slices, six numbers a view; mm. */
export type PlaneVectors = z.output<typeof fanVecSchema>;
/** Vectors in space, twelve numbers a view; mm. */
export type SpaceVectors = z.output<typeof coneVecSchema>;

export type Vector3 = readonly [number, number, number];

/** The vectors of one view. */
export interface ViewVectors {
  /** Source, or direction of the rays. */
  readonly ray: Vector3;
  readonly centre: Vector3;
  readonly u: Vector3;
  readonly v: Vector3;
}

/** Of twelve numbers, or of six that lie in the plane z = 0, with v upright. */
export function spatial(list: readonly number[]): ViewVectors {
  const [a, b, c, d, e, f] = list;
  if (list.length === PLANE) return { ray: [a, b, 0], centre: [c, d, 0], u: [e, f, 0], v: [0, 0, 1] };
  const at = (n: number): Vector3 => [list[n], list[n + 1], list[n + 2]];
  return { ray: at(0), centre: at(3), u: at(6), v: at(9) };
}

export const dot = (a: Vector3, b: Vector3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vector3, b: Vector3): Vector3 => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
export const minus = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const length = (a: Vector3): number => Math.hypot(...a);
