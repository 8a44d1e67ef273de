import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import type { SamplingMask } from '../../../core/sampling-mask.js';
import type { DeviceMask } from '../fft/lines-webgpu.js';
import type { Direction } from '../fft/axes.js';
import type { Undersampled } from './mask.js';

/** The mask on the device, a bit a sample: one direction only where the other does not matter, one slice where all share it. */
export interface BitMask {
  /** As lines along a direction find it. */
  along(direction: Direction): DeviceMask;
  readonly bytes: number;
  dispose(): void;
}

export function uploadBits({ data, shape }: SamplingMask, varies: Exclude<Undersampled, 'none'>, backend: WebGpuBackend): BitMask {
  const [slices, rows, columns] = shape;
  const [ny, nx] = [varies === 'x' ? 1 : rows, varies === 'y' ? 1 : columns];
  const bits = new Uint32Array(Math.ceil((slices * ny * nx) / 32));
  for (let z = 0, at = 0; z < slices; z++) {
    for (let r = 0; r < ny; r++) {
      for (let c = 0; c < nx; c++, at++) {
        if (data[(z * rows + r) * columns + c] !== 0) bits[at >> 5] |= 1 << (at & 31);
      }
    }
  }
  const table = backend.table(bits, 'the sampling mask');
  const slice = slices === 1 ? 0 : ny * nx;
  const [y, x] = [varies === 'x' ? 0 : nx, varies === 'y' ? 0 : 1];
  return {
    along: (direction) => {
      const [step, line] = direction === 'x' ? [x, y] : [y, x];
      return { table, weights: false, slice, line, step };
    },
    bytes: table.bytes,
    dispose: () => table.dispose(),
  };
}
