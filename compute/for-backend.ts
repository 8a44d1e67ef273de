import { SlicewiseError } from '../core/errors.js';
import type { Backend } from './backend.js';
import { CpuBackend } from './cpu/backend.js';
import { WebGpuBackend } from './webgpu/backend.js';

/**
 * What an operator is made of, by backend: its file names the kernels of each.
 *
 * @example
 * return forBackend(backend, 'the Fourier operator', { cpu: (b) => new CpuFourier(b), webgpu: (b) => new WebGpuFourier(b) });
 *
 * @param what for the error, where there is no kernel for the backend
 * @throws SlicewiseError BACKEND
 */
export function forBackend<T>(
  backend: Backend,
  what: string,
  makers: { readonly cpu?: (backend: CpuBackend) => T; readonly webgpu?: (backend: WebGpuBackend) => T },
): T {
  if (backend instanceof CpuBackend && makers.cpu) return makers.cpu(backend);
  if (backend instanceof WebGpuBackend && makers.webgpu) return makers.webgpu(backend);
  throw new SlicewiseError('BACKEND', {
    message: `${what} has no kernel for the backend '${backend.name}'`,
    expected: Object.keys(makers).join(' or '),
    got: backend.name,
  });
}
