/** What windows that hold a row gave for it so far. */
interface Pending {
  readonly sum: Float32Array;
  weight: number;
  left: number;
}

/**
 * Rows of overlapping windows, blended: Σ w x / Σ w over the windows that hold a row. A row is given out when the last of them came, so
 * that no more is kept than what the next windows still share. A row of one window is that window's, bit for bit.
 */
export class RowBlend {
  private readonly pending = new Map<number, Pending>();

  /** @param windowsOf how many windows hold a row */
  constructor(private readonly windowsOf: (row: number) => number) {}

  /** What a window says of a row, and its weight. @returns the row, when this was the last window that holds it */
  add(row: number, samples: Float32Array, weight: number): Float32Array | undefined {
    const windows = this.windowsOf(row);
    if (windows === 1) return samples;
    let entry = this.pending.get(row);
    if (!entry) this.pending.set(row, (entry = { sum: new Float32Array(samples.length), weight: 0, left: windows }));
    for (let t = 0; t < samples.length; t++) entry.sum[t] += weight * samples[t];
    entry.weight += weight;
    if (--entry.left > 0) return undefined;
    this.pending.delete(row);
    const { sum, weight: total } = entry;
    return total === 1 ? sum : sum.map((value) => value / total);
  }

  /** Rows that wait for another window. */
  get waiting(): number {
    return this.pending.size;
  }
}
