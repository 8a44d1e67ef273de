import type { CpuBackend } from '../../compute/cpu/backend.js';
import { decodeBase64 } from '../../compute/cpu/queue.js';
import { SlicewiseError } from '../../core/errors.js';
import { adamKernel } from '../fit/adam.generated.js';
import type { Device, DeviceFit, FitVectors } from '../fit/device.js';
import { networkId } from './network-id.js';
import type { OpenFit, RunFit } from './onnx-fit.js';

/**
 * A graph in one worker of the CPU backend (onnx-fit.ts). The kernel is the one without relaxed SIMD: the same bits everywhere.
 * @throws SlicewiseError BACKEND without workers, RUNTIME_MISSING, MODEL
 */
export async function cpuFitting(backend: CpuBackend, device: Device, lane: number): Promise<DeviceFit> {
  requireWorker(backend);
  const id = networkId();
  const kernel = decodeBase64(adamKernel.simd);
  const open: OpenFit = { id, kernel, ...device };
  const ask = (service: string, parameters: unknown): Promise<unknown> => backend.serviceOf(lane % backend.workers, service, parameters);
  await ask('fit.open', open);
  return {
    run: (run) => ask('fit.run', { id, ...run } satisfies RunFit) as Promise<{ readonly [output: string]: Float32Array }>,
    read: () => ask('fit.read', id) as Promise<FitVectors>,
    dispose: () => ask('fit.release', id) as Promise<void>,
  };
}

/** @throws SlicewiseError BACKEND for a backend without workers */
export function requireWorker({ workers }: Pick<CpuBackend, 'workers'>): void {
  if (workers > 0) return;
  throw new SlicewiseError('BACKEND', { message: 'fits run on worker threads only', hint: 'give the backend at least one worker' });
}
