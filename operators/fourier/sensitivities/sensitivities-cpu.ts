import type { Field } from '../../../compute/backend.js';
import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField, type CpuField } from '../../../compute/cpu/field.js';
import type { Space } from '../../../core/space.js';
import { fftKernel } from '../fft/fft.generated.js';
import { planesOf } from '../complex-field-cpu.js';
import type { Planes } from '../fft/lines-cpu.js';
import { coilSpace, imageSpace } from '../spaces.js';

export function multiplyMapsCpu(cpu: CpuBackend, x: Field, maps: Field, out: Field): void {
  const { image, map, other, coils, planeBytes } = checked(x, maps, out);
  for (let coil = 0; coil < coils; coil++) {
    const [from, by, to] = [image, map, other].map((f) => planesOf(f, planeBytes, f === image ? 0 : coil));
    weigh(cpu, x.space, from, by, to, planeBytes);
  }
}

/** to ← map ⊙ x, one coil. */
export function weigh(cpu: CpuBackend, like: Space, x: Planes, map: Planes, to: Planes, planeBytes: number): void {
  cpu.call(like, fftKernel, 'weigh', [...x, ...map, ...to, planeBytes / 4]);
}

/** x ← conj(map) ⊙ from, one coil, or added to x. */
export function collect(cpu: CpuBackend, like: Space, from: Planes, map: Planes, x: Planes, add: boolean, planeBytes: number): void {
  cpu.call(like, fftKernel, 'collect', [...from, ...map, ...x, Number(add), planeBytes / 4]);
}

interface Checked {
  readonly image: CpuField;
  readonly map: CpuField;
  readonly other: CpuField;
  readonly coils: number;
  readonly planeBytes: number;
}

/** @throws SHAPE */
function checked(image: Field, maps: Field, coilImages: Field): Checked {
  const [slices, rows, columns] = image.space.shape;
  const coils = maps.space.shape[1];
  const size = [slices, rows, columns] as const;
  const a = cpuField(image, imageSpace(size));
  const [map, other] = [maps, coilImages].map((f) => cpuField(f, coilSpace(size, coils)));
  return { image: a, map, other, coils, planeBytes: (a.floats / 2) * 4 };
}
