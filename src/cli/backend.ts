import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { createBackend, createGpuBackend } from '../node.js';
import type { Terminal } from './command.js';

export const backendNames = ['cpu', 'webgpu'] as const;

export interface BackendFlags {
  readonly backend?: (typeof backendNames)[number];
  readonly workers?: number;
  readonly provider?: string;
  /** Kernels with relaxed SIMD; by default where the engine has it. */
  readonly relaxed?: boolean;
}

/** @throws SlicewiseError ARGUMENT for flags of the other backend */
export function requireBackendSense({ backend = 'cpu', workers, provider }: BackendFlags): void {
  if (backend === 'cpu') return;
  const wrong = (flag: string, why: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', {
      message: `--${flag} is for --backend cpu: ${why}`,
      hint: `leave --${flag} or --backend ${backend} out`,
    });
  if (provider !== undefined) throw wrong('provider', 'on webgpu the network runs on the same GPU as everything else');
  if (workers !== undefined) throw wrong('workers', 'on webgpu there are no worker threads');
}

/**
 * The backend asked for; a GPU is named, and one that is none is warned of.
 * @throws SlicewiseError RUNTIME_MISSING without the package webgpu, BACKEND without an adapter
 */
export async function openBackend({ backend = 'cpu', workers, relaxed }: BackendFlags, terminal: Terminal): Promise<Backend> {
  if (backend === 'cpu') return createBackend({ workers, relaxed });
  const gpu = await createGpuBackend();
  terminal.note(`GPU: ${gpu.adapter}`);
  if (gpu.software) {
    terminal.note(
      'warning: this adapter computes on the processor and is far slower than --backend cpu; `slicewise backends` lists what there is',
    );
  }
  return gpu;
}
