import type { PixelGrid } from '../pixel-grid.js';
import { gridSigns, type View2D } from '../vectors.js';

/**
 * Where a view sees a pixel, as the backprojection kernel reads it: bin = (n₀ + n₁·column + n₂·row)/(d₀ + d₁·column + d₂·row). The
 * denominator is the pixel's distance from the source along the central ray over that of the rotation axis: 1 on the axis, and 1 everywhere
 * in a parallel beam.
 */
export type PixelMap = readonly [number, number, number, number, number, number];

type Affine2D = readonly [number, number, number]; // constant, per mm of x, per mm of y

/** @param detectors number of bins; bin (detectors − 1)/2 lies at the detector's centre */
export function pixelMap(view: View2D, detectors: number, grid: PixelGrid): PixelMap {
  const { ray, centre, u } = view;
  const middle = (detectors - 1) / 2;
  let bin: Affine2D;
  let distance: Affine2D = [1, 0, 0];
  if (view.divergent) {
    const normal = [-u[1], u[0]] as const;
    const toAxis = -dot(normal, ray);
    distance = [1, normal[0] / toAxis, normal[1] / toAxis];
    // the ray source → pixel meets the detector at centre + t·u, t = (u·(a − c) + λ u·(p − a))/|u|²; λ = stretch/distance
    const stretch = (dot(normal, centre) - dot(normal, ray)) / toAxis;
    const square = dot(u, u);
    const shift = (dot(u, ray) - dot(u, centre)) / square + middle;
    bin = [shift - (stretch * dot(u, ray)) / square, (stretch * u[0]) / square, (stretch * u[1]) / square];
    bin = [bin[0], bin[1] + shift * distance[1], bin[2] + shift * distance[2]];
  } else {
    const across = [-ray[1], ray[0]] as const;
    const scale = dot(across, u);
    bin = [middle - dot(across, centre) / scale, across[0] / scale, across[1] / scale];
  }
  return [...ofPixel(bin, grid), ...ofPixel(distance, grid)];
}

const dot = (a: readonly number[], b: readonly number[]): number => a[0] * b[0] + a[1] * b[1];

/** An affine function of world mm about the grid centre → of (column, row). */
function ofPixel(f: Affine2D, { shape, spacing, direction }: PixelGrid): [number, number, number] {
  const [sx, sy] = gridSigns({ direction });
  const perColumn = f[1] * sx * spacing[0];
  const perRow = f[2] * sy * spacing[1];
  return [f[0] - (perColumn * (shape[2] - 1)) / 2 - (perRow * (shape[1] - 1)) / 2, perColumn, perRow];
}
