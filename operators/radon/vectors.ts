import type { PixelGrid } from './pixel-grid.js';
import { SlicewiseError } from '../../core/errors.js';
import { radians } from '../../core/units.js';
import type { ConeGeometry, FanGeometry, ParallelGeometry } from '../../volumes/kinds/radon/schema.js';
import type { PlaneVectors } from '../../volumes/kinds/radon/vector-schema.js';

/**
 * One view of a slice-parallel scan as plain vectors in mm, in the plane of the slice, relative to the rotation axis: all that the
 * projector knows. `ray` is the ray direction (parallel) or the source position (divergent); `u` the step from one detector bin to the
 * next, in the middle of the detector. `curved`: the detector is an arc about the source through `centre`, and bins are |u| apart on it.
 */
export interface View2D {
  readonly divergent: boolean;
  readonly curved?: boolean;
  readonly ray: readonly [number, number];
  readonly centre: readonly [number, number];
  readonly u: readonly [number, number];
}

/** Radians from bin to bin of a curved detector; 0: flat. Detectors are alike in all views. */
export function curveOf({ curved, ray, centre, u }: View2D): number {
  return curved ? Math.hypot(...u) / Math.hypot(centre[0] - ray[0], centre[1] - ray[1]) : 0;
}

/** Parallel beam: bin s of view θ holds ∫ f over x cos θ + y sin θ = s. */
export function parallelViews(g: ParallelGeometry): View2D[] {
  return g.angles.map((angle) => {
    const [c, s] = [Math.cos(radians(angle)), Math.sin(radians(angle))];
    return {
      divergent: false,
      ray: [-s, c],
      centre: [g.detectorOffset * c, g.detectorOffset * s],
      u: [g.detectorPitch * c, g.detectorPitch * s],
    };
  });
}

/**
 * Fan beam: source at R(sin θ, −cos θ), flat detector with its centre at (D − R)(−sin θ, cos θ) + offset·u; or an arc of radius D about the
 * source, whose middle bin is offset/D radians from the central ray.
 */
export function fanViews(g: FanGeometry): View2D[] {
  const curved = g.detectorShape === 'curved';
  return g.angles.map((angle) => {
    const [c, s] = [Math.cos(radians(angle)), Math.sin(radians(angle))];
    const source = [g.sourceToAxis * s, -g.sourceToAxis * c] as const;
    if (curved) {
      // a bin towards +u is seen in the direction that the middle has at a smaller θ
      const middle = radians(angle) - g.detectorOffset / g.sourceToDetector;
      const [cm, sm] = [Math.cos(middle), Math.sin(middle)];
      return {
        divergent: true,
        curved,
        ray: source,
        centre: [source[0] - g.sourceToDetector * sm, source[1] + g.sourceToDetector * cm],
        u: [g.detectorPitch * cm, g.detectorPitch * sm],
      };
    }
    const beyond = g.sourceToDetector - g.sourceToAxis;
    return {
      divergent: true,
      ray: source,
      centre: [-beyond * s + g.detectorOffset * c, beyond * c + g.detectorOffset * s],
      u: [g.detectorPitch * c, g.detectorPitch * s],
    };
  });
}

/** One view of a cone-beam scan: the fan beam in the plane of the source, and heights in mm above the middle of the grid. */
export interface ConeView extends View2D {
  readonly sourceZ: number;
  /** Height of the detector's middle. */
  readonly detectorZ: number;
}

/** Circular (or, with `sourceZ`, helical) cone beam: as the fan beam, detector rows upright and moving with the source. */
export function coneViews(g: ConeGeometry): ConeView[] {
  const fan = fanViews({
    ...g,
    detectorCount: g.columns,
    detectorPitch: g.columnPitch,
    detectorOffset: g.columnOffset,
  });
  return fan.map((view, v) => {
    const sourceZ = g.sourceZ?.[v] ?? 0;
    return { ...view, sourceZ, detectorZ: sourceZ + g.rowOffset };
  });
}

/**
 * Whether columns run along +x or −x, rows along +y or −y and slices along +z or −z of the scanner. A volume that lies obliquely in the
 * world (tilted gantry, oblique slices) is projected as it lies: the scanner is tilted with it, its rotation axis the normal of the slices.
 * @throws SlicewiseError GEOMETRY for axes that are not at right angles, or whose slices are not nearest to axial ones
 */
export function gridSigns(grid: Pick<PixelGrid, 'direction'>): [number, number, number] {
  const d = grid.direction;
  const along = [d[0], d[4], d[8]];
  const column = (a: number): number[] => [d[a], d[3 + a], d[6 + a]];
  const dot = (a: number, b: number): number => column(a).reduce((sum, value, n) => sum + value * column(b)[n], 0);
  const straight = [0, 1, 2].every((a) => Math.abs(dot(a, a) - 1) < 3e-3 && Math.abs(dot(a, (a + 1) % 3)) < 2e-3);
  const nearest = along.every((value, a) => column(a).every((other) => Math.abs(other) <= Math.abs(value)));
  if (!straight || !nearest) {
    throw new SlicewiseError('GEOMETRY', {
      message: straight ? 'the slices of the image are not axial' : 'the axes of the image are not at right angles',
      expected: 'columns nearest to x, rows nearest to y and slices nearest to z, at right angles to one another',
      got: `directions [${d.map((v) => v.toFixed(3)).join(', ')}]`,
      hint: straight
        ? 'slices in another plane are turned by toCanonical(volume, "axial")'
        : 'a sheared volume must be resampled to straight axes first (a tilted gantry: --tilt shear)',
    });
  }
  return [Math.sign(along[0]), Math.sign(along[1]), Math.sign(along[2])];
}

/** Parallel rays or sources in the plane, six numbers a view. */
export const planeViews = (vectors: PlaneVectors['vectors'], divergent: boolean): View2D[] =>
  vectors.map(([a, b, c, d, e, f]) => ({ divergent, ray: [a, b], centre: [c, d], u: [e, f] }));

/** Seven numbers a view, as rays.as.ts reads them, in the grid's own axes (x along columns, y along rows). */
export function packViews(views: readonly View2D[], grid: Pick<PixelGrid, 'direction'>): Float64Array {
  const [sx, sy] = gridSigns(grid);
  return Float64Array.from(
    views.flatMap(({ divergent, curved, ray, centre, u }) => [
      curved ? 2 : divergent ? 1 : 0,
      sx * ray[0],
      sy * ray[1],
      sx * centre[0],
      sy * centre[1],
      sx * u[0],
      sy * u[1],
    ]),
  );
}
