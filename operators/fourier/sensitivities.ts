import type { Backend, Field } from '../../compute/backend.js';
import { requireCpu, type CpuBackend } from '../../compute/cpu/backend.js';
import { cpuField, type CpuField } from '../../compute/cpu/field.js';
import { SlicewiseError } from '../../core/errors.js';
import { sizeOf, space, type Space } from '../../core/space.js';
import { fftKernel } from './fft.generated.js';
import { planesOf } from './complex-field.js';
import type { Planes } from './lines.js';

/** Image space: complex `[slice, y, x]`. */
export const imageSpace = (shape: readonly [number, number, number]): Space =>
  space(['slice', 'y', 'x'], shape, 'complex64');
/** Space of coil maps and coil images: complex `[slice, coil, y, x]`. */
export const coilSpace = ([slices, rows, columns]: readonly [number, number, number], coils: number): Space =>
  space(['slice', 'coil', 'y', 'x'], [slices, coils, rows, columns], 'complex64');

/**
 * Coil sensitivities on the backend.
 * @param maps complex64 `[slice, coil, y, x]`, interleaved
 * @throws SlicewiseError SHAPE, NOT_FINITE, GEOMETRY when they are zero everywhere
 */
export async function coilMaps(
  maps: { readonly data: Float32Array; readonly shape: readonly number[] },
  shape: readonly [number, number, number],
  backend: Backend,
): Promise<Field> {
  const [slices, coils, rows, columns] = maps.shape;
  const wanted = [slices, rows, columns].every((n, i) => n === shape[i]) && maps.shape.length === 4;
  if (!wanted || maps.data.length !== 2 * sizeOf(coilSpace(shape, coils))) {
    throw new SlicewiseError('SHAPE', {
      message: 'the coil maps do not fit the image',
      expected: `complex64 [slice ${shape[0]}, coil, y ${shape[1]}, x ${shape[2]}]`,
      got: `[${maps.shape.join(', ')}] with ${maps.data.length} floats`,
    });
  }
  if (!maps.data.every(Number.isFinite)) {
    throw new SlicewiseError('NOT_FINITE', { message: 'the coil maps hold NaN or infinity' });
  }
  if (maps.data.every((v) => v === 0)) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the coil maps are zero everywhere',
      hint: 'estimate them from a calibration region that has signal',
    });
  }
  const field = backend.field(coilSpace(shape, coils));
  await backend.write(field, maps.data);
  return field;
}

/** out ← maps ⊙ x: the image as every coil sees it. x `[slice, y, x]`, maps and out `[slice, coil, y, x]`. */
export function multiplyMaps(x: Field, maps: Field, out: Field): void {
  const { cpu, image, map, other, coils, planeBytes } = checked(x, maps, out);
  for (let coil = 0; coil < coils; coil++) {
    const [from, by, to] = [image, map, other].map((f) => planesOf(f, planeBytes, f === image ? 0 : coil));
    weigh(cpu, x.space, from, by, to, planeBytes);
  }
}

/** out ← Σ_coil conj(maps) ⊙ x: the coils' images put together, the adjoint of `multiplyMaps`. */
export function combineCoils(x: Field, maps: Field, out: Field): void {
  const { cpu, image, map, other, coils, planeBytes } = checked(out, maps, x);
  for (let coil = 0; coil < coils; coil++) {
    const [from, by] = [other, map].map((f) => planesOf(f, planeBytes, coil));
    collect(cpu, out.space, from, by, planesOf(image, planeBytes), coil > 0, planeBytes);
  }
}

/** to ← map ⊙ x, one coil. */
export function weigh(cpu: CpuBackend, like: Space, x: Planes, map: Planes, to: Planes, planeBytes: number): void {
  cpu.call(like, fftKernel, 'weigh', [...x, ...map, ...to, planeBytes / 4]);
}

/** x ← conj(map) ⊙ from, one coil, or added to x. */
export function collect(
  cpu: CpuBackend,
  like: Space,
  from: Planes,
  map: Planes,
  x: Planes,
  add: boolean,
  planeBytes: number,
): void {
  cpu.call(like, fftKernel, 'collect', [...from, ...map, ...x, Number(add), planeBytes / 4]);
}

interface Checked {
  readonly cpu: CpuBackend;
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
  const cpu = requireCpu(image.backend, 'coil sensitivities');
  return { cpu, image: a, map, other, coils, planeBytes: (a.floats / 2) * 4 };
}
