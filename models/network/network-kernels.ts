import { kernel } from '../../compute/webgpu/kernel.js';
import { networkInputWgsl } from './network-input.wgsl.generated.js';
import { networkOutputWgsl } from './network-output.wgsl.generated.js';
import { networkPixelWgsl } from './network-pixel.wgsl.generated.js';

/*
 * Both sides of a network on the GPU. `size` and `padded` are [rows, columns], `turn` is [cos φ, sin φ], `parts` 1 for real fields and 2
 * for complex ones; g is the centre of a guided network, or no field.
 */

/** Planes `into` to `into` + `channels` − 1, of `planes` an image: images ← input · e^{iφ} (x − g), padded. */
export const networkInput = kernel({
  name: 'input of a network',
  code: `${networkPixelWgsl}${networkInputWgsl}`,
  fields: { x: 'read f32', g: 'read f32' },
  tables: { images: 'update f32' },
  params: {
    begin: 'u32',
    parts: 'u32',
    channels: 'u32',
    planes: 'u32',
    into: 'u32',
    edge: 'u32',
    size: 'vec2<u32>',
    padded: 'vec2<u32>',
    turn: 'vec2<f32>',
    input: 'f32',
  },
  flexible: true,
});

/** out ← g + e^{−iφ} (skip · e^{iφ} (x − g) + output · images), cut back; with `fold` what lies beyond an edge is added to it. */
export const networkOutput = kernel({
  name: 'output of a network',
  code: `${networkPixelWgsl}${networkOutputWgsl}`,
  fields: { x: 'read f32', g: 'read f32', out: 'write f32' },
  tables: { images: 'read f32' },
  params: {
    begin: 'u32',
    parts: 'u32',
    planes: 'u32',
    size: 'vec2<u32>',
    padded: 'vec2<u32>',
    turn: 'vec2<f32>',
    skip: 'f32',
    output: 'f32',
    fold: 'u32',
  },
  flexible: true,
});
