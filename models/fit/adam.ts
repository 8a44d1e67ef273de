import { kernel } from '../../compute/webgpu/kernel.js';
import { adamWgsl } from './adam.wgsl.generated.js';

/** Settings of Adam; defaults of its paper. */
export interface AdamSettings {
  readonly learningRate: number;
  /** Decay of the mean of gradients, β₁; default .9. */
  readonly firstDecay?: number;
  /** Decay of the mean of their squares, β₂; default .999. */
  readonly secondDecay?: number;
  /** ε; default 1e-8. */
  readonly epsilon?: number;
}

/** Numbers of one step, the `step`-th from 1, as the kernels take them. */
export interface AdamStep {
  readonly firstDecay: number;
  readonly secondDecay: number;
  readonly rate: number;
  readonly correction: number;
  readonly epsilon: number;
}

export function adamStep(step: number, { learningRate, firstDecay = 0.9, secondDecay = 0.999, epsilon = 1e-8 }: AdamSettings): AdamStep {
  const rate = learningRate / (1 - firstDecay ** step);
  return { firstDecay, secondDecay, rate, correction: 1 / Math.sqrt(1 - secondDecay ** step), epsilon };
}

/** On the GPU: all vectors are tables of `length` floats. */
export const adamOnWebGpu = kernel({
  name: 'Adam',
  code: adamWgsl,
  tables: { x: 'update f32', mean: 'update f32', square: 'update f32', gradient: 'read f32' },
  params: {
    length: 'u32',
    first_decay: 'f32',
    second_decay: 'f32',
    rate: 'f32',
    correction: 'f32',
    epsilon: 'f32',
  },
});

/** Workgroups of the kernel for a vector of so many numbers. */
export function adamWorkgroups(length: number): readonly [number, number, number] {
  const groups = Math.ceil(length / 256);
  return [Math.min(groups, 32768), Math.ceil(groups / 32768), 1];
}
