import { cross, minus, spatial, type Vector3, type ViewVectors } from '../../../volumes/kinds/radon/vector-schema.js';
import type { PixelGrid } from '../pixel-grid.js';
import { gridSigns } from '../vectors.js';

/**
 * The rays of one view of any flat detector, in voxels about the middle of the image (x along columns, y along rows, z along slices). The
 * ray of column c and row r, both counted from the middle of the detector, runs along d = d0 + c·du + r·dv with the moment m = p × d = m0 +
 * c·mu + r·mv for every point p on it (Plücker coordinates): affine in c and r for a source as for parallel rays, and small numbers for
 * rays through the image, however far the source is.
 */
export interface ViewLines {
  readonly divergent: boolean;
  readonly d: readonly [Vector3, Vector3, Vector3];
  readonly m: readonly [Vector3, Vector3, Vector3];
  /** The source; zeros for parallel rays. */
  readonly source: Vector3;
  /**
   * Where a voxel is seen: affine functions (constant, per x, y, z) of its place. Column = column/part, row = row/part, from the middle of
   * the detector; part > 0 in front of a source, and 1 everywhere for parallel rays.
   */
  readonly part: Affine;
  readonly column: Affine;
  readonly row: Affine;
}

type Affine = readonly [number, number, number, number];

/** Views of lists of twelve numbers, in mm, as the grid sees them. */
export function viewLines(vectors: readonly (readonly number[])[], divergent: boolean, grid: PixelGrid): ViewLines[] {
  const signs = gridSigns(grid);
  const scaled = (a: Vector3): Vector3 => [
    (signs[0] * a[0]) / grid.spacing[0],
    (signs[1] * a[1]) / grid.spacing[1],
    (signs[2] * a[2]) / grid.spacing[2],
  ];
  return vectors.map((list) => {
    const { ray, centre, u, v } = spatial(list);
    return linesOf({ ray: scaled(ray), centre: scaled(centre), u: scaled(u), v: scaled(v) }, divergent);
  });
}

const NONE: Vector3 = [0, 0, 0];

function linesOf({ ray, centre, u, v }: ViewVectors, divergent: boolean): ViewLines {
  const way = divergent ? minus(centre, ray) : ray;
  const maps = inverse(way, u, v);
  if (divergent) {
    // λ, λc, λr of x − source; scaled so that λ is 1 in the middle of the image where the source is not in its plane
    const [part, column, row] = maps.map((map) => about(map, ray));
    const scale = 1 / (Math.abs(part[0]) || 1);
    const normal = (f: Affine): Affine => [f[0] * scale, f[1] * scale, f[2] * scale, f[3] * scale];
    const moments = [cross(ray, centre), cross(ray, u), cross(ray, v)] as const;
    return { divergent, d: [way, u, v], m: moments, source: ray, part: normal(part), column: normal(column), row: normal(row) };
  }
  const [, column, row] = maps.map((map) => about(map, centre));
  const moments = [cross(centre, ray), cross(u, ray), cross(v, ray)] as const;
  return { divergent, d: [ray, NONE, NONE], m: moments, source: NONE, part: [1, 0, 0, 0], column, row };
}

/** Rows of the inverse of the matrix whose columns are a, b, c. */
function inverse(a: Vector3, b: Vector3, c: Vector3): [Vector3, Vector3, Vector3] {
  const [bc, ca, ab] = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
  const over = (x: Vector3): Vector3 => [x[0] / determinant, x[1] / determinant, x[2] / determinant];
  return [over(bc), over(ca), over(ab)];
}

/** map · (x − from) as an affine function of x. */
const about = (map: Vector3, from: Vector3): Affine => [-(map[0] * from[0] + map[1] * from[1] + map[2] * from[2]), ...map];
