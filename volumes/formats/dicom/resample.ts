/** A stack of equally large slices on the way to a regular grid. Lengths in mm. */
export interface Slab {
  readonly data: Float32Array;
  /** [slices, rows, columns] */
  readonly shape: readonly [number, number, number];
}

/**
 * Shears a stack back: every slice is moved within its plane by `shifts[k]` = [along, down] mm, with linear interpolation, onto the
 * grid that holds them all. What no slice covers becomes `fill`.
 * @returns the new stack and the mm that its corner moved [along, down]
 */
export function shearSlices(
  { data, shape }: Slab,
  shifts: readonly (readonly [number, number])[],
  spacing: { readonly row: number; readonly column: number },
  fill: number,
): Slab & { readonly corner: readonly [number, number] } {
  const [nk, nj, ni] = shape;
  const range = (axis: 0 | 1) => shifts.reduce(([low, high], s) => [Math.min(low, s[axis]), Math.max(high, s[axis])], [0, 0]);
  const [minAlong, maxAlong] = range(0);
  const [minDown, maxDown] = range(1);
  const wide = ni + Math.ceil((maxAlong - minAlong) / spacing.column - 1e-6);
  const tall = nj + Math.ceil((maxDown - minDown) / spacing.row - 1e-6);
  const out = new Float32Array(nk * tall * wide).fill(fill);
  for (let k = 0; k < nk; k++) {
    const across = weights((shifts[k][0] - minAlong) / spacing.column, ni, wide);
    const downwards = weights((shifts[k][1] - minDown) / spacing.row, nj, tall);
    for (let j = 0; j < tall; j++) {
      const row = downwards[j];
      if (!row) continue;
      for (let i = 0; i < wide; i++) {
        const column = across[i];
        if (!column) continue;
        const top = (k * nj + row.at) * ni + column.at;
        const upper = data[top] + column.part * (data[top + column.next] - data[top]);
        const below = top + row.next * ni;
        const lower = data[below] + column.part * (data[below + column.next] - data[below]);
        out[(k * tall + j) * wide + i] = upper + row.part * (lower - upper);
      }
    }
  }
  return { data: out, shape: [nk, tall, wide], corner: [minAlong, minDown] };
}

interface Weight {
  readonly at: number;
  /** 1 when there is a neighbour to interpolate with, else 0. */
  readonly next: 0 | 1;
  readonly part: number;
}

/** For each of `to` samples, where it lies among `from` samples that were moved up by `shift`. */
function weights(shift: number, from: number, to: number): (Weight | undefined)[] {
  return Array.from({ length: to }, (_, n) => {
    const where = n - shift;
    const nearest = Math.round(where);
    const exact = Math.abs(where - nearest) < 1e-6 ? nearest : where;
    if (exact < 0 || exact > from - 1) return undefined;
    const at = Math.floor(exact);
    return { at, next: at + 1 < from ? 1 : 0, part: exact - at };
  });
}

/**
 * Interpolates slices at `heights` (increasing) linearly onto a regular grid from the first to the last, as near to `step` as divides
 * the length evenly.
 * @returns the new stack and its distance between slices
 */
export function resampleHeights({ data, shape }: Slab, heights: readonly number[], step: number): Slab & { readonly step: number } {
  const [nk, nj, ni] = shape;
  const size = nj * ni;
  const total = heights[nk - 1];
  const count = Math.max(2, Math.round(total / step) + 1);
  const even = total / (count - 1);
  const out = new Float32Array(count * size);
  let below = 0;
  for (let k = 0; k < count; k++) {
    while (below < nk - 2 && heights[below + 1] <= k * even) below++;
    const part = Math.min(1, Math.max(0, (k * even - heights[below]) / (heights[below + 1] - heights[below])));
    for (let n = 0; n < size; n++) {
      const value = data[below * size + n];
      out[k * size + n] = value + part * (data[(below + 1) * size + n] - value);
    }
  }
  return { data: out, shape: [count, nj, ni], step: even };
}
