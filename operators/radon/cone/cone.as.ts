// AssemblyScript. Cone beam by Joseph's method (IEEE Trans. Med. Imaging 1982;1:192) on one image slab, whose lanes are slices, for
// detectors with columns parallel to z, flat or a cylinder about the source. All rays of one view and detector column lie in one upright
// plane, so the march through the image is one for all of them: at every step the whole stack of slices is interpolated in the plane, and
// each detector row then reads (or writes) the stack at its own height, linearly. The two directions compute the same weights by the same
// expressions: one is the transpose of the other. A slab has the hat functions of its own slices only; sums over slabs are made outside, in
// slab order. Image [row, column], lane = slice. Window: some detector rows of ≤ 16 views, [row, column], lane = view. Fan: [column][row],
// one view.
import { accumulate, madd } from '../../../compute/cpu/simd.as';

// @ts-ignore: decorator
@inline
// source (2), detector centre (2), u (2), height of the source, height of row 0 (mm in the grid's axes), 1 where the detector is curved
const VIEW: usize = 9 * 8;
// @ts-ignore: decorator
@inline
const RAY: usize = 10 * 8; // see `plan`
// @ts-ignore: decorator
@inline
const BLOCK: i32 = 16; // image lines marched by all columns in turn, so that they stay in cache

// @ts-ignore: decorator
@inline
const COPY: usize = 96; // a stack of 16 slices with room below and above
// @ts-ignore: decorator
@inline
const FRONT: usize = 16;
// @ts-ignore: decorator
@inline
const STACK: usize = 4 * COPY;

/**
 * Adding 1.5 · 2²³ rounds a float to the nearest whole number and leaves it in the low bits: floor(k) is the nearest to k − ½, at ties
 * either of two that interpolate alike. Shifted by 2 (and without the bits of 1.5 · 2²³) it is the byte offset of a float.
 */
// @ts-ignore: decorator
@inline
const MAGIC: f32 = 12582912;
// @ts-ignore: decorator
@inline
const BIAS: usize = 0x2d000000; // (bits of MAGIC) << 2

/**
 * The march of every detector column of a view: position at line 0 and per line (pixels across), height of window row 0 over lane 0 at line
 * 0 and per line (slices), heights between rows likewise, squared distance source → column in the plane (mm²), lines per mm⁻¹ (1/|component
 * of the ray|), main axis, first and last line.
 */
function plan(
  view: usize, table: usize, detectors: i32, rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64,
  lane0: f64, sliceSpacing: f64, rowPitch: f64, row0: i32,
): void {
  const ax = load<f64>(view);
  const ay = load<f64>(view, 8);
  const cx = load<f64>(view, 16);
  const cy = load<f64>(view, 24);
  const ux = load<f64>(view, 32);
  const uy = load<f64>(view, 40);
  const az = load<f64>(view, 48);
  const bottom = load<f64>(view, 56) + <f64>row0 * rowPitch;
  const curved = load<f64>(view, 64) != 0;
  const radius = curved ? Math.sqrt((cx - ax) * (cx - ax) + (cy - ay) * (cy - ay)) : 1;
  const pitch = curved ? Math.sqrt(ux * ux + uy * uy) : 1;
  const middle = 0.5 * <f64>(detectors - 1);
  const rowMiddle = 0.5 * <f64>(rows - 1);
  const columnMiddle = 0.5 * <f64>(columns - 1);
  for (let d: i32 = 0; d < detectors; d++) {
    const s = <f64>d - middle;
    let mx = cx + s * ux - ax;
    let my = cy + s * uy - ay;
    if (curved) {
      // on the arc: γ from the middle
      const c = Math.cos((s * pitch) / radius);
      const t = (Math.sin((s * pitch) / radius) * radius) / pitch;
      mx = c * (cx - ax) + t * ux;
      my = c * (cy - ay) + t * uy;
    }
    const dx = mx / columnSpacing;
    const dy = my / rowSpacing;
    const alongRows = Math.abs(dy) >= Math.abs(dx);
    const slope = alongRows ? dx / dy : dy / dx;
    const ox = ax / columnSpacing + columnMiddle;
    const oy = ay / rowSpacing + rowMiddle;
    const first = alongRows ? ox - slope * oy : oy - slope * ox;
    // how far from source (0) to detector (1)
    const part1 = alongRows ? 1 / dy : 1 / dx;
    const part0 = alongRows ? -oy * part1 : -ox * part1;
    const at = table + <usize>d * RAY;
    const lines = alongRows ? rows : columns;
    const width = <f64>(alongRows ? columns : rows);
    let from: i32 = 0;
    let to = lines;
    while (from < to && !meets(first + slope * <f64>from, width, part0 + part1 * <f64>from)) from++;
    while (to > from && !meets(first + slope * <f64>(to - 1), width, part0 + part1 * <f64>(to - 1))) to--;
    store<f64>(at, first);
    store<f64>(at, slope, 8);
    store<f64>(at, (az - lane0 + (bottom - az) * part0) / sliceSpacing, 16);
    store<f64>(at, ((bottom - az) * part1) / sliceSpacing, 24);
    store<f64>(at, (rowPitch * part0) / sliceSpacing, 32);
    store<f64>(at, (rowPitch * part1) / sliceSpacing, 40);
    store<f64>(at, mx * mx + my * my, 48);
    store<f64>(at, Math.abs(part1), 56);
    store<f64>(at, alongRows ? 0 : 1, 64);
    store<i32>(at, from, 72);
    store<i32>(at, to, 76);
  }
}

/** Does a step count: between the lines' ends, and in front of the source. */
// @ts-ignore: decorator
@inline
function meets(position: f64, width: f64, part: f64): bool {
  return position > -1 && position < width && part > 1e-4;
}

/** mm of a ray per line: its length over its component along the main axis. */
// @ts-ignore: decorator
@inline
function lengthAt(ray: usize, height: f64): f32 {
  return <f32>(Math.sqrt(load<f64>(ray, 48) + height * height) * load<f64>(ray, 56));
}

/**
 * One range slab of views: window ← A x, rows row0 … row0 + seen − 1 (upwards in the grid; `flip`: stored downwards). `fan` holds
 * detectors·stride floats, stride ≥ seen + 4; `stacks` is scratch of STACKS bytes (cone-windows.ts).
 */
export function forward(
  x: usize, window: usize, fan: usize, table: usize, stacks: usize, vectors: usize,
  view0: i32, views: i32, row0: i32, seen: i32, flip: i32, detectors: i32, rows: i32, columns: i32,
  rowSpacing: f64, columnSpacing: f64, lane0: f64, sliceSpacing: f64, rowPitch: f64,
  stride: i32, count: i32, lanes: usize, viewLanes: i32,
): void {
  if (seen <= 0) return;
  memory.fill(window, 0, <usize>(seen * detectors * viewLanes) << 2);
  memory.fill(stacks, 0, <usize>BLOCK * STACK);
  const pixel = lanes << 2;
  const line = <usize>columns * pixel;
  for (let v: i32 = 0; v < views; v++) {
    const view = vectors + <usize>(view0 + v) * VIEW;
    plan(view, table, detectors, rows, columns, rowSpacing, columnSpacing, lane0, sliceSpacing, rowPitch, row0);
    memory.fill(fan, 0, <usize>(detectors * stride) << 2);
    for (let axis: i32 = 0; axis < 2; axis++) {
      const lines = axis ? columns : rows;
      const width = axis ? rows : columns;
      const along = axis ? pixel : line;
      const across = axis ? line : pixel;
      for (let j: i32 = 0; j < lines; j += BLOCK) {
        const end = min(j + BLOCK, lines);
        if (lanes == 16) marchForward(x, along, across, j, end, width, axis, table, detectors, fan, stride, seen, stacks, count, 64);
        else if (lanes == 8) marchForward(x, along, across, j, end, width, axis, table, detectors, fan, stride, seen, stacks, count, 32);
        else marchForward(x, along, across, j, end, width, axis, table, detectors, fan, stride, seen, stacks, count, 16);
      }
    }
    const start = load<f64>(view, 56) + <f64>row0 * rowPitch - load<f64>(view, 48);
    for (let d: i32 = 0; d < detectors; d++) {
      const ray = table + <usize>d * RAY;
      for (let r: i32 = 0; r < seen; r++) {
        const value = load<f32>(fan + (<usize>(d * stride + r) << 2));
        const at = ((flip ? seen - 1 - r : r) * detectors + d) * viewLanes + v;
        store<f32>(window + (<usize>at << 2), value * lengthAt(ray, start + <f64>r * rowPitch));
      }
    }
  }
}

/** x += Aᵀ window; arguments as for `forward`. */
export function adjoint(
  x: usize, window: usize, fan: usize, table: usize, stacks: usize, vectors: usize,
  view0: i32, views: i32, row0: i32, seen: i32, flip: i32, detectors: i32, rows: i32, columns: i32,
  rowSpacing: f64, columnSpacing: f64, lane0: f64, sliceSpacing: f64, rowPitch: f64,
  stride: i32, count: i32, lanes: usize, viewLanes: i32,
): void {
  if (seen <= 0) return;
  const pixel = lanes << 2;
  const line = <usize>columns * pixel;
  memory.fill(stacks, 0, <usize>BLOCK * STACK);
  memory.fill(fan, 0, <usize>(detectors * stride) << 2);
  for (let v: i32 = 0; v < views; v++) {
    const view = vectors + <usize>(view0 + v) * VIEW;
    plan(view, table, detectors, rows, columns, rowSpacing, columnSpacing, lane0, sliceSpacing, rowPitch, row0);
    const start = load<f64>(view, 56) + <f64>row0 * rowPitch - load<f64>(view, 48);
    for (let d: i32 = 0; d < detectors; d++) {
      const ray = table + <usize>d * RAY;
      for (let r: i32 = 0; r < seen; r++) {
        const at = ((flip ? seen - 1 - r : r) * detectors + d) * viewLanes + v;
        const value = load<f32>(window + (<usize>at << 2)) * lengthAt(ray, start + <f64>r * rowPitch);
        store<f32>(fan + (<usize>(d * stride + r) << 2), value);
      }
    }
    for (let axis: i32 = 0; axis < 2; axis++) {
      const lines = axis ? columns : rows;
      const width = axis ? rows : columns;
      const along = axis ? pixel : line;
      const across = axis ? line : pixel;
      for (let j: i32 = 0; j < lines; j += BLOCK) {
        const end = min(j + BLOCK, lines);
        if (lanes == 16) marchAdjoint(x, along, across, j, end, width, axis, table, detectors, fan, stride, seen, stacks, count, 64);
        else if (lanes == 8) marchAdjoint(x, along, across, j, end, width, axis, table, detectors, fan, stride, seen, stacks, count, 32);
        else marchAdjoint(x, along, across, j, end, width, axis, table, detectors, fan, stride, seen, stacks, count, 16);
      }
    }
  }
}

/** Ones in the lanes that hold slices. */
// @ts-ignore: decorator
@inline
function laneMask(count: i32, first: i32): v128 {
  return i32x4.lt_s(i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)), i32x4.splat(count));
}

/** Row at which height `k` (in slices) lies. */
// @ts-ignore: decorator
@inline
function rowAt(ray: usize, j: i32, k: f64): f64 {
  const height = load<f64>(ray, 16) + load<f64>(ray, 24) * <f64>j;
  return (k - height) / (load<f64>(ray, 32) + load<f64>(ray, 40) * <f64>j);
}

/** The first detector row that meets the slab on lines j0 … j1 − 1 (a row's height is monotonic along a ray). */
// @ts-ignore: decorator
@inline
function firstRow(ray: usize, j0: i32, j1: i32): i32 {
  return <i32>Math.max(0, Math.min(1e9, Math.min(rowAt(ray, j0, -1), rowAt(ray, j1 - 1, -1))));
}

/** One past the last. */
// @ts-ignore: decorator
@inline
function endRow(ray: usize, j0: i32, j1: i32, count: i32, seen: i32): i32 {
  return <i32>Math.max(0, Math.min(<f64>seen, Math.max(rowAt(ray, j0, count), rowAt(ray, j1 - 1, count)) + 1));
}

/** Keeps for every line of a block: height of row 0, and between rows. */
// @ts-ignore: decorator
@inline
function storeHeights(ray: usize, heights: usize, j: i32): void {
  store<f32>(heights, <f32>(load<f64>(ray, 16) + load<f64>(ray, 24) * <f64>j));
  store<f32>(heights, <f32>(load<f64>(ray, 32) + load<f64>(ray, 40) * <f64>j), 4);
}

/** Heights of four rows, in slices; all beyond the slab's reach meet zeros just beyond it. */
// @ts-ignore: decorator
@inline
function heightsOf(rows: v128, heights: usize, top: v128): v128 {
  const k = f32x4.add(f32x4.mul(v128.load32_splat(heights, 4), rows), v128.load32_splat(heights));
  return f32x4.pmin(top, f32x4.pmax(f32x4.splat(-2), k));
}

// @ts-ignore: decorator
@inline
function roundDown(k: v128): v128 {
  return f32x4.add(f32x4.sub(k, f32x4.splat(0.5)), f32x4.splat(MAGIC));
}

// @ts-ignore: decorator
@inline
function marchForward(
  image: usize, along: usize, across: usize, j0: i32, j1: i32, width: i32, axis: i32, table: usize, detectors: i32,
  fan: usize, stride: i32, seen: i32, stacks: usize, count: i32, pixel: usize,
): void {
  const m0 = laneMask(count, 0);
  const m1 = laneMask(count, 4);
  const m2 = laneMask(count, 8);
  const m3 = laneMask(count, 12);
  const one = f32x4.splat(1);
  const top = f32x4.splat(<f32>(count + 1));
  const heights = stacks + <usize>BLOCK * STACK;
  for (let d: i32 = 0; d < detectors; d++) {
    const ray = table + <usize>d * RAY;
    const from = max(j0, load<i32>(ray, 72));
    const to = min(j1, load<i32>(ray, 76));
    if (<i32>load<f64>(ray, 64) != axis || from >= to) continue;
    const first = firstRow(ray, from, to);
    const last = endRow(ray, from, to, count, seen);
    if (first >= last) continue;
    let stack = stacks + FRONT;
    let height = heights;
    for (let j = from; j < to; j++, stack += STACK, height += 8) {
      storeHeights(ray, height, j);
      const position = load<f64>(ray) + load<f64>(ray, 8) * <f64>j;
      const whole = Math.floor(position);
      const i = <i32>whole;
      const f = <f32>(position - whole);
      const line = image + <usize>j * along;
      const here = line + <usize>max(i, 0) * across;
      const next = line + <usize>min(i + 1, width - 1) * across;
      const w = f32x4.splat(i >= 0 ? 1 - f : 0);
      const n = f32x4.splat(i + 1 < width ? f : 0);
      v128.store(stack, v128.and(m0, madd(n, v128.load(next), f32x4.mul(w, v128.load(here)))));
      if (pixel > 16) v128.store(stack, v128.and(m1, madd(n, v128.load(next, 16), f32x4.mul(w, v128.load(here, 16)))), 16);
      if (pixel > 32) {
        v128.store(stack, v128.and(m2, madd(n, v128.load(next, 32), f32x4.mul(w, v128.load(here, 32)))), 32);
        v128.store(stack, v128.and(m3, madd(n, v128.load(next, 48), f32x4.mul(w, v128.load(here, 48)))), 48);
      }
    }
    const end = heights + (<usize>(to - from) << 3);
    let rows = f32x4.add(f32x4.splat(<f32>first), f32x4(0, 1, 2, 3));
    let out = fan + (<usize>(d * stride + first) << 2);
    for (let r = first; r < last; r += 4, out += 16) {
      let sum = v128.load(out);
      let base = stacks + FRONT - BIAS;
      for (let h = heights; h < end; h += 8, base += STACK) {
        const k = heightsOf(rows, h, top);
        const rounded = roundDown(k);
        const g = f32x4.sub(k, f32x4.sub(rounded, f32x4.splat(MAGIC)));
        const at = i32x4.shl(rounded, 2);
        // each load fetches the two slices that a row lies between
        let p = v128.load_zero<u64>(base + i32x4.extract_lane(at, 0));
        p = v128.load_lane<u64>(base + i32x4.extract_lane(at, 1), p, 1);
        let q = v128.load_zero<u64>(base + i32x4.extract_lane(at, 2));
        q = v128.load_lane<u64>(base + i32x4.extract_lane(at, 3), q, 1);
        const low = v128.shuffle<i32>(p, q, 0, 2, 4, 6);
        const high = v128.shuffle<i32>(p, q, 1, 3, 5, 7);
        sum = f32x4.add(sum, f32x4.add(f32x4.mul(f32x4.sub(one, g), low), f32x4.mul(g, high)));
      }
      v128.store(out, sum);
      rows = f32x4.add(rows, f32x4.splat(4));
    }
  }
}

// @ts-ignore: decorator
@inline
function addPair(at: usize, pair: v128): void {
  v128.store_lane<u64>(at, f32x4.add(v128.load_zero<u64>(at), pair), 0);
}

/** The sum of a stack's four copies, which are emptied. */
// @ts-ignore: decorator
@inline
function collect(at: usize): v128 {
  const sum = f32x4.add(
    f32x4.add(v128.load(at), v128.load(at + COPY)),
    f32x4.add(v128.load(at + 2 * COPY), v128.load(at + 3 * COPY)),
  );
  const none = f32x4.splat(0);
  v128.store(at, none);
  v128.store(at + COPY, none);
  v128.store(at + 2 * COPY, none);
  v128.store(at + 3 * COPY, none);
  return sum;
}

// @ts-ignore: decorator
@inline
function marchAdjoint(
  image: usize, along: usize, across: usize, j0: i32, j1: i32, width: i32, axis: i32, table: usize, detectors: i32,
  fan: usize, stride: i32, seen: i32, stacks: usize, count: i32, pixel: usize,
): void {
  const one = f32x4.splat(1);
  const top = f32x4.splat(<f32>(count + 1));
  const heights = stacks + <usize>BLOCK * STACK;
  for (let d: i32 = 0; d < detectors; d++) {
    const ray = table + <usize>d * RAY;
    const from = max(j0, load<i32>(ray, 72));
    const to = min(j1, load<i32>(ray, 76));
    if (<i32>load<f64>(ray, 64) != axis || from >= to) continue;
    const first = firstRow(ray, from, to);
    const last = endRow(ray, from, to, count, seen);
    if (first >= last) continue;
    const end = heights + (<usize>(to - from) << 3);
    for (let h = heights, j = from; h < end; h += 8, j++) storeHeights(ray, h, j);
    let rows = f32x4.add(f32x4.splat(<f32>first), f32x4(0, 1, 2, 3));
    let values = fan + (<usize>(d * stride + first) << 2);
    for (let r = first; r < last; r += 4, values += 16) {
      const t = v128.load(values);
      let base = stacks + FRONT - BIAS;
      for (let h = heights; h < end; h += 8, base += STACK) {
        const k = heightsOf(rows, h, top);
        const rounded = roundDown(k);
        const g = f32x4.sub(k, f32x4.sub(rounded, f32x4.splat(MAGIC)));
        const at = i32x4.shl(rounded, 2);
        const low = f32x4.mul(f32x4.sub(one, g), t);
        const high = f32x4.mul(g, t);
        const p = v128.shuffle<i32>(low, high, 0, 4, 1, 5);
        const q = v128.shuffle<i32>(low, high, 2, 6, 3, 7);
        // four neighbouring rows write to four copies: nothing waits for a store to the same place
        addPair(base + i32x4.extract_lane(at, 0), p);
        addPair(base + COPY + i32x4.extract_lane(at, 1), v128.shuffle<i64>(p, p, 1, 1));
        addPair(base + 2 * COPY + i32x4.extract_lane(at, 2), q);
        addPair(base + 3 * COPY + i32x4.extract_lane(at, 3), v128.shuffle<i64>(q, q, 1, 1));
      }
      rows = f32x4.add(rows, f32x4.splat(4));
    }
    let stack = stacks + FRONT;
    for (let j = from; j < to; j++, stack += STACK) {
      const position = load<f64>(ray) + load<f64>(ray, 8) * <f64>j;
      const whole = Math.floor(position);
      const i = <i32>whole;
      const f = <f32>(position - whole);
      const line = image + <usize>j * along;
      const here = line + <usize>max(i, 0) * across;
      const next = line + <usize>min(i + 1, width - 1) * across;
      const w = f32x4.splat(i >= 0 ? 1 - f : 0);
      const n = f32x4.splat(i + 1 < width ? f : 0);
      for (let o: usize = 0; o < pixel; o += 16) {
        const sum = collect(stack + o);
        accumulate(here + o, w, sum);
        accumulate(next + o, n, sum);
      }
    }
  }
}
