import type { NamedArray } from '../measurement.js';

/** Rows and columns of k-space, `to` excluded. */
export interface KspaceRegion {
  readonly ky: readonly [from: number, to: number];
  readonly kx: readonly [from: number, to: number];
}

/**
 * The largest rectangle around the k-space origin in which every sample was measured, in all slices; undefined when the origin itself was not.
 * @param mask [slice, ky, kx], 0 and 1
 */
export function calibrationRegion({ data, shape }: Pick<NamedArray, 'data' | 'shape'>): KspaceRegion | undefined {
  const [slices, ny, nx] = shape;
  const [cy, cx] = [Math.floor(ny / 2), Math.floor(nx / 2)];
  const measured = (y: number, x: number): boolean => {
    for (let s = 0; s < slices; s++) if (data[(s * ny + y) * nx + x] === 0) return false;
    return true;
  };
  if (!measured(cy, cx)) return undefined;
  // how far each row is whole to both sides of the middle column
  const reach = Array.from({ length: ny }, (_, y): [number, number] => {
    if (!measured(y, cx)) return [cx + 1, cx];
    let [from, to] = [cx, cx + 1];
    while (from > 0 && measured(y, from - 1)) from--;
    while (to < nx && measured(y, to)) to++;
    return [from, to];
  });
  let best: KspaceRegion = { ky: [cy, cy + 1], kx: [cx, cx + 1] };
  const area = ({ ky, kx }: KspaceRegion): number => (ky[1] - ky[0]) * (kx[1] - kx[0]);
  let [left, right] = [0, nx];
  for (let top = cy; top >= 0; top--) {
    left = Math.max(left, reach[top][0]);
    right = Math.min(right, reach[top][1]);
    if (left > cx) break;
    let [from, to] = [left, right];
    for (let bottom = cy; bottom < ny; bottom++) {
      from = Math.max(from, reach[bottom][0]);
      to = Math.min(to, reach[bottom][1]);
      if (from > cx) break;
      const region: KspaceRegion = { ky: [top, bottom + 1], kx: [from, to] };
      if (area(region) > area(best)) best = region;
    }
  }
  return best;
}
