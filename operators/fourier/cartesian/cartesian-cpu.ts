import { CARTESIAN } from '../../../volumes/kinds/kspace/schema.js';
import type { Field, MemoryPlan } from '../../../compute/backend.js';
import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField, type CpuField } from '../../../compute/cpu/field.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { SamplingMask } from '../../../core/sampling-mask.js';
import { space, type Space } from '../../../core/space.js';
import { onceFound, operatorNorm } from '../../norm.js';
import type { LinearOperator } from '../../operator.js';
import { planesOf } from '../complex-field-cpu.js';
import { FourierLines, swapped, type MaskTable } from '../fft/lines-cpu.js';
import { undersampled, type Undersampled } from './mask.js';
import { uploadMask, type UploadedMask } from './mask-cpu.js';
import { CoilLanes } from '../sensitivities/coil-lanes-cpu.js';
import { collect, weigh } from '../sensitivities/sensitivities-cpu.js';
import { imageSpace } from '../spaces.js';

export class CartesianFourierCpu implements LinearOperator {
  readonly name = CARTESIAN;
  readonly coupling = 'slice';
  readonly domain: Space;
  readonly range: Space;
  readonly #lines: FourierLines;
  readonly #undersampled: Undersampled;
  readonly #mask?: UploadedMask;
  readonly #scale: number;
  /** Of a single slice with several coils. */
  readonly #coilLanes?: CoilLanes;
  #scratch?: CpuField;

  constructor(
    readonly shape: readonly [number, number, number],
    readonly coils: number,
    mask: SamplingMask | undefined,
    readonly maps: CpuField | undefined,
    readonly backend: CpuBackend,
  ) {
    const [slices, rows, columns] = shape;
    this.domain = imageSpace(shape);
    this.range = space(['slice', 'coil', 'ky', 'kx'], [slices, coils, rows, columns], 'complex64');
    this.#lines = new FourierLines(backend, slices, rows, columns);
    this.#undersampled = mask ? undersampled(mask) : 'none';
    if (mask && this.#undersampled !== 'none') this.#mask = uploadMask(mask, this.#undersampled, slices, backend);
    this.#scale = 1 / Math.sqrt(rows * columns);
    if (slices === 1 && coils > 1 && maps) this.#coilLanes = new CoilLanes(backend, maps, this.#lines.planeBytes);
  }

  /** y ← M F S x: rows of every coil with its sensitivity, then columns in place with the mask. */
  apply(x: Field, y: Field): void {
    const [from, to] = [cpuField(x, this.domain), cpuField(y, this.range)];
    const { planeBytes } = this.#lines;
    const image = planesOf(from, planeBytes);
    if (this.maps) {
      for (let coil = 0; coil < this.coils; coil++) {
        this.#lines.encode(image, planesOf(this.maps, planeBytes, coil), planesOf(to, planeBytes, coil));
      }
    } else {
      this.#lines.transform('x', 1, image, planesOf(to, planeBytes));
    }
    const all = planesOf(to, planeBytes);
    this.#lines.transform('y', this.coils, all, all, this.#scale, this.#mask ? 'after' : 'never', this.#mask?.table);
  }

  /** x ← Sᴴ F⁻¹ M y, coil by coil: columns with the mask into scratch, then rows, summed with the sensitivity. */
  adjoint(y: Field, x: Field): void {
    const [from, to] = [cpuField(y, this.range), cpuField(x, this.domain)];
    const { planeBytes } = this.#lines;
    const image = planesOf(to, planeBytes);
    const between = this.maps ? planesOf(this.#image(), planeBytes) : image;
    const when = this.#mask ? 'before' : 'never';
    for (let coil = 0; coil < this.coils; coil++) {
      const data = planesOf(from, planeBytes, coil);
      this.#lines.transform('y', 1, swapped(data), swapped(between), this.#scale, when, this.#mask?.table);
      if (!this.maps) this.#lines.transform('x', 1, swapped(image), swapped(image));
      else this.#lines.decode(between, planesOf(this.maps, planeBytes, coil), image, 1, coil > 0);
    }
  }

  /** out ← Sᴴ F⁻¹ M F S x. */
  normal(x: Field, out: Field): void {
    const [from, to] = [cpuField(x, this.domain), cpuField(out, this.domain)];
    if (from === to) {
      throw new SlicewiseError('ARGUMENT', { message: 'AᴴA x needs an output field of its own' });
    }
    if (this.#coilLanes) this.#normalOfSlice(this.#coilLanes, from, to);
    else if (!this.#mask) this.#normalFullySampled(from, to);
    else if (this.#undersampled === 'yx') this.#normalBoth(from, to, this.#mask.table);
    else this.#normalAlong(this.#undersampled as 'x' | 'y', from, to, this.#mask.table);
  }

  /** As the others below, four coils at a time. */
  #normalOfSlice(coils: CoilLanes, x: CpuField, out: CpuField): void {
    const { planeBytes } = this.#lines;
    const [image, result] = [planesOf(x, planeBytes), planesOf(out, planeBytes)];
    const table = this.#mask?.table;
    if (this.#undersampled === 'yx') {
      coils.normal(image, result, 1, (images) => {
        this.#lines.transform('x', 1, images, images);
        this.#lines.transform('y', 1, images, images, this.#scale ** 2, 'between', table);
        this.#lines.transform('x', 1, swapped(images), swapped(images));
      });
    } else if (this.#undersampled === 'none') {
      coils.normal(image, result, 1, () => undefined);
    } else {
      const direction = this.#undersampled;
      const scale = 1 / this.shape[direction === 'x' ? 2 : 1];
      coils.normal(image, result, scale, (images) => this.#lines.transform(direction, 1, images, images, 1, 'between', table));
    }
  }

  /** F⁻¹F cancels: Σ |s_c|² x. */
  #normalFullySampled(x: CpuField, out: CpuField): void {
    if (!this.maps) return this.backend.lincomb(out, [1, x]);
    const { planeBytes } = this.#lines;
    const between = planesOf(this.#image(), planeBytes);
    for (let coil = 0; coil < this.coils; coil++) {
      const map = planesOf(this.maps, planeBytes, coil);
      weigh(this.backend, this.domain, planesOf(x, planeBytes), map, between, planeBytes);
      collect(this.backend, this.domain, between, map, planesOf(out, planeBytes), coil > 0, planeBytes);
    }
  }

  #normalAlong(direction: 'x' | 'y', x: CpuField, out: CpuField, mask: MaskTable): void {
    const { planeBytes } = this.#lines;
    const [image, result] = [planesOf(x, planeBytes), planesOf(out, planeBytes)];
    const scale = 1 / this.shape[direction === 'x' ? 2 : 1];
    if (this.maps) {
      this.#lines.normal(direction, image, planesOf(this.maps, planeBytes), this.coils, result, scale, mask);
    } else {
      this.#lines.transform(direction, 1, image, result, scale, 'between', mask);
    }
  }

  /** Rows, then columns forth and back in one go, then rows back. */
  #normalBoth(x: CpuField, out: CpuField, mask: MaskTable): void {
    const { planeBytes } = this.#lines;
    const [image, result] = [planesOf(x, planeBytes), planesOf(out, planeBytes)];
    const between = this.maps ? planesOf(this.#image(), planeBytes) : result;
    for (let coil = 0; coil < this.coils; coil++) {
      const map = this.maps && planesOf(this.maps, planeBytes, coil);
      if (map) this.#lines.encode(image, map, between);
      else this.#lines.transform('x', 1, image, between);
      this.#lines.transform('y', 1, between, between, this.#scale ** 2, 'between', mask);
      if (map) this.#lines.decode(between, map, result, 1, coil > 0);
      else this.#lines.transform('x', 1, swapped(between), swapped(between));
    }
  }

  /** Scratch of one coil's image. */
  #image(): CpuField {
    return (this.#scratch ??= this.backend.field(this.domain));
  }

  /** Without maps M F is a projection of norm 1; with them it depends on their overlap. */
  readonly norm = onceFound(async (watch) => (this.maps ? operatorNorm(this, undefined, watch) : 1));

  bytes(): MemoryPlan {
    const image = this.#lines.planeBytes * 2 * this.backend.slabs(this.shape[0]).layout.slabs.length;
    const items = [{ what: `${CARTESIAN}: tables and scratch`, bytes: this.#lines.bytes() }];
    if (this.#mask) items.push({ what: 'sampling mask', bytes: this.#mask.bytes });
    if (this.#coilLanes) items.push({ what: `${CARTESIAN}: coils side by side`, bytes: this.#coilLanes.bytes });
    if (this.maps) {
      items.push({ what: 'coil maps', bytes: image * this.coils });
      items.push({ what: "fourier.cartesian: one coil's image", bytes: image });
    }
    return { items };
  }

  dispose(): void {
    this.#lines.dispose();
    this.#mask?.block.free();
    this.#coilLanes?.dispose();
    this.#scratch?.dispose();
    this.maps?.dispose();
  }
}
