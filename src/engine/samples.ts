import { cropSlices } from '../../volumes/orientation.js';
import type { Volume } from '../../volumes/volume.js';

/** The middle slice along the first axis: what is kept of every sample to be looked at. */
export function middleSlice(volume: Volume): Volume {
  const middle = Math.floor(volume.shape[0] / 2);
  return cropSlices(volume, middle, middle + 1);
}

/** Mean and standard deviation over samples, by sums that a checkpoint can hold. */
export class SampleStatistics {
  #count = 0;
  #sum?: Float32Array;
  #squares?: Float32Array;

  constructor(sums: { readonly [name: string]: Float32Array } = {}) {
    this.#sum = sums['sample-mean'];
    this.#squares = sums['sample-squares'];
    this.#count = sums['sample-count']?.[0] ?? 0;
  }

  /** Welford's update: mean and sum of squared differences. */
  add(x: Float32Array): void {
    this.#sum ??= new Float32Array(x.length);
    this.#squares ??= new Float32Array(x.length);
    const [mean, squares] = [this.#sum, this.#squares];
    const n = ++this.#count;
    for (let i = 0; i < x.length; i++) {
      const delta = x[i] - mean[i];
      mean[i] += delta / n;
      squares[i] += delta * (x[i] - mean[i]);
    }
  }

  mean(): Float32Array {
    return this.#sum ?? new Float32Array();
  }

  /** Sample standard deviation (n − 1). */
  std(): Float32Array {
    const n = Math.max(1, this.#count - 1);
    return (this.#squares ?? new Float32Array()).map((s) => Math.sqrt(s / n));
  }

  sums(): { [name: string]: Float32Array } {
    if (!this.#sum || !this.#squares) return {};
    return { 'sample-mean': this.#sum, 'sample-squares': this.#squares, 'sample-count': Float32Array.of(this.#count) };
  }
}
