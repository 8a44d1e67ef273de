/**
 * Moving sums along traces of n samples with the weights half − |s|, |s| < half, over what is inside: a box before each sample, then one
 * behind.
 */
export class TriangularSum {
  readonly #sums: Float64Array;
  readonly #boxes: Float64Array;

  constructor(
    readonly n: number,
    readonly half: number,
  ) {
    // the boxes reach beyond the end, where the second ones still need them
    this.#boxes = new Float64Array(n + half - 1);
    this.#sums = new Float64Array(n + half);
  }

  /** In place. */
  run(x: Float32Array | Float64Array): void {
    const { n, half } = this;
    const [sums, boxes] = [this.#sums, this.#boxes];
    for (let t = 0; t < n; t++) sums[t + 1] = sums[t] + x[t];
    for (let t = 0; t < boxes.length; t++) boxes[t] = sums[Math.min(n, t + 1)] - sums[Math.max(0, t + 1 - half)];
    for (let t = 0; t < boxes.length; t++) sums[t + 1] = sums[t] + boxes[t];
    // rounding of the running sums may leave less than nothing of squares
    for (let t = 0; t < n; t++) x[t] = Math.max(0, sums[t + half] - sums[t]);
  }
}
