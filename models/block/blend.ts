import { rampOf, type Block, type Three, type Tiling } from './tiling.js';

/** The values of a block out of a volume, C order. */
export function gather(volume: Float32Array, [, n2, n3]: Three, { origin, shape }: Block): Float32Array {
  const [a, b, c] = shape;
  const out = new Float32Array(a * b * c);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = ((origin[0] + i) * n2 + origin[1] + j) * n3 + origin[2];
      out.set(volume.subarray(from, from + c), (i * b + j) * c);
    }
  }
  return out;
}

/**
 * The weighted mean Σ w_b v_b / Σ w_b of what blocks say of a volume, taken up block by block as v ← v + (w/W)(v_b − v), W the sum
 * of the weights so far. Where all blocks say the same, so does the mean, bit for bit: what depends on the element alone does not
 * depend on how the volume is cut.
 */
export class Blend {
  readonly volumes: readonly Float32Array[];
  readonly #sum: Float32Array;

  /** @param count values said of each element: images blended alike */
  constructor(
    private readonly shape: Three,
    private readonly tiling: Tiling,
    count: number,
  ) {
    const size = shape[0] * shape[1] * shape[2];
    this.volumes = Array.from({ length: count }, () => new Float32Array(size));
    this.#sum = new Float32Array(size);
  }

  /** Takes up a block; the order matters to the last bit. */
  add({ origin, shape }: Block, values: readonly Float32Array[]): void {
    const { overlap } = this.tiling;
    const [, n2, n3] = this.shape;
    const [a, b, c] = shape;
    const [u, v, w] = this.shape.map((length, k) => rampOf(length, origin[k], shape[k], overlap[k]));
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++) {
        const to = ((origin[0] + i) * n2 + origin[1] + j) * n3 + origin[2];
        const from = (i * b + j) * c;
        for (let k = 0; k < c; k++) {
          const weight = Math.fround(u[i] * v[j] * w[k]); // as the sum is kept: the first share is exactly 1
          const sum = (this.#sum[to + k] += weight);
          const share = weight / sum;
          this.volumes.forEach((volume, q) => {
            volume[to + k] += share * (values[q][from + k] - volume[to + k]);
          });
        }
      }
    }
  }
}
