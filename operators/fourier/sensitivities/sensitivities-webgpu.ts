import type { Field } from '../../../compute/backend.js';
import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { webGpuField, type WebGpuField } from '../../../compute/webgpu/field.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import { coilsWgsl } from '../cartesian/coils.wgsl.generated.js';
import { coilSpace, imageSpace } from '../spaces.js';

const coilsKernel = (entry: 'multiply' | 'gram') =>
  kernel({
    name: `coil maps: ${entry}`,
    code: coilsWgsl,
    entry,
    fields: { x: 'read vec2<f32>', maps: 'read vec2<f32>', out: 'write vec2<f32>' },
    params: { pixels: 'u32', coils: 'u32' },
  });
const [multiply, gram] = [coilsKernel('multiply'), coilsKernel('gram')];

export function multiplyMapsWebGpu(backend: WebGpuBackend, x: Field, maps: Field, out: Field): void {
  run(backend, multiply, checked(backend, x, maps, out));
}

/** out ← Σ_coil |maps|² ⊙ x, both images. */
export function weighByMaps(backend: WebGpuBackend, x: WebGpuField, maps: WebGpuField, out: WebGpuField): void {
  run(backend, gram, { x, maps, out });
}

type Fields = Readonly<Record<'x' | 'maps' | 'out', WebGpuField>>;

function run(backend: WebGpuBackend, entry: typeof multiply, fields: Fields): void {
  const [, coils, rows, columns] = fields.maps.space.shape;
  const pixels = rows * columns;
  const each = entry === multiply ? coils : 1;
  backend.run(entry, { fields, params: { pixels, coils }, workgroups: Math.ceil((pixels * each) / 64) });
}

/** An image and coil images of the maps' size. @throws SHAPE */
function checked(backend: WebGpuBackend, image: Field, maps: Field, coilImages: Field): Fields {
  const [slices, rows, columns] = image.space.shape;
  const size = [slices, rows, columns] as const;
  const coils = coilSpace(size, maps.space.shape[1]);
  return {
    x: webGpuField(image, imageSpace(size), backend),
    maps: webGpuField(maps, coils, backend),
    out: webGpuField(coilImages, coils, backend),
  };
}
