/** How a chain goes back to higher noise now and then. */
export interface Jumps {
  /** Levels of one jump. */
  readonly jumpLength: number;
  /** How often every stretch of that length is gone through; 1: no jumps. */
  readonly jumps: number;
}

/**
 * The time steps that a chain of T levels is at, one after the other (Lugmayr et al. 2022, RePaint, appendix B): it falls from T −
 * 1 to −1, the clean image, one step at a time. Wherever it comes to t = 0, L, 2L, … < T − L it rises again by L, `jumps` − 1 times
 * at each.
 *
 * Every fall by one is an evaluation of the network, every rise by one a step of noising. T = 250, L = 10, 10 jumps: 2410
 * evaluations, 2160 noisings.
 */
export function repaintTimes(levels: number, { jumpLength, jumps }: Jumps): number[] {
  const left = new Map<number, number>();
  for (let t = 0; t < levels - jumpLength; t += jumpLength) left.set(t, jumps - 1);
  const times: number[] = [];
  let t = levels;
  while (t >= 1) {
    times.push(--t);
    const rises = left.get(t) ?? 0;
    if (rises === 0) continue;
    left.set(t, rises - 1);
    for (let k = 0; k < jumpLength; k++) times.push(++t);
  }
  return [...times, -1];
}

/** One evaluation of the network. */
export interface Visit {
  /** Time step, 0 for the least noise. */
  readonly t: number;
  /** Time step that the image was raised from just before. */
  readonly raisedFrom?: number;
}

/** The evaluations of `repaintTimes`, in order. A rise is one draw: that of L steps of noising has the law of one over the whole way. */
export function visits(levels: number, jumps: Jumps): Visit[] {
  const times = repaintTimes(levels, jumps);
  const out: Visit[] = [];
  let raisedFrom: number | undefined;
  for (let i = 0; i + 1 < times.length; i++) {
    const [t, next] = [times[i], times[i + 1]];
    if (next > t) raisedFrom ??= t;
    else {
      out.push(raisedFrom === undefined ? { t } : { t, raisedFrom });
      raisedFrom = undefined;
    }
  }
  return out;
}
