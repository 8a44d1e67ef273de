// AssemblyScript. Between image, oversampled grid and samples anywhere in k-space, on one slab: element e of lane (slice) l of a plane lies
// at base + (e·L + l)·4; `quads` = L/4. A row of the sample table: int32 row and column of the first grid point, then `width` weights along
// rows and `width` along columns (float32).
import { accumulate, madd } from '../../../compute/cpu/simd.as';

/**
 * grid ← rowWeight · columnWeight · map ⊙ x in its middle, 0 elsewhere; weights: those of the rows, then of the columns. mapRe = 0: no map.
 */
export function pad(
  xre: usize, xim: usize, mapRe: usize, mapIm: usize, weights: usize, gre: usize, gim: usize,
  rows: usize, columns: usize, gridRows: usize, gridColumns: usize, quads: usize,
): void {
  const pixel = quads << 4;
  memory.fill(gre, 0, gridRows * gridColumns * pixel);
  memory.fill(gim, 0, gridRows * gridColumns * pixel);
  const top = (gridRows >> 1) - (rows >> 1);
  const left = (gridColumns >> 1) - (columns >> 1);
  let at: usize = 0;
  for (let r: usize = 0; r < rows; r++) {
    const wr = load<f32>(weights + (r << 2));
    let to = ((top + r) * gridColumns + left) * pixel;
    for (let c: usize = 0; c < columns; c++) {
      const w = f32x4.splat(wr * load<f32>(weights + ((rows + c) << 2)));
      for (const end = at + pixel; at < end; at += 16, to += 16) {
        const re = f32x4.mul(w, v128.load(xre + at));
        const im = f32x4.mul(w, v128.load(xim + at));
        if (mapRe) {
          const sr = v128.load(mapRe + at);
          const si = v128.load(mapIm + at);
          v128.store(gre + to, f32x4.sub(f32x4.mul(re, sr), f32x4.mul(im, si)));
          v128.store(gim + to, f32x4.add(f32x4.mul(re, si), f32x4.mul(im, sr)));
        } else {
          v128.store(gre + to, re);
          v128.store(gim + to, im);
        }
      }
    }
  }
}

/** x ← rowWeight · columnWeight · conj(map) ⊙ the middle of the grid, added to x if `add`: the transpose of `pad`. */
export function crop(
  gre: usize, gim: usize, mapRe: usize, mapIm: usize, weights: usize, xre: usize, xim: usize, add: i32,
  rows: usize, columns: usize, gridRows: usize, gridColumns: usize, quads: usize,
): void {
  const pixel = quads << 4;
  const top = (gridRows >> 1) - (rows >> 1);
  const left = (gridColumns >> 1) - (columns >> 1);
  let at: usize = 0;
  for (let r: usize = 0; r < rows; r++) {
    const wr = load<f32>(weights + (r << 2));
    let from = ((top + r) * gridColumns + left) * pixel;
    for (let c: usize = 0; c < columns; c++) {
      const w = f32x4.splat(wr * load<f32>(weights + ((rows + c) << 2)));
      for (const end = at + pixel; at < end; at += 16, from += 16) {
        const zr = f32x4.mul(w, v128.load(gre + from));
        const zi = f32x4.mul(w, v128.load(gim + from));
        let re = zr;
        let im = zi;
        if (mapRe) {
          const sr = v128.load(mapRe + at);
          const si = v128.load(mapIm + at);
          re = f32x4.add(f32x4.mul(sr, zr), f32x4.mul(si, zi));
          im = f32x4.sub(f32x4.mul(sr, zi), f32x4.mul(si, zr));
        }
        if (add) {
          re = f32x4.add(re, v128.load(xre + at));
          im = f32x4.add(im, v128.load(xim + at));
        }
        v128.store(xre + at, re);
        v128.store(xim + at, im);
      }
    }
  }
}

/** y[s] ← Σ w_row w_column grid over the grid points around each sample; the grid is periodic. */
export function interpolate(
  gre: usize, gim: usize, table: usize, samples: usize, width: usize, gridRows: usize, gridColumns: usize,
  yre: usize, yim: usize, quads: usize,
): void {
  const pixel = quads << 4;
  const step = 8 + (width << 3);
  for (let s: usize = 0; s < samples; s++, table += step) {
    const row0 = <usize>load<u32>(table);
    const column0 = <usize>load<u32>(table, 4);
    const rowWeights = table + 8;
    const columnWeights = rowWeights + (width << 2);
    for (let q: usize = 0; q < pixel; q += 16) {
      let re = f32x4.splat(0);
      let im = f32x4.splat(0);
      for (let j: usize = 0, row = row0; j < width; j++, row++) {
        if (row == gridRows) row = 0;
        let partRe = f32x4.splat(0);
        let partIm = f32x4.splat(0);
        const line = row * gridColumns;
        for (let i: usize = 0, column = column0; i < width; i++, column++) {
          if (column == gridColumns) column = 0;
          const w = v128.load32_splat(columnWeights + (i << 2));
          const at = (line + column) * pixel + q;
          partRe = madd(w, v128.load(gre + at), partRe);
          partIm = madd(w, v128.load(gim + at), partIm);
        }
        const w = v128.load32_splat(rowWeights + (j << 2));
        re = madd(w, partRe, re);
        im = madd(w, partIm, im);
      }
      v128.store(yre + q, re);
      v128.store(yim + q, im);
    }
    yre += pixel;
    yim += pixel;
  }
}

/** grid ← Σ_s w_row w_column y[s] around each sample: the transpose of `interpolate`. */
export function spread(
  yre: usize, yim: usize, table: usize, samples: usize, width: usize, gridRows: usize, gridColumns: usize,
  gre: usize, gim: usize, quads: usize,
): void {
  const pixel = quads << 4;
  const step = 8 + (width << 3);
  memory.fill(gre, 0, gridRows * gridColumns * pixel);
  memory.fill(gim, 0, gridRows * gridColumns * pixel);
  for (let s: usize = 0; s < samples; s++, table += step) {
    const row0 = <usize>load<u32>(table);
    const column0 = <usize>load<u32>(table, 4);
    const rowWeights = table + 8;
    const columnWeights = rowWeights + (width << 2);
    for (let q: usize = 0; q < pixel; q += 16) {
      const re = v128.load(yre + q);
      const im = v128.load(yim + q);
      for (let j: usize = 0, row = row0; j < width; j++, row++) {
        if (row == gridRows) row = 0;
        const w = v128.load32_splat(rowWeights + (j << 2));
        const partRe = f32x4.mul(w, re);
        const partIm = f32x4.mul(w, im);
        const line = row * gridColumns;
        for (let i: usize = 0, column = column0; i < width; i++, column++) {
          if (column == gridColumns) column = 0;
          const v = v128.load32_splat(columnWeights + (i << 2));
          const at = (line + column) * pixel + q;
          accumulate(gre + at, v, partRe);
          accumulate(gim + at, v, partIm);
        }
      }
    }
    yre += pixel;
    yim += pixel;
  }
}
