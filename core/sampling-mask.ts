/** Which samples of Cartesian k-space were measured. */
export interface SamplingMask {
  /** 1 where measured, 0 elsewhere: [1 or slice, ky, kx], one for all slices or one a slice. DC lies at ⌊n/2⌋ of ky and kx. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** What a mask measures. */
export interface MaskSummary {
  /** All points ÷ sampled points, over all slices. */
  readonly acceleration: number;
  /** Sampled points of a slice; the mean where slices differ. */
  readonly points: number;
  /** Sampled lines of a slice, when all samples come in whole lines along kx. */
  readonly lines?: number;
  readonly dimensions: 1 | 2;
  /** Is DC sampled in every slice? */
  readonly centre: boolean;
}

/** Counts what a mask, ours or a user's, samples. Values other than 0 count as samples. */
export function summariseMask({ data, shape: [frames, ny, nx] }: SamplingMask): MaskSummary {
  let points = 0;
  let whole = true;
  let centre = true;
  for (let slice = 0; slice < frames; slice++) {
    for (let y = 0; y < ny; y++) {
      let row = 0;
      for (let x = 0; x < nx; x++) row += data[(slice * ny + y) * nx + x] === 0 ? 0 : 1;
      points += row;
      whole &&= row === 0 || row === nx;
    }
    centre &&= data[(slice * ny + Math.floor(ny / 2)) * nx + Math.floor(nx / 2)] !== 0;
  }
  return {
    acceleration: (frames * ny * nx) / points,
    points: points / frames,
    ...(whole ? { lines: points / frames / nx } : {}),
    dimensions: whole ? 1 : 2,
    centre,
  };
}

/** A rectangle of k-space about its centre (⌊ny/2⌋, ⌊nx/2⌋): an even side has one sample more before the centre than after it. */
export interface CentredRegion {
  /** First row and column. */
  readonly ky: number;
  readonly kx: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The largest rectangle about the centre of k-space that every slice measured whole, its sides at most `atMost`; of two as large the one
 * nearer to a square. undefined when the centre itself was not measured.
 */
export function fullySampledCentre({ data, shape: [, ny, nx] }: SamplingMask, atMost = Infinity): CentredRegion | undefined {
  const [cy, cx] = [Math.floor(ny / 2), Math.floor(nx / 2)];
  const reach = { before: Infinity, after: Infinity };
  let best = { height: 0, width: 0 };
  // rows join from the centre outwards: c, c − 1, c + 1, c − 2, … which keeps every height centred
  for (let height = 1; height <= Math.min(atMost, ny); height++) {
    const row = height % 2 === 0 ? cy - height / 2 : cy + (height - 1) / 2;
    for (let from = row * nx; from < data.length; from += ny * nx) {
      const run = runAbout(data.subarray(from, from + nx), cx);
      reach.before = Math.min(reach.before, run.before);
      reach.after = Math.min(reach.after, run.after);
    }
    if (reach.before < 0) break;
    const odd = 2 * Math.min(reach.before, reach.after) + 1;
    const even = 2 * Math.min(reach.before, reach.after + 1);
    const width = Math.min(atMost, Math.max(odd, even));
    const area = height * width - best.height * best.width;
    if (area > 0 || (area === 0 && Math.min(height, width) > Math.min(best.height, best.width))) {
      best = { height, width };
    }
  }
  const { height, width } = best;
  if (height === 0) return undefined;
  return { ky: cy - Math.floor(height / 2), kx: cx - Math.floor(width / 2), height, width };
}

/** Samples measured in a row on either side of the centre; −1 when the centre was not. */
function runAbout(row: Float32Array, centre: number): { before: number; after: number } {
  if (!row[centre]) return { before: -1, after: -1 };
  let [before, after] = [0, 0];
  while (centre - before > 0 && row[centre - before - 1]) before++;
  while (centre + after < row.length - 1 && row[centre + after + 1]) after++;
  return { before, after };
}
