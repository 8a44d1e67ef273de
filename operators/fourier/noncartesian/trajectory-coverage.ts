/** What a trajectory covers of k-space. */
export interface TrajectoryCoverage {
  /** How far out it goes, as a share of half the matrix: the larger of the two axes. */
  readonly reach: number;
  /** Cells of the Cartesian grid, and those of them with a sample inside. */
  readonly cells: number;
  readonly met: number;
  /**
   * Width of the gaps about DC, cells: twice the distance to the nearest sample which 98 % of the points within `radius` stay below, at
   * most 2·`FARTHEST`. 1 for windings or spokes one cell apart, 1.4 for a Cartesian grid (its diagonal).
   */
  readonly gap: number;
  /** Do all samples within `radius` lie on points of the Cartesian grid? */
  readonly onGrid: boolean;
}

/** Distances are looked for as far as this, cells. */
const FARTHEST = 3;
const QUANTILE = 0.98;
/** Cells from a point of the grid that still count as on it. */
const ON_GRID = 0.05;

/**
 * @param trajectory (ky, kx) of every sample, cycles per field of view
 * @param matrix [rows, columns] of the image
 * @param radius of the disc about DC in which gaps are looked for, cycles per field of view
 */
export function trajectoryCoverage(
  trajectory: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  radius: number,
): TrajectoryCoverage {
  const [cy, cx] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const seen = new Uint8Array(rows * columns);
  const near = new Map<string, number[]>();
  let [reach, met, onGrid] = [0, 0, true];
  for (let s = 0; s < trajectory.length; s += 2) {
    const [ky, kx] = [trajectory[s], trajectory[s + 1]];
    reach = Math.max(reach, Math.abs((2 * ky) / rows), Math.abs((2 * kx) / columns));
    const [y, x] = [Math.round(ky), Math.round(kx)];
    // the far edge, +n/2 of an even n, is the cell −n/2 again
    const at = ((y + cy) % rows) * columns + ((x + cx) % columns);
    if (!seen[at]) met += seen[at] = 1;
    if (Math.hypot(ky, kx) > radius + FARTHEST) continue;
    if (Math.hypot(ky, kx) <= radius) onGrid &&= Math.hypot(ky - y, kx - x) < ON_GRID;
    const key = `${y},${x}`;
    const list = near.get(key);
    if (list) list.push(ky, kx);
    else near.set(key, [ky, kx]);
  }
  const distances: number[] = [];
  const steps = Math.ceil(2 * radius);
  for (let j = -steps; j <= steps; j++)
    for (let i = -steps; i <= steps; i++) if (Math.hypot(j, i) <= 2 * radius) distances.push(nearest(near, j / 2, i / 2));
  distances.sort((a, b) => a - b);
  const gap = 2 * distances[Math.floor(QUANTILE * (distances.length - 1))];
  return { reach, cells: rows * columns, met, gap, onGrid };
}

/** From (y, x) to a sample, by the cells around it. */
function nearest(samples: ReadonlyMap<string, number[]>, y: number, x: number): number {
  let best = FARTHEST;
  const [j, i] = [Math.round(y), Math.round(x)];
  for (let dy = -FARTHEST; dy <= FARTHEST; dy++) {
    for (let dx = -FARTHEST; dx <= FARTHEST; dx++) {
      const list = samples.get(`${j + dy},${i + dx}`) ?? [];
      for (let n = 0; n < list.length; n += 2) best = Math.min(best, Math.hypot(list[n] - y, list[n + 1] - x));
    }
  }
  return best;
}
