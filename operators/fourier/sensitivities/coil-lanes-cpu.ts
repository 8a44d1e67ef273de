import type { CpuBackend } from '../../../compute/cpu/backend.js';
import type { Block, CpuField } from '../../../compute/cpu/field.js';
import { planesOf } from '../complex-field-cpu.js';
import type { Planes } from '../fft/lines-cpu.js';
import { coilLanesKernel } from './coil-lanes.generated.js';

/** Coils that are looked at together. */
const LANES = 4;

/**
 * The coils of a single slice, four at a time as the lanes of its vectors, which else would hold one slice and three empty lanes. The sums
 * are those of coil after coil, in the same order: the same bits.
 */
export class CoilLanes {
  readonly #maps: Block;
  readonly #images: Block;
  readonly #groups: number;
  readonly #pixels: number;

  /** @param maps complex64 `[slice 1, coil, y, x]` */
  constructor(
    readonly backend: CpuBackend,
    readonly maps: CpuField,
    readonly planeBytes: number,
  ) {
    const { space } = maps;
    const [, coils, rows, columns] = space.shape;
    this.#pixels = rows * columns;
    this.#groups = Math.ceil(coils / LANES);
    this.#maps = backend.block(space, 2 * this.#groups * planeBytes);
    this.#images = backend.block(space, 2 * planeBytes);
    for (let group = 0; group < this.#groups; group++) {
      const from = planesOf(maps, planeBytes, LANES * group);
      this.#mapsOf(group).forEach((to, part) => {
        backend.call(space, coilLanesKernel, 'pack', [from[part], planeBytes, this.#coilsOf(group), to, this.#pixels]);
      });
    }
  }

  /** Bytes in the slab. */
  get bytes(): number {
    return this.#maps.bytes + this.#images.bytes;
  }

  /** out ← scale · Σ conj(map) ⊙ transform(map ⊙ x); `transform` works on the images of four coils, in place. */
  normal(x: Planes, out: Planes, scale: number, transform: (images: Planes) => void): void {
    const { address } = this.#images;
    const images: Planes = [address, address + this.planeBytes];
    const like = this.maps.space;
    for (let group = 0; group < this.#groups; group++) {
      const maps = this.#mapsOf(group);
      this.backend.call(like, coilLanesKernel, 'weigh', [...x, ...maps, ...images, this.#pixels]);
      transform(images);
      const last = group === this.#groups - 1;
      const sizes = [Number(group > 0), this.#coilsOf(group), last ? scale : 1, this.#pixels];
      this.backend.call(like, coilLanesKernel, 'collect', [...images, ...maps, ...out, ...sizes]);
    }
  }

  #mapsOf(group: number): Planes {
    const re = this.#maps.address + 2 * group * this.planeBytes;
    return [re, re + this.planeBytes];
  }

  #coilsOf(group: number): number {
    return Math.min(LANES, this.maps.space.shape[1] - LANES * group);
  }

  dispose(): void {
    this.#maps.free();
    this.#images.free();
  }
}
