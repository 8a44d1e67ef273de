/** An axis of a plot: where a value lies between 0 (start) and 1 (end), and which values are labelled. */
export interface Axis {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** A linear axis from a round number below `low` to one above `high`, some `wanted` ticks 1, 2 or 5 · 10ⁿ apart. */
export function linearAxis(low: number, high: number, wanted: number): Axis {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / wanted;
  const decade = 10 ** Math.floor(Math.log10(raw));
  const step = decade * ([1, 2, 5].find((f) => f * decade >= raw * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step);
  return { ticks, place: (value) => (value - first * step) / ((last - first) * step) };
}

/** A linear axis from `low` to `high` themselves, as images have, with the round ticks between. */
export function imageAxis(low: number, high: number, wanted: number): Axis {
  const span = high - low || 1; // a single value lies at the start
  const { ticks } = linearAxis(low, low + span, wanted);
  const slack = 1e-9 * span;
  return { ticks: ticks.filter((t) => t >= low - slack && t <= low + span + slack), place: (value) => (value - low) / span };
}

/** A logarithmic axis: decades are labelled, or 1, 2, 5 in each when there are fewer than two of them. */
export function logAxis(low: number, high: number): Axis {
  const candidates = (factors: number[]): number[] => {
    const from = Math.floor(Math.log10(low) + 1e-9);
    const to = Math.ceil(Math.log10(high) - 1e-9);
    const all = Array.from({ length: to - from + 1 }, (_, n) => factors.map((f) => f * 10 ** (from + n))).flat();
    // Only the range of the data, rounded outwards to the next label.
    const start = all.findLast((t) => t <= low * (1 + 1e-9)) ?? all[0];
    const end = all.find((t) => t >= high * (1 - 1e-9) && t > start) ?? all[all.length - 1];
    return all.filter((t) => t >= start && t <= end);
  };
  let ticks = candidates([1]);
  if (ticks.length < 4) ticks = candidates([1, 2, 5]);
  const [start, end] = [Math.log10(ticks[0]), Math.log10(ticks[ticks.length - 1])];
  const every = Math.ceil(ticks.length / 8);
  return {
    ticks: ticks.filter((_, n) => n % every === 0),
    place: (value) => (Math.log10(value) - start) / (end - start || 1),
  };
}
