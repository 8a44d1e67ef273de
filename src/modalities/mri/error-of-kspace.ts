/** Parts by distance from the centre, each with hidden points of its own to tell of those that nobody measured. */
const PARTS = 4;

export interface HiddenPoints {
  /** Of the completed data: [slice, coil, ky, kx]. */
  readonly shape: readonly number[];
  /** [ky, kx]: 1 where samples of all slices are hidden. */
  readonly gone: Uint8Array;
  /** [1 or slice, ky, kx]: 1 where the method saw samples. */
  readonly seen: Float32Array;
  /** [ky, kx]: from the centre. */
  readonly distance: Float64Array;
  /** Parts for which enough is hidden; 4 at most, and at least one is made. */
  readonly parts: number;
}

/**
 * The squared error with which an image predicts a second measurement of all of k-space, over what was measured: with coil maps of norm 1
 * it is ‖x̂ − x‖² and a constant. Where nobody measured it is that of hidden samples as far from the centre, ρ. Where the method saw
 * y = k + n the residual r = |Ax̂ − y|² is too small, for x̂ follows the noise; E|Ax̂ − k|² + σ² = E r + 2hσ², where h is the share of a
 * sample in its own prediction (Mallows, Technometrics 15 (1973) 661; Stein's estimate). If x̂ would predict a sample ŷ₋ without it, and
 * hy + (1 − h)ŷ₋ with it, then r = (1 − h)²ρ, which says h.
 *
 * @param predicted complex interleaved, as `measured`
 * @param noiseStd of each part of a number
 * @returns undefined where no sample is seen as far from the centre as those that are hidden
 */
export function errorOfKspace(
  predicted: Float32Array,
  measured: Float32Array,
  { shape: [slices, coils, ny, nx], gone, seen, distance, parts }: HiddenPoints,
  noiseStd: number,
): number | undefined {
  const plane = ny * nx;
  const bounds = boundsOf(distance, gone, Math.max(1, Math.min(PARTS, parts)));
  const sums = bounds.map(() => ({ seen: 0, hidden: 0, seenCount: 0, hiddenCount: 0, count: 0 }));
  let signal = 0;
  for (let at = 0; at < plane; at++) {
    const part = sums[bounds.findIndex((bound) => distance[at] <= bound)];
    for (let slice = 0; slice < slices; slice++) {
      const saw = seen[seen.length === plane ? at : slice * plane + at] !== 0;
      part.count += coils;
      if (!saw && !gone[at]) continue;
      for (let coil = 0; coil < coils; coil++) {
        const n = 2 * ((slice * coils + coil) * plane + at);
        const error = (predicted[n] - measured[n]) ** 2 + (predicted[n + 1] - measured[n + 1]) ** 2;
        signal += measured[n] ** 2 + measured[n + 1] ** 2;
        if (saw) [part.seen, part.seenCount] = [part.seen + error, part.seenCount + 1];
        else [part.hidden, part.hiddenCount] = [part.hidden + error, part.hiddenCount + 1];
      }
    }
  }
  let error = 0;
  for (const { count, seenCount, hiddenCount, ...own } of sums) {
    if (seenCount === 0 || hiddenCount === 0) return undefined;
    const [residual, hidden] = [own.seen / seenCount, own.hidden / hiddenCount];
    const share = hidden > 0 ? 1 - Math.sqrt(Math.min(1, residual / hidden)) : 0;
    error += seenCount * (residual + 2 * share * 2 * noiseStd ** 2) + (count - seenCount) * hidden;
  }
  return signal === 0 ? undefined : error / signal;
}

/** Upper bounds of parts with as many hidden points each; those of one distance stay together. */
function boundsOf(distance: Float64Array, gone: Uint8Array, parts: number): number[] {
  const hidden = distance.filter((_, at) => gone[at] === 1).sort();
  const inner = Array.from({ length: parts - 1 }, (_, n) => hidden[Math.floor(((n + 1) * hidden.length) / parts) - 1]);
  // nothing hidden lies beyond the largest distance
  return [...new Set(inner)].filter((bound) => bound < hidden[hidden.length - 1]).concat(Infinity);
}
