import type { Field } from '../../compute/backend.js';
import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { webGpuField, type WebGpuField } from '../../compute/webgpu/field.js';
import { kernel } from '../../compute/webgpu/kernel.js';
import { coilsWgsl } from './coils.wgsl.generated.js';
import { coilSpace, imageSpace } from './spaces.js';

const params = { pixels: 'u32', coils: 'u32' } as const;

const multiplyKernel = kernel({
  name: 'coil maps: multiply',
  code: coilsWgsl,
  entry: 'multiply',
  fields: { image: 'read vec2<f32>', maps: 'read vec2<f32>', seen: 'write vec2<f32>' },
  params,
  flexible: true,
});

const sum = (name: string, entry: string) =>
  kernel({
    name,
    code: coilsWgsl,
    entry,
    fields: { image: 'write vec2<f32>', maps: 'read vec2<f32>', seen: 'read vec2<f32>' },
    params,
    flexible: true,
  });
const combineKernel = sum('coil maps: combine', 'combine');
const gramKernel = sum('coil maps: gram', 'gram');

export function multiplyMapsWebGpu(backend: WebGpuBackend, x: Field, maps: Field, out: Field): void {
  const { image, map, seen, ...rest } = checked(backend, x, maps, out);
  const workgroups = Math.ceil((rest.params.pixels * rest.params.coils) / 64);
  backend.run(multiplyKernel, { fields: { image, maps: map, seen }, ...rest, workgroups });
}

export function combineCoilsWebGpu(backend: WebGpuBackend, x: Field, maps: Field, out: Field): void {
  const { image, map, seen, ...rest } = checked(backend, out, maps, x);
  backend.run(combineKernel, { fields: { image, maps: map, seen }, ...rest, workgroups: perPixel(rest.params) });
}

/** out ← Σ_coil |maps|² ⊙ x, both images. */
export function weighByMaps(backend: WebGpuBackend, x: WebGpuField, maps: WebGpuField, out: WebGpuField): void {
  const [, coils, rows, columns] = maps.space.shape;
  const sizes = { pixels: rows * columns, coils };
  const fields = { image: out, maps, seen: x };
  backend.run(gramKernel, { fields, params: sizes, workgroups: perPixel(sizes) });
}

const perPixel = ({ pixels }: { readonly pixels: number }): number => Math.ceil(pixels / 64);

/** @throws SHAPE */
function checked(backend: WebGpuBackend, image: Field, maps: Field, coilImages: Field) {
  const [slices, rows, columns] = image.space.shape;
  const coils = maps.space.shape[1];
  const size = [slices, rows, columns] as const;
  return {
    image: webGpuField(image, imageSpace(size), backend),
    map: webGpuField(maps, coilSpace(size, coils), backend),
    seen: webGpuField(coilImages, coilSpace(size, coils), backend),
    params: { pixels: rows * columns, coils },
  };
}
