// AssemblyScript. Centred FFTs of the lines of one slab, alone or fused with coil sensitivities and sampling mask.
//
// Element e of lane (slice) l of a plane lies at base + (e·L + l)·4, so a plane is a run of vectors of four lanes. A *line* is n positions
// that are `ps` bytes apart; `nv` vectors lie side by side at each position and are transformed alike (along x: the quads of one line;
// along y: those of all columns). `outer` such sets lie `os` bytes apart. They are taken `block` vectors at a time into scratch ("areas",
// one a vector), where they stay in cache; whole cache lines are read and written. Centring is a rotation by c = ⌊n/2⌋ on the way in and
// out: position (i + c) mod n is element i. An inverse transform is a forward one with real and imaginary parts swapped at both ends.
//
// plan (int32 words): 0 n · 1 length of the stages · 2 number of stages · 3 chirp · 4 its spectrum (0: none) · 5 bytes of an area · 6 bytes
// of scratch before the areas · 7 positions of a line that zeros pad to n (0: n positions, centred) · 8 + 4k: radix, m, twiddles, cosines
// and sines of stage k. Offsets are in bytes from the plan; see plan.ts.
import { ELEMENT, stage2, stage3, stage4, stage5, stage7, stage8, stageOdd } from './butterfly-simd.as';

// @ts-ignore: decorator
@inline
function word(plan: usize, k: usize): usize {
  return <usize>load<u32>(plan + (k << 2));
}

/** Positions of a line in memory: fewer than the transform's where it is padded with zeros. */
// @ts-ignore: decorator
@inline
function positions(plan: usize): usize {
  const padded = word(plan, 7);
  return padded ? padded : word(plan, 0);
}

/** Position of element 0: the middle, or the first one of a padded line, whose convolution does not ask where the middle is. */
// @ts-ignore: decorator
@inline
function shift(plan: usize): usize {
  return word(plan, 7) ? 0 : word(plan, 0) >> 1;
}

/** Zeros behind the positions of padded lines. */
// @ts-ignore: decorator
@inline
function blank(areas: usize, size: usize, count: usize, np: usize, n: usize): void {
  if (np == n) return;
  for (let k: usize = 0, area = areas; k < count; k++, area += size) memory.fill(area + np * ELEMENT, 0, (n - np) * ELEMENT);
}

/** The stages of a plan on one area, in place; `spare` is as long as an area. */
function stages(plan: usize, area: usize, spare: usize, pairs: usize): void {
  const count = word(plan, 2);
  let s: usize = 1;
  let x = area;
  for (let k: usize = 0; k < count; k++) {
    const at = plan + 32 + (k << 4);
    const radix = word(at, 0);
    const m = word(at, 1);
    const tw = plan + word(at, 2);
    const y = k + 1 == count || x != area ? area : spare;
    if (radix == 4) stage4(x, y, m, s, tw);
    else if (radix == 8) stage8(x, y, m, s, tw);
    else if (radix == 2) stage2(x, y, m, s, tw);
    else if (radix == 3) stage3(x, y, m, s, tw);
    else if (radix == 5) stage5(x, y, m, s, tw);
    else if (radix == 7) stage7(x, y, m, s, tw);
    else stageOdd(radix, x, y, m, s, tw, plan + word(at, 3), pairs);
    s *= radix;
    x = y;
  }
}

/** element ← element · (wr, wi), real and imaginary parts of the result swapped if `swap`, and taken swapped if `swapped`. */
// @ts-ignore: decorator
@inline
function turn(at: usize, w: usize, swapped: bool, swap: bool): void {
  const re = v128.load(swapped ? at + 16 : at);
  const im = v128.load(swapped ? at : at + 16);
  const wr = v128.load32_splat(w);
  const wi = v128.load32_splat(w, 4);
  const r = f32x4.sub(f32x4.mul(re, wr), f32x4.mul(im, wi));
  const i = f32x4.add(f32x4.mul(re, wi), f32x4.mul(im, wr));
  v128.store(at, swap ? i : r);
  v128.store(at, swap ? r : i, 16);
}

/**
 * The transform of one area in place: its stages, or Bluestein's chirp convolution X_k = w_k Σ_j (x_j w_j) w̄_{k−j}, w_j = exp(−πi j²/n).
 */
function transform(plan: usize, area: usize, work: usize): void {
  const spare = work;
  const pairs = work + word(plan, 5);
  const chirpOffset = word(plan, 3);
  if (chirpOffset == 0) return stages(plan, area, spare, pairs);
  const n = word(plan, 0);
  const length = word(plan, 1);
  const end = area + n * ELEMENT;
  const far = area + length * ELEMENT;
  let w = plan + chirpOffset;
  for (let at = area; at < end; at += ELEMENT, w += 8) turn(at, w, false, false);
  memory.fill(end, 0, far - end);
  stages(plan, area, spare, pairs);
  w = plan + word(plan, 4);
  for (let at = area; at < far; at += ELEMENT, w += 8) turn(at, w, false, true);
  stages(plan, area, spare, pairs);
  w = plan + chirpOffset;
  for (let at = area; at < end; at += ELEMENT, w += 8) turn(at, w, true, false);
}

/** areas ← x */
// @ts-ignore: decorator
@inline
function gather(re: usize, im: usize, ps: usize, count: usize, n: usize, c: usize, area: usize, size: usize): void {
  let from = c * ps;
  const end = count << 4;
  for (let i: usize = 0; i < n; i++, from += ps, area += ELEMENT) {
    if (i == n - c) from = 0;
    for (let v: usize = 0, to = area; v < end; v += 16, to += size) {
      v128.store(to, v128.load(re + from + v));
      v128.store(to, v128.load(im + from + v), 16);
    }
  }
}

/** areas ← x ⊙ map */
// @ts-ignore: decorator
@inline
function gatherMapped(
  re: usize, im: usize, mapRe: usize, mapIm: usize, ps: usize, count: usize, n: usize, c: usize, area: usize, size: usize,
): void {
  let from = c * ps;
  const end = count << 4;
  for (let i: usize = 0; i < n; i++, from += ps, area += ELEMENT) {
    if (i == n - c) from = 0;
    for (let v: usize = from, to = area; v < from + end; v += 16, to += size) {
      const xr = v128.load(re + v);
      const xi = v128.load(im + v);
      const sr = v128.load(mapRe + v);
      const si = v128.load(mapIm + v);
      v128.store(to, f32x4.sub(f32x4.mul(xr, sr), f32x4.mul(xi, si)));
      v128.store(to, f32x4.add(f32x4.mul(xr, si), f32x4.mul(xi, sr)), 16);
    }
  }
}

/** x ← scale · areas */
// @ts-ignore: decorator
@inline
function scatter(
  re: usize, im: usize, ps: usize, count: usize, n: usize, c: usize, area: usize, size: usize, scale: f32,
): void {
  let to = c * ps;
  const end = count << 4;
  const w = f32x4.splat(scale);
  for (let i: usize = 0; i < n; i++, to += ps, area += ELEMENT) {
    if (i == n - c) to = 0;
    for (let v: usize = 0, from = area; v < end; v += 16, from += size) {
      v128.store(re + to + v, f32x4.mul(w, v128.load(from)));
      v128.store(im + to + v, f32x4.mul(w, v128.load(from, 16)));
    }
  }
}

/** x ← scale · conj(map) ⊙ areas, whose real and imaginary parts are swapped; added to x if `add`. */
// @ts-ignore: decorator
@inline
function combine(
  re: usize, im: usize, mapRe: usize, mapIm: usize, ps: usize, count: usize, n: usize, c: usize, area: usize, size: usize,
  scale: f32, add: i32,
): void {
  let to = c * ps;
  const end = count << 4;
  const w = f32x4.splat(scale);
  for (let i: usize = 0; i < n; i++, to += ps, area += ELEMENT) {
    if (i == n - c) to = 0;
    for (let v: usize = to, from = area; v < to + end; v += 16, from += size) {
      const zi = f32x4.mul(w, v128.load(from));
      const zr = f32x4.mul(w, v128.load(from, 16));
      const sr = v128.load(mapRe + v);
      const si = v128.load(mapIm + v);
      let xr = f32x4.add(f32x4.mul(sr, zr), f32x4.mul(si, zi));
      let xi = f32x4.sub(f32x4.mul(sr, zi), f32x4.mul(si, zr));
      if (add) {
        xr = f32x4.add(xr, v128.load(re + v));
        xi = f32x4.add(xi, v128.load(im + v));
      }
      v128.store(re + v, xr);
      v128.store(im + v, xi);
    }
  }
}

/**
 * One area (vector v of its line) ⊙ mask. The mask's value for position f and vector v lies at mask + f·mp + (v >> log)·me + (v & (2^log −
 * 1))·ml, log = log₂ of the vectors of an element; ml = 0 when all slices share it, else 16.
 */
// @ts-ignore: decorator
@inline
function sample(
  area: usize, n: usize, c: usize, mask: usize, mp: usize, me: usize, ml: usize, log: usize, v: usize, swap: bool,
): void {
  const start = mask + (v >> log) * me + (v & ((1 << log) - 1)) * ml;
  let from = start + c * mp;
  for (let i: usize = 0; i < n; i++, from += mp, area += ELEMENT) {
    if (i == n - c) from = start;
    const m = ml ? v128.load(from) : v128.load32_splat(from);
    const re = f32x4.mul(m, v128.load(area));
    const im = f32x4.mul(m, v128.load(area, 16));
    v128.store(area, swap ? im : re);
    v128.store(area, swap ? re : im, 16);
  }
}

/** What `lines` does with the mask. */
const BEFORE = 1;
const AFTER = 2;
const BETWEEN = 3;

/**
 * dst ← scale · F src along the lines; the mask is applied before or after, or between F and then F⁻¹.
 * With parts swapped at both ends by the caller, F is the inverse.
 */
export function lines(
  plan: usize, work: usize, block: usize, sre: usize, sim: usize, dre: usize, dim: usize, scale: f32,
  use: i32, mask: usize, mp: usize, me: usize, ml: usize, log: usize, outer: usize, os: usize, ps: usize, nv: usize,
): void {
  const n = word(plan, 0);
  const np = positions(plan);
  const c = shift(plan);
  const size = word(plan, 5);
  const areas = work + word(plan, 6);
  for (let o: usize = 0; o < outer; o++) {
    for (let v: usize = 0; v < nv; v += block) {
      const count = min(block, nv - v);
      const at = o * os + (v << 4);
      gather(sre + at, sim + at, ps, count, np, c, areas, size);
      blank(areas, size, count, np, n);
      for (let k: usize = 0, area = areas; k < count; k++, area += size) {
        if (use == BEFORE) sample(area, n, c, mask, mp, me, ml, log, v + k, false);
        transform(plan, area, work);
        if (use == AFTER) sample(area, n, c, mask, mp, me, ml, log, v + k, false);
        if (use == BETWEEN) {
          sample(area, n, c, mask, mp, me, ml, log, v + k, true);
          transform(plan, area, work);
        }
      }
      if (use == BETWEEN) scatter(dim + at, dre + at, ps, count, np, c, areas, size, scale);
      else scatter(dre + at, dim + at, ps, count, np, c, areas, size, scale);
    }
  }
}

/** dst ← scale · F (map ⊙ x) along the lines, which lie `fs` bytes apart in dst; mapRe = 0: no map. */
export function encode(
  plan: usize, work: usize, block: usize, xre: usize, xim: usize, mapRe: usize, mapIm: usize, dre: usize, dim: usize,
  scale: f32, fs: usize, outer: usize, os: usize, ps: usize, nv: usize,
): void {
  const n = word(plan, 0);
  const np = positions(plan);
  const c = shift(plan);
  const size = word(plan, 5);
  const areas = work + word(plan, 6);
  for (let o: usize = 0; o < outer; o++) {
    for (let v: usize = 0; v < nv; v += block) {
      const count = min(block, nv - v);
      const at = o * os + (v << 4);
      const to = o * fs + (v << 4);
      if (mapRe) gatherMapped(xre + at, xim + at, mapRe + at, mapIm + at, ps, count, np, c, areas, size);
      else gather(xre + at, xim + at, ps, count, np, c, areas, size);
      blank(areas, size, count, np, n);
      for (let k: usize = 0; k < count; k++) transform(plan, areas + k * size, work);
      scatter(dre + to, dim + to, ps, count, n, c, areas, size, scale);
    }
  }
}

/**
 * x ← scale · conj(map) ⊙ F⁻¹ src along the lines, which lie `fs` bytes apart in src, added to x if `add`; mapRe = 0: no map, nothing
 * added.
 */
export function decode(
  plan: usize, work: usize, block: usize, sre: usize, sim: usize, mapRe: usize, mapIm: usize, xre: usize, xim: usize,
  scale: f32, add: i32, fs: usize, outer: usize, os: usize, ps: usize, nv: usize,
): void {
  const n = word(plan, 0);
  const np = positions(plan);
  const c = shift(plan);
  const size = word(plan, 5);
  const areas = work + word(plan, 6);
  for (let o: usize = 0; o < outer; o++) {
    for (let v: usize = 0; v < nv; v += block) {
      const count = min(block, nv - v);
      const at = o * os + (v << 4);
      const from = o * fs + (v << 4);
      gather(sim + from, sre + from, ps, count, n, c, areas, size);
      for (let k: usize = 0; k < count; k++) transform(plan, areas + k * size, work);
      if (mapRe) combine(xre + at, xim + at, mapRe + at, mapIm + at, ps, count, np, c, areas, size, scale, add);
      else scatter(xim + at, xre + at, ps, count, np, c, areas, size, scale);
    }
  }
}

/** areas ← map ⊙ images, both areas. */
// @ts-ignore: decorator
@inline
function weighAreas(
  image: usize, mapRe: usize, mapIm: usize, ps: usize, count: usize, n: usize, area: usize, size: usize,
): void {
  const c = n >> 1;
  let from = c * ps;
  const end = count << 4;
  for (let i: usize = 0; i < n; i++, from += ps, area += ELEMENT, image += ELEMENT) {
    if (i == n - c) from = 0;
    for (let v: usize = from, at: usize = 0; v < from + end; v += 16, at += size) {
      const xr = v128.load(image + at);
      const xi = v128.load(image + at, 16);
      const sr = v128.load(mapRe + v);
      const si = v128.load(mapIm + v);
      v128.store(area + at, f32x4.sub(f32x4.mul(xr, sr), f32x4.mul(xi, si)));
      v128.store(area + at, f32x4.add(f32x4.mul(xr, si), f32x4.mul(xi, sr)), 16);
    }
  }
}

/** sums ← sums + conj(map) ⊙ areas, whose real and imaginary parts are swapped; without the old sums for the first coil. */
// @ts-ignore: decorator
@inline
function collectAreas(
  area: usize, mapRe: usize, mapIm: usize, ps: usize, count: usize, n: usize, sum: usize, size: usize, add: bool,
): void {
  const c = n >> 1;
  let from = c * ps;
  const end = count << 4;
  for (let i: usize = 0; i < n; i++, from += ps, area += ELEMENT, sum += ELEMENT) {
    if (i == n - c) from = 0;
    for (let v: usize = from, at: usize = 0; v < from + end; v += 16, at += size) {
      const zi = v128.load(area + at);
      const zr = v128.load(area + at, 16);
      const sr = v128.load(mapRe + v);
      const si = v128.load(mapIm + v);
      let xr = f32x4.add(f32x4.mul(sr, zr), f32x4.mul(si, zi));
      let xi = f32x4.sub(f32x4.mul(sr, zi), f32x4.mul(si, zr));
      if (add) {
        xr = f32x4.add(xr, v128.load(sum + at));
        xi = f32x4.add(xi, v128.load(sum + at, 16));
      }
      v128.store(sum + at, xr);
      v128.store(sum + at, xi, 16);
    }
  }
}

/**
 * out ← scale · Σ_coils conj(map) ⊙ F⁻¹ (mask ⊙ F (map ⊙ x)) along the lines: AᴴA where the other direction is fully sampled, for its
 * transform cancels. Maps of a coil lie `cs` bytes after those of the one before. x and the sum over coils stay in scratch (three areas a
 * vector), since lines that lie far apart in memory would push each other out of the cache.
 */
export function normal(
  plan: usize, work: usize, block: usize, xre: usize, xim: usize, mapRe: usize, mapIm: usize, coils: usize, cs: usize,
  ore: usize, oim: usize, scale: f32, mask: usize, mp: usize, me: usize, ml: usize, log: usize,
  outer: usize, os: usize, ps: usize, nv: usize,
): void {
  const n = word(plan, 0);
  const size = word(plan, 5);
  const areas = work + word(plan, 6);
  const images = areas + block * size;
  const sums = images + block * size;
  for (let o: usize = 0; o < outer; o++) {
    for (let v: usize = 0; v < nv; v += block) {
      const count = min(block, nv - v);
      const at = o * os + (v << 4);
      gather(xre + at, xim + at, ps, count, n, n >> 1, images, size);
      for (let coil: usize = 0, map = at; coil < coils; coil++, map += cs) {
        weighAreas(images, mapRe + map, mapIm + map, ps, count, n, areas, size);
        for (let k: usize = 0, area = areas; k < count; k++, area += size) {
          transform(plan, area, work);
          sample(area, n, n >> 1, mask, mp, me, ml, log, v + k, true);
          transform(plan, area, work);
        }
        collectAreas(areas, mapRe + map, mapIm + map, ps, count, n, sums, size, coil > 0);
      }
      scatter(ore + at, oim + at, ps, count, n, n >> 1, sums, size, scale);
    }
  }
}

/** y ← map ⊙ x (one coil), `floats` floats a plane. */
export function weigh(
  xre: usize, xim: usize, mapRe: usize, mapIm: usize, yre: usize, yim: usize, floats: usize,
): void {
  for (let i: usize = 0, end = floats << 2; i < end; i += 16) {
    const xr = v128.load(xre + i);
    const xi = v128.load(xim + i);
    const sr = v128.load(mapRe + i);
    const si = v128.load(mapIm + i);
    v128.store(yre + i, f32x4.sub(f32x4.mul(xr, sr), f32x4.mul(xi, si)));
    v128.store(yim + i, f32x4.add(f32x4.mul(xr, si), f32x4.mul(xi, sr)));
  }
}

/** x ← conj(map) ⊙ y (one coil), added to x if `add`. */
export function collect(
  yre: usize, yim: usize, mapRe: usize, mapIm: usize, xre: usize, xim: usize, add: i32, floats: usize,
): void {
  for (let i: usize = 0, end = floats << 2; i < end; i += 16) {
    const yr = v128.load(yre + i);
    const yi = v128.load(yim + i);
    const sr = v128.load(mapRe + i);
    const si = v128.load(mapIm + i);
    let xr = f32x4.add(f32x4.mul(sr, yr), f32x4.mul(si, yi));
    let xi = f32x4.sub(f32x4.mul(sr, yi), f32x4.mul(si, yr));
    if (add) {
      xr = f32x4.add(xr, v128.load(xre + i));
      xi = f32x4.add(xi, v128.load(xim + i));
    }
    v128.store(xre + i, xr);
    v128.store(xim + i, xi);
  }
}
