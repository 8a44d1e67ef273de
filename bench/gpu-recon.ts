/**
 * Whole DDS runs on a GPU: a volume of 256³ from few views, with 20 and 50 evaluations. Seconds of the run, where the seconds of its steps
 * go (network, operators, copies; a run of its own, with an idle device between the parts), and the quality against the CPU backend on a
 * part of the volume.
 *
 *     npm run bench -- gpu-recon [--size 256] [--slices 256] [--views 8,20] [--steps 20,50] [--prior ct] [--batch N] [--part 16]
 *         [--workers N]
 *         [--dry] [--json FILE] [--markdown FILE]
 *
 * Thorax phantom, parallel beam, photon noise 1e5. `--part 0` leaves the CPU out. `--dry` is a try on whatever adapter there is,
 * SwiftShader included: 4 slices of 64² (2 on the CPU too), 2 evaluations; its times mean nothing.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Backend } from '../compute/backend.js';
import { compareVolumes, createBackend, createGpuBackend, reconstruct, scannedObject, type Volume } from '../src/index.js';
import type { Measurement } from '../volumes/measurement.js';
import { phantoms, simulateCt } from '../src/index.js';
import { useSwiftShader } from '../test/support/swiftshader.js';
import { markdown, percent } from './support/numbers.js';
import { profiledDds, type Profile } from './support/profiled-dds.js';

const { values } = parseArgs({
  options: {
    size: { type: 'string' },
    slices: { type: 'string' },
    views: { type: 'string' },
    steps: { type: 'string' },
    prior: { type: 'string', default: 'ct' },
    batch: { type: 'string' },
    part: { type: 'string' },
    workers: { type: 'string', default: `${availableParallelism()}` },
    dry: { type: 'boolean', default: false },
    json: { type: 'string' },
    markdown: { type: 'string' },
  },
});
const defaults = values.dry
  ? { size: '64', slices: '4', views: '8', steps: '2', part: '2' }
  : { size: '256', slices: '256', views: '8,20', steps: '20,50', part: '16' };
const given = { ...defaults, ...Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) };
const [size, depth, part] = [given.size, given.slices, given.part].map(Number);
const [views, evaluations] = [given.views, given.steps].map((list) => list.split(',').map(Number));
const batch = values.batch === undefined ? undefined : Number(values.batch);

if (values.dry) useSwiftShader();
const gpu = await createGpuBackend();
console.error(`GPU: ${gpu.adapter}${gpu.software ? ' (software: times mean nothing)' : ''}`);

const phantom = phantoms.get('thorax').make();
const simulator = createBackend({ workers: 1 });
const scanOf = (count: number, slices: readonly [number, number]): Promise<Measurement> =>
  simulateCt(phantom, { size, depth, views: count, photons: 1e5, seed: 1, slices: [...slices] }, simulator);
const truthOf = (slices: readonly [number, number]): Volume => scannedObject(phantom, { size, depth, slices: [...slices] });
const all = [0, depth - 1] as const;
const first = Math.floor((depth - part) / 2);
const middle = [first, first + part - 1] as const;

interface Run {
  readonly seconds: number;
  readonly networkSeconds: number;
  readonly psnr: number;
  readonly gpuPeakBytes: number | null;
  readonly volume: Volume;
}

async function run(scan: Measurement, truth: Volume, steps: number, backend: Backend): Promise<Run> {
  const options = { method: 'dds', prior: values.prior, seed: 1, methodOptions: { steps }, backend };
  const { volume, manifest } = await reconstruct(scan, {
    ...options,
    batch: backend === gpu ? batch : undefined,
  }).result();
  const { totalSeconds: seconds, networkSeconds } = manifest.timings;
  const { gpuPeakBytes } = manifest;
  return { seconds, networkSeconds, psnr: compareVolumes(volume, truth, { planes: [] }).psnr!, gpuPeakBytes, volume };
}

const without = ({ volume: _, ...rest }: Run): Omit<Run, 'volume'> => rest;
const found: object[] = [];
const rows: string[][] = [];
const parts: string[][] = [];
const shares: string[][] = [];
const save = async (): Promise<void> => {
  const result = {
    adapter: gpu.adapter,
    software: gpu.software,
    node: process.version,
    prior: values.prior,
    size,
    depth,
    batch,
    found,
  };
  if (values.json) await writeFile(values.json, JSON.stringify(result, null, 2));
  if (values.markdown) await writeFile(values.markdown, report());
};
const report = (): string =>
  [
    `Adapter: ${gpu.adapter}. Thorax phantom ${size}×${size}×${depth}, DDS, prior ${values.prior}, photon noise 1e5.`,
    markdown(['views', 'evaluations', 'run', 'in the network', 'PSNR', 'peak of fields'], rows),
    ...(shares.length > 0
      ? [
          'Seconds of the steps, with an idle GPU between the parts:',
          markdown(['views', 'evaluations', 'steps', 'network', 'operators', 'copies', 'rest'], shares),
        ]
      : []),
    ...(parts.length > 0
      ? [
          `The middle ${part} slices on the GPU and on the CPU (${values.workers} workers):`,
          markdown(['views', 'evaluations', 'GPU', 'CPU', 'GPU PSNR', 'CPU PSNR', 'difference', 'GPU to CPU'], parts),
        ]
      : []),
  ].join('\n\n') + '\n';
const s = (seconds: number): string => `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
const db = (value: number): string => `${value.toFixed(2)} dB`;

try {
  const whole = truthOf(all);
  for (const count of views) {
    const scan = await scanOf(count, all);
    for (const [i, steps] of evaluations.entries()) {
      // the first run of all also compiles the shaders: told apart
      if (found.length === 0 && !values.dry) {
        const cold = await run(scan, whole, Math.min(...evaluations), gpu);
        found.push({
          what: 'first run of the process',
          views: count,
          steps: Math.min(...evaluations),
          ...without(cold),
        });
      }
      const measured = await run(scan, whole, steps, gpu);
      found.push({ what: 'run', views: count, steps, ...without(measured) });
      rows.push([
        `${count}`,
        `${steps}`,
        s(measured.seconds),
        s(measured.networkSeconds),
        db(measured.psnr),
        `${((measured.gpuPeakBytes ?? 0) / 2 ** 20).toFixed(0)} MiB`,
      ]);
      await save();
      if (i > 0) continue;
      const profile = await profiledDds(scan, gpu, { prior: values.prior, steps, batch });
      found.push({ what: 'profile', views: count, ...profile });
      shares.push([`${count}`, `${steps}`, s(profile.total), ...sharesOf(profile)]);
      await save();
    }
  }
  if (part > 0) {
    const truth = truthOf(middle);
    for (const count of views) {
      const scan = await scanOf(count, middle);
      const steps = evaluations[0];
      const onGpu = await run(scan, truth, steps, gpu);
      const cpu = createBackend({ workers: Number(values.workers) });
      const onCpu = await run(scan, truth, steps, cpu);
      await cpu.dispose();
      const between = compareVolumes(onGpu.volume, onCpu.volume, { planes: [] }).psnr!;
      found.push({
        what: 'part',
        views: count,
        steps,
        slices: middle,
        gpu: without(onGpu),
        cpu: without(onCpu),
        between,
      });
      parts.push([
        `${count}`,
        `${steps}`,
        s(onGpu.seconds),
        s(onCpu.seconds),
        db(onGpu.psnr),
        db(onCpu.psnr),
        db(onGpu.psnr - onCpu.psnr),
        db(between),
      ]);
      await save();
    }
  }
} finally {
  await simulator.dispose();
  await gpu.dispose();
}
console.log(report());

function sharesOf({ total, seconds }: Profile): string[] {
  const { network, operators, copies } = seconds;
  return [network, operators, copies, total - network - operators - copies].map((n) => `${s(n)} (${percent(n / total)})`);
}
