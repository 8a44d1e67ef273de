import test, { type ExecutionContext } from 'ava';
import type { Backend } from '../../compute/backend.js';
import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { isSlicewiseError } from '../../core/errors.js';
import { createGpuBackend } from '../../src/node.js';
import { inlineBackend } from './backends.js';
import { useSwiftShader } from './swiftshader.js';

/*
 * Tests that run on every backend: the CPU in this thread, and WebGPU on SwiftShader where Debian's chromium is installed, else on this
 * machine's own adapter, else skipped. The GPU is opened once a process and closed after its tests.
 */

/** What a test may expect of a backend. */
export interface BackendUnderTest {
  readonly backend: Backend;
  /** Relative error of sums: float64 on the CPU, float32 on the GPU. */
  readonly sums: number;
  /** How often a property is tried: a tiny kernel takes the GPU longer. */
  readonly runs: number;
}

useSwiftShader();
const opened = await createGpuBackend().catch((error: unknown) => {
  if (isSlicewiseError(error) && error.code === 'BACKEND') return undefined;
  throw error;
});
if (opened) test.after.always(() => opened.dispose());

/** Why a test of the GPU is skipped, for its title. */
const missing = opened ? '' : ' (needs a WebGPU adapter: apt-get install chromium libvulkan1 brings a driver)';

/** One test for each backend. A fresh one on the CPU; on the GPU the one of the process. */
export function onEveryBackend(title: string, body: (t: ExecutionContext, under: BackendUnderTest) => void | Promise<void>): void {
  test(`cpu: ${title}`, async (t) => {
    await body(t, { backend: inlineBackend(), sums: 1e-12, runs: 40 });
  });
  onWebGpu(title, async (t, backend) => {
    await body(t, { backend, sums: 1e-6, runs: 12 });
  });
}

/** A test of the GPU alone. */
export function onWebGpu(title: string, body: (t: ExecutionContext, backend: WebGpuBackend) => void | Promise<void>): void {
  (opened ? test.serial : test.serial.skip)(`webgpu: ${title}${missing}`, async (t) => {
    await body(t, opened!);
  });
}
