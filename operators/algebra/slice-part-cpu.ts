import type { CpuBackend } from '../../compute/cpu/backend.js';
import { own, type CpuField } from '../../compute/cpu/field.js';
import { vectorKernel } from '../../compute/cpu/vector.generated.js';
import { componentsOf, sliceSize } from '../../core/space.js';
import type { CopySlicePart } from './slice-part.js';

/** Elements of a plane of lanes lie together. */
export const slicePartCpu =
  (cpu: CpuBackend): CopySlicePart =>
  (x, out, { from, to, count }) => {
    const [a, o] = [own(x), own(out)];
    const { lanes } = o.set.layout;
    const at = (f: CpuField, plane: number, element: number): number => f.address + (plane * sliceSize(f.space) + element) * lanes * 4;
    for (let plane = 0; plane < componentsOf(o.space); plane++) {
      const args = [at(o, plane, to), count * lanes, 1, at(a, plane, from)];
      cpu.call(o.space, vectorKernel, 'lincomb1', args);
    }
  };
