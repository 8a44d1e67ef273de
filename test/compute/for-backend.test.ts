import test from 'ava';
import { forBackend } from '../../compute/for-backend.js';
import { createWebGpuBackend } from '../../compute/webgpu/backend.js';
import { inlineBackend } from '../support/backends.js';
import { onWebGpu } from '../support/every-backend.js';

const makers = { cpu: (): string => 'slabs', webgpu: (): string => 'buffers' };

test('an operator gets the kernels of its backend', (t) => {
  t.is(forBackend(inlineBackend(), 'the operator', makers), 'slabs');
});

test('a missing kernel is told with what there is', (t) => {
  const error = { code: 'BACKEND', message: /the operator has no kernel.*expected webgpu; got cpu/ };
  t.throws(() => forBackend(inlineBackend(), 'the operator', { webgpu: makers.webgpu }), error);
});

onWebGpu('an operator gets the kernels of its backend', (t, gpu) => {
  t.is(forBackend(gpu, 'the operator', makers), 'buffers');
  t.throws(() => forBackend(gpu, 'the operator', { cpu: makers.cpu }), {
    code: 'BACKEND',
    message: /expected cpu; got webgpu/,
  });
});

test('without an adapter, a device or WebGPU at all, the way out is told', async (t) => {
  const gpu = (adapter: unknown): GPU => ({ requestAdapter: () => Promise.resolve(adapter) }) as GPU;
  const hint = { code: 'BACKEND', message: /no adapter; expected a GPU.*driver of the GPU.*--backend cpu/ };
  await t.throwsAsync(createWebGpuBackend({ gpu: gpu(null) }), hint);
  const refusing = {
    limits: {},
    features: new Set(),
    info: { vendor: 'acme', device: 'g1' },
    requestDevice: () => Promise.reject(new Error('out of devices')),
  };
  const refused = { code: 'BACKEND', message: /acme g1 gives no device.*out of devices/ };
  await t.throwsAsync(createWebGpuBackend({ gpu: gpu(refusing) }), refused);
  const page = globalThis as { navigator?: object };
  const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(page, 'navigator', { value: {}, configurable: true });
  try {
    await t.throwsAsync(createWebGpuBackend(), { code: 'BACKEND', message: /no WebGPU here.*CPU backend/ });
  } finally {
    if (navigator) Object.defineProperty(page, 'navigator', navigator);
    else delete page.navigator;
  }
});
