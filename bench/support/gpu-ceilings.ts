import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { kernel } from '../../compute/webgpu/kernel.js';
import { median } from './numbers.js';

/** What a device can do at most, measured by kernels that do nothing else. */
export interface Ceilings {
  /** Bytes a second, read and written, of a copy too large for the caches. */
  readonly bytes: number;
  /** Floating-point operations a second of float32 multiply-adds, which count twice, in registers. */
  readonly operations: number;
}

const copy = kernel({
  name: 'copy',
  code: `
    @compute @workgroup_size(256)
    fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
      let n = group_of(group) * 256u + thread;
      if (n < params.length) { to[n] = source[n]; }
    }`,
  tables: { source: 'read vec4<f32>', to: 'update vec4<f32>' },
  params: { length: 'u32' },
});

const CHAINS = 8;

/**
 * Eight chains of vec4 a thread: enough that no multiply-add waits for the one before. The result is stored, or compilers would drop all.
 */
const multiplyAdd = kernel({
  name: 'multiply-add',
  code: `
    @compute @workgroup_size(256)
    fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
      let n = group_of(group) * 256u + thread;
      var v: array<vec4<f32>, ${CHAINS}>;
      for (var c = 0u; c < ${CHAINS}u; c++) { v[c] = vec4<f32>(f32(n + c)); }
      let factor = vec4<f32>(params.factor);
      for (var i = 0u; i < params.steps; i++) {
        ${Array.from({ length: CHAINS }, (_, c) => `v[${c}] = fma(v[${c}], factor, factor);`).join('\n        ')}
      }
      var sum = vec4<f32>();
      for (var c = 0u; c < ${CHAINS}u; c++) { sum += v[c]; }
      to[n] = sum;
    }`,
  tables: { to: 'update vec4<f32>' },
  params: { steps: 'u32', factor: 'f32' },
});

/** Seconds of one call: of as many in a row as take `least` seconds, the median of `repeat` rounds. */
export async function secondsOf(gpu: WebGpuBackend, call: () => void, repeat: number, least = 0.05): Promise<number> {
  const round = async (times: number): Promise<number> => {
    await gpu.flush();
    const start = performance.now();
    for (let i = 0; i < times; i++) call();
    await gpu.flush();
    return (performance.now() - start) / 1e3 / times;
  };
  await round(1); // compiles, allocates
  const times = Math.max(1, Math.min(1000, Math.ceil(least / (await round(1)))));
  const rounds = [];
  for (let r = 0; r < repeat; r++) rounds.push(await round(times));
  return median(rounds);
}

export async function ceilings(gpu: WebGpuBackend, repeat: number): Promise<Ceilings> {
  const bytes = Math.min(gpu.software ? 2 ** 24 : 2 ** 29, gpu.device.limits.maxStorageBufferBindingSize);
  const [source, to] = [gpu.table(bytes, 'source of a copy'), gpu.table(bytes, 'target of a copy')];
  const length = Math.floor(bytes / 16);
  const grid = (workgroups: number): readonly [number, number, number] => {
    const y = Math.ceil(workgroups / 32768);
    return [Math.ceil(workgroups / y), y, 1];
  };
  const copying = await secondsOf(
    gpu,
    () => {
      gpu.dispatch(copy, { tables: { source, to }, params: { length }, workgroups: grid(Math.ceil(length / 256)) });
    },
    repeat,
  );
  const [workgroups, steps] = gpu.software ? [16, 256] : [16384, 1024];
  const adding = await secondsOf(
    gpu,
    () => {
      gpu.dispatch(multiplyAdd, { tables: { to }, params: { steps, factor: 0.5 }, workgroups: grid(workgroups) });
    },
    repeat,
  );
  for (const table of [source, to]) table.dispose();
  return { bytes: (2 * bytes) / copying, operations: (workgroups * 256 * CHAINS * 4 * 2 * steps) / adding };
}
