// AssemblyScript. How the rays of one view go through the image, for rays.as.ts and one-slice.as.ts; the names of both say what is what.

// @ts-ignore: decorator
@inline
export const VIEW: usize = 7 * 8; // kind (0 parallel, 1 divergent, 2 curved too), source or direction (2), detector centre (2), u (2)
// @ts-ignore: decorator
@inline
export const RAY: usize = 48; // see `plan`
// @ts-ignore: decorator
@inline
const ONE: f64 = 4294967296.0;

/**
 * Ray table of one view: position across at line 0 and step per line (fixed-point pixels, i64), weight (mm per line, f64), main axis (0:
 * rows, 1: columns), lines met: from, to (i32), and those of them where both neighbours lie inside: inner from, to. The view's vectors are
 * in mm, relative to the grid centre, y along increasing rows.
 */
export function plan(
  view: usize, table: usize, detectors: i32, rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64,
): void {
  const divergent = load<f64>(view) != 0;
  const ax = load<f64>(view, 8);
  const ay = load<f64>(view, 16);
  const cx = load<f64>(view, 24);
  const cy = load<f64>(view, 32);
  const ux = load<f64>(view, 40);
  const uy = load<f64>(view, 48);
  const curved = load<f64>(view) > 1;
  const radius = curved ? Math.sqrt((cx - ax) * (cx - ax) + (cy - ay) * (cy - ay)) : 1;
  const pitch = curved ? Math.sqrt(ux * ux + uy * uy) : 1;
  const middle = 0.5 * <f64>(detectors - 1);
  const rowMiddle = 0.5 * <f64>(rows - 1);
  const columnMiddle = 0.5 * <f64>(columns - 1);
  for (let d: i32 = 0; d < detectors; d++) {
    const s = <f64>d - middle;
    let px = cx + s * ux;
    let py = cy + s * uy;
    if (curved) {
      // on the arc: γ from the middle
      const c = Math.cos((s * pitch) / radius);
      const t = (Math.sin((s * pitch) / radius) * radius) / pitch;
      px = ax + c * (cx - ax) + t * ux;
      py = ay + c * (cy - ay) + t * uy;
    }
    // direction in mm, then in pixels
    const mx = divergent ? px - ax : ax;
    const my = divergent ? py - ay : ay;
    const dx = mx / columnSpacing;
    const dy = my / rowSpacing;
    const alongRows = Math.abs(dy) >= Math.abs(dx);
    const ox = px / columnSpacing + columnMiddle;
    const oy = py / rowSpacing + rowMiddle;
    const slope = alongRows ? dx / dy : dy / dx;
    const first = alongRows ? ox - slope * oy : oy - slope * ox;
    const lines = alongRows ? rows : columns;
    const width = alongRows ? columns : rows;
    const length = Math.sqrt(mx * mx + my * my) / Math.abs(alongRows ? dy : dx);
    const at = table + <usize>d * RAY;
    const p = <i64>(Math.max(-1e9, Math.min(1e9, first)) * ONE);
    const step = <i64>(slope * ONE);
    // lines in front of a source
    let low: i32 = 0;
    let high = lines;
    if (divergent) {
      const main = alongRows ? dy : dx;
      const source = alongRows ? ay / rowSpacing + rowMiddle : ax / columnSpacing + columnMiddle;
      const line = Math.max(-1, Math.min(<f64>lines, source));
      if (main > 0) low = <i32>Math.ceil(line + 1e-9);
      else high = <i32>Math.floor(line - 1e-9) + 1;
      low = max(low, 0);
      high = min(high, lines);
    }
    const from = firstAbove(p, step, -1, width, low, high);
    const to = endOf(p, step, -1, width, from, high);
    const innerFrom = firstAbove(p, step, 0, width - 1, from, to);
    store<i64>(at, p);
    store<i64>(at, step, 8);
    store<f64>(at, length, 16);
    store<i32>(at, alongRows ? 0 : 1, 24);
    store<i32>(at, from, 28);
    store<i32>(at, to, 32);
    store<i32>(at, innerFrom, 36);
    store<i32>(at, endOf(p, step, 0, width - 1, innerFrom, to), 40);
  }
}

/** The table of the same rays through the rows first … end − 1 alone, which are rows 0 … of an image of their own. */
export function clip(table: usize, detectors: i32, first: i32, end: i32): void {
  const rows = end - first;
  for (let d: i32 = 0; d < detectors; d++) {
    const at = table + <usize>d * RAY;
    const step = load<i64>(at, 8);
    if (load<i32>(at, 24) == 0) {
      store<i64>(at, load<i64>(at) + step * <i64>first);
      for (let k: usize = 28; k < 44; k += 4) store<i32>(at + k, min(max(load<i32>(at + k) - first, 0), rows));
      continue;
    }
    const p = load<i64>(at) - (<i64>first << 32);
    const low = firstAbove(p, step, -1, rows, load<i32>(at, 28), load<i32>(at, 32));
    const high = endOf(p, step, -1, rows, low, load<i32>(at, 32));
    const innerFrom = firstAbove(p, step, 0, rows - 1, low, high);
    store<i64>(at, p);
    store<i32>(at, low, 28);
    store<i32>(at, high, 32);
    store<i32>(at, innerFrom, 36);
    store<i32>(at, endOf(p, step, 0, rows - 1, innerFrom, high), 40);
  }
}

/** Is the pixel before the position one of low … high − 1? */
// @ts-ignore: decorator
@inline
function within(p: i64, step: i64, j: i32, low: i32, high: i32): bool {
  const i = (p + step * <i64>j) >> 32;
  return i >= <i64>low && i < <i64>high;
}

/** The first line from `from` on whose position is within; a line straight to it, then the exact one. */
function firstAbove(p: i64, step: i64, low: i32, high: i32, from: i32, to: i32): i32 {
  let j = from;
  if (step != 0) {
    const edge = <f64>(step > 0 ? low : high) * ONE;
    const guess = (edge - <f64>p) / <f64>step - 2;
    if (guess > <f64>from) j = guess < <f64>to ? <i32>guess : to;
  }
  while (j < to && !within(p, step, j, low, high)) j++;
  return j;
}

/** One past the last line of the run that begins at `from`. */
function endOf(p: i64, step: i64, low: i32, high: i32, from: i32, to: i32): i32 {
  let j = to;
  if (step != 0) {
    const edge = <f64>(step > 0 ? high : low) * ONE;
    const guess = (edge - <f64>p) / <f64>step + 2;
    if (guess < <f64>to) j = guess > <f64>from ? <i32>guess : from;
  }
  while (j > from && !within(p, step, j - 1, low, high)) j--;
  return j;
}

// @ts-ignore: decorator
@inline
export function fraction(p: i64): f32 {
  return <f32><i32>((<u32>p) >> 8) * <f32>(1.0 / 16777216.0);
}

/** Has any ray this main axis? */
export function any(table: usize, detectors: i32, axis: i32): bool {
  for (let d: i32 = 0; d < detectors; d++) if (load<i32>(table + <usize>d * RAY, 24) == axis) return true;
  return false;
}
