import type { Backend, Field } from '../../compute/backend.js';
import { forBackend } from '../../compute/for-backend.js';
import { slicePartCpu } from './slice-part-cpu.js';
import { slicePartWebGpu } from './slice-part-webgpu.js';

/** Elements of every slice (in C order; a complex one counts once) that are copied, and where they go. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Copies a part of every slice of x into every slice of out, another field with as many slices, the rest of which stays. */
export type CopySlicePart = (x: Field, out: Field, part: Part) => void;

export function slicePart(backend: Backend): CopySlicePart {
  return forBackend(backend, 'parts of slices', { cpu: slicePartCpu, webgpu: slicePartWebGpu });
}
