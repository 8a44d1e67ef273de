import type { PixelGrid } from '../pixel-grid.js';
import type { Slab } from '../../../compute/cpu/layout.js';
import type { Window } from '../exchange-cpu.js';
import type { ConeGeometry } from '../../../volumes/kinds/radon/schema.js';
import { gridSigns, type ConeView } from '../vectors.js';

/** Bytes per detector column of the march table in cone.as.ts. */
export const RAY_BYTES = 80;
/** Bytes of its stacks: 16 lines of four copies of 96 bytes, and two heights each. */
export const STACK_BYTES = 16 * (4 * 96 + 8);

/** Numbers of a view in `coneTable`. */
export const CONE_VIEW = 9;

/** Nine numbers a view, as cone.as.ts reads them: mm in the grid's own axes about its middle. */
export function coneTable(g: ConeGeometry, views: readonly ConeView[], grid: PixelGrid): Float64Array {
  const [sx, sy] = gridSigns(grid);
  return Float64Array.from(
    views.flatMap((view) => {
      const { ray, centre, u, curved } = view;
      const { source, bottom } = heights(g, view, grid);
      return [sx * ray[0], sy * ray[1], sx * centre[0], sy * centre[1], sx * u[0], sy * u[1], source, bottom, curved ? 1 : 0];
    }),
  );
}

/** Heights of the source and of the lowest detector row along the grid's z. */
function heights(g: ConeGeometry, view: ConeView, grid: PixelGrid): { source: number; bottom: number } {
  const sz = gridSigns(grid)[2];
  return { source: sz * view.sourceZ, bottom: sz * view.detectorZ - ((g.rows - 1) / 2) * g.rowPitch };
}

/** Heights in mm of the source and of the detector's middle row along the grid's z, by view. */
export const coneHeightsOf = (g: ConeGeometry, views: readonly ConeView[], grid: PixelGrid): { source: number; middle: number }[] =>
  views.map((view) => {
    const { source, bottom } = heights(g, view, grid);
    return { source, middle: bottom + ((g.rows - 1) / 2) * g.rowPitch };
  });

/**
 * How far along the way from source (0) to detector (1) the image begins and ends in a view: the corners of the outermost pixels' reach. At
 * least a thousandth: what lies behind the source is not seen.
 */
function parts(view: ConeView, { shape, spacing }: PixelGrid): [number, number] {
  const [hx, hy] = [((shape[2] + 1) / 2) * spacing[0], ((shape[1] + 1) / 2) * spacing[1]];
  const normal = [-view.u[1], view.u[0]];
  const along = (p: readonly [number, number]): number => normal[0] * (p[0] - view.ray[0]) + normal[1] * (p[1] - view.ray[1]);
  const whole = along(view.centre);
  const corners = [-hx, hx].flatMap((x) => [-hy, hy].map((y) => [x, y] as const));
  const near = corners.map((corner) => along(corner) / whole);
  // to a curved detector it is the way itself that counts, which is nowhere shorter than its part along the normal
  const far = view.curved ? corners.map(([x, y]) => Math.hypot(x - view.ray[0], y - view.ray[1]) / Math.hypot(...way(view))) : near;
  return [Math.max(1e-3, Math.min(...near)), Math.max(1e-3, ...far)];
}

/** From source to the middle of the detector. */
const way = ({ ray, centre }: ConeView): [number, number] => [centre[0] - ray[0], centre[1] - ray[1]];

/** Windows by range slab and image slab; rows count upwards along the grid's z. */
export function coneWindows(
  g: ConeGeometry,
  views: readonly ConeView[],
  grid: PixelGrid,
  groups: readonly Slab[],
  slabs: readonly Slab[],
): Window[][] {
  const extents = views.map((view) => parts(view, grid));
  const z = (slice: number): number => (slice - (grid.shape[0] - 1) / 2) * grid.spacing[2];
  return groups.map((group) =>
    slabs.map((slab) => {
      let [low, high] = [Infinity, -Infinity];
      for (let v = group.first; v < group.first + group.count; v++) {
        const { source, bottom } = heights(g, views[v], grid);
        for (const edge of [z(slab.first - 1), z(slab.first + slab.count)]) {
          for (const part of extents[v]) {
            const row = (source + (edge - source) / part - bottom) / g.rowPitch;
            [low, high] = [Math.min(low, row), Math.max(high, row)];
          }
        }
      }
      const row0 = Math.max(0, Math.floor(low));
      return { row0, seen: Math.max(0, Math.min(g.rows, Math.ceil(high) + 1) - row0) };
    }),
  );
}
