/**
 * Backends and what lies on them: for operators, priors, regularisers and methods of your own.
 *
 * Everything but `read`, `write`, `readScalars` and `flush` of a backend only queues. Code that uses its operations, or `host` for
 * functions on plain arrays, runs on every backend; `forBackend` chooses kernels of your own by backend.
 */
export type { Backend, Boundary, Coefficient, Field, MemoryPlan, Neighbours, NoiseKey, Per, Queued, Scalars } from './backend.js';
export type { HostStep, SliceRange } from './host.js';
export { forBackend } from './for-backend.js';
export { Workspace } from './workspace.js';
export {
  bytesOf,
  componentsOf,
  describeSpace,
  sameSpace,
  sizeOf,
  sliceSize,
  slicesOf,
  space,
  type Dtype,
  type Space,
} from '../core/space.js';
export { createCpuBackend, type CpuBackend, type CpuOptions } from './cpu/backend.js';
export { cpuField, type Block, type CpuField } from './cpu/field.js';
export type { KernelModule } from './cpu/queue.js';
export { createWebGpuBackend, type StepAccess, type WebGpuBackend, type WebGpuOptions } from './webgpu/backend.js';
export { webGpuField, type WebGpuField } from './webgpu/field.js';
export { kernel, type Kernel, type KernelDescription } from './webgpu/kernel.js';
export type { DeviceTable } from './webgpu/table.js';
