import { CARTESIAN } from '../../../volumes/kinds/kspace/schema.js';
import type { Field, MemoryPlan } from '../../../compute/backend.js';
import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { webGpuField, type WebGpuField } from '../../../compute/webgpu/field.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { SamplingMask } from '../../../core/sampling-mask.js';
import { bytesOf, space, type Space } from '../../../core/space.js';
import { onceFound, operatorNorm } from '../../norm.js';
import type { LinearOperator } from '../../operator.js';
import type { Direction } from '../fft/axes.js';
import { batches, coilsAtOnce } from '../fft/batches.js';
import { ImageLines } from '../images-webgpu.js';
import { undersampled, type Undersampled } from './mask.js';
import { uploadBits, type BitMask } from './mask-webgpu.js';
import type { LineLimits } from '../fft/plan-webgpu.js';
import { weighByMaps } from '../sensitivities/sensitivities-webgpu.js';
import { coilSpace, imageSpace } from '../spaces.js';

/**
 * See cartesianFourier. AᴴA of a mask along one direction is one dispatch, which reads maps and image once; else a few coils at a time go
 * through scratch.
 */
export class CartesianFourierWebGpu implements LinearOperator {
  readonly name = CARTESIAN;
  readonly coupling = 'slice';
  readonly domain: Space;
  readonly range: Space;
  readonly #lines: ImageLines;
  readonly #undersampled: Undersampled;
  readonly #mask?: BitMask;
  readonly #scale: number;
  /** Coils in scratch. */
  readonly #batch: number;
  #scratch?: WebGpuField;

  /** @param limits closer than those of the device */
  constructor(
    readonly shape: readonly [number, number, number],
    readonly coils: number,
    mask: SamplingMask | undefined,
    readonly maps: WebGpuField | undefined,
    readonly backend: WebGpuBackend,
    limits?: Partial<LineLimits>,
  ) {
    const [slices, rows, columns] = shape;
    this.domain = imageSpace(shape);
    this.range = space(['slice', 'coil', 'ky', 'kx'], [slices, coils, rows, columns], 'complex64');
    this.#lines = new ImageLines(backend, slices, rows, columns, limits);
    this.#undersampled = mask ? undersampled(mask) : 'none';
    if (mask && this.#undersampled !== 'none') this.#mask = uploadBits(mask, this.#undersampled, backend);
    this.#scale = 1 / Math.sqrt(rows * columns);
    this.#batch = coilsAtOnce(slices, coils);
  }

  /** y ← M F S x: rows of every coil with its sensitivity, then columns in place with the mask. */
  apply(x: Field, y: Field): void {
    const [from, to] = [webGpuField(x, this.domain, this.backend), webGpuField(y, this.range, this.backend)];
    const { coils: images, maps: map } = this;
    this.#lines.run('x', { x: from, out: to, map, encodes: map !== undefined, images });
    const mask = this.#mask?.along('y');
    this.#lines.run('y', { x: to, out: to, images, scale: this.#scale, when: 'after', mask });
  }

  /** x ← Sᴴ F⁻¹ M y: columns with the mask into scratch, then rows, summed with the sensitivities. */
  adjoint(y: Field, x: Field): void {
    const [from, to] = [webGpuField(y, this.range, this.backend), webGpuField(x, this.domain, this.backend)];
    const back = { inverse: true, scale: this.#scale, when: 'before', mask: this.#mask?.along('y') } as const;
    const { maps: map } = this;
    if (!map) {
      this.#lines.run('y', { x: from, out: to, ...back });
      this.#lines.run('x', { x: to, out: to, inverse: true });
      return;
    }
    const between = this.#coilImages();
    for (const { first, images } of batches(this.coils, this.#batch)) {
      this.#lines.run('y', { x: from, out: between, images, first: { x: first }, ...back });
      this.#decode(between, map, to, first, images);
    }
  }

  #decode(between: WebGpuField, map: WebGpuField, out: WebGpuField, first: number, images: number): void {
    const sum = { decodes: true, add: first > 0, inverse: true };
    this.#lines.run('x', { x: between, out, map, images, first: { map: first }, ...sum });
  }

  /** out ← Sᴴ F⁻¹ M F S x. */
  normal(x: Field, out: Field): void {
    const [from, to] = [webGpuField(x, this.domain, this.backend), webGpuField(out, this.domain, this.backend)];
    if (from === to) {
      throw new SlicewiseError('ARGUMENT', { message: 'AᴴA x needs an output field of its own' });
    }
    if (!this.#mask) this.#normalFullySampled(from, to);
    else if (this.#undersampled === 'yx') this.#normalBoth(from, to, this.#mask);
    else this.#normalAlong(this.#undersampled as Direction, from, to, this.#mask);
  }

  /** F⁻¹F cancels: Σ |s_c|² x. */
  #normalFullySampled(x: WebGpuField, out: WebGpuField): void {
    if (this.maps) weighByMaps(this.backend, x, this.maps, out);
    else this.backend.lincomb(out, [1, x]);
  }

  #normalAlong(direction: Direction, x: WebGpuField, out: WebGpuField, mask: BitMask): void {
    const { maps: map, coils: images } = this;
    const scale = 1 / this.shape[direction === 'x' ? 2 : 1];
    const sum = { encodes: map !== undefined, decodes: map !== undefined };
    this.#lines.run(direction, { x, out, map, images, ...sum, scale, when: 'between', mask: mask.along(direction) });
  }

  /** Rows, then columns forth and back in one go, then rows back. */
  #normalBoth(x: WebGpuField, out: WebGpuField, mask: BitMask): void {
    const there = { scale: this.#scale ** 2, when: 'between', mask: mask.along('y') } as const;
    const { maps: map } = this;
    if (!map) {
      this.#lines.run('x', { x, out });
      this.#lines.run('y', { x: out, out, ...there });
      this.#lines.run('x', { x: out, out, inverse: true });
      return;
    }
    const between = this.#coilImages();
    for (const { first, images } of batches(this.coils, this.#batch)) {
      this.#lines.run('x', { x, out: between, map, encodes: true, images, first: { map: first } });
      this.#lines.run('y', { x: between, out: between, images, ...there });
      this.#decode(between, map, out, first, images);
    }
  }

  /** Scratch of a batch of coils. */
  #coilImages(): WebGpuField {
    return (this.#scratch ??= this.backend.field(coilSpace(this.shape, this.#batch)));
  }

  /** Without maps M F is a projection of norm 1; with them it depends on their overlap. */
  readonly norm = onceFound(async (watch) => (this.maps ? operatorNorm(this, undefined, watch) : 1));

  bytes(): MemoryPlan {
    const items = [{ what: `${CARTESIAN}: tables and scratch`, bytes: this.#lines.bytes() }];
    if (this.#mask) items.push({ what: 'sampling mask', bytes: this.#mask.bytes });
    if (this.maps) {
      items.push({ what: 'coil maps', bytes: bytesOf(this.maps.space) });
      const bytes = bytesOf(coilSpace(this.shape, this.#batch));
      items.push({ what: `fourier.cartesian: images of ${this.#batch} of ${this.coils} coils`, bytes });
    }
    return { items };
  }

  dispose(): void {
    this.#lines.dispose();
    this.#mask?.dispose();
    this.#scratch?.dispose();
    this.maps?.dispose();
  }
}
