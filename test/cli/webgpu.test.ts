import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { runCli } from '../../src/cli/program.js';
import { compareVolumes } from '../../src/metrics/index.js';
import { readVolume, writeMeasurement, type Volume } from '../../volumes/index.js';
import { CLI, command, inFolder, listing, type Outcome } from '../support/cli.js';
import { onWebGpu } from '../support/every-backend.js';
import { smallScan } from '../support/scans.js';

/** The command line in this process, which holds SwiftShader's name in its environment. */
async function slicewise(args: readonly string[], during: (line: string) => void = () => undefined): Promise<Outcome> {
  let [out, err] = ['', ''];
  const note = (text: string): void => {
    err += `${text}\n`;
    during(text);
  };
  const terminal = { out: (text: string) => void (out += `${text}\n`), note, interactive: false };
  return { code: await runCli(args, terminal, () => new AbortController().signal), out, err };
}

async function inScanFolder(work: (at: (name: string) => string, folder: string) => Promise<void>): Promise<void> {
  const { scan } = await smallScan(3, 32, 8);
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'scan.h5'), await writeMeasurement('scan.h5', scan));
    await work((name) => join(folder, name), folder);
  });
}

const load = (path: string): Promise<Volume> => readVolume([{ name: path, bytes: readFileSync(path) }]);

onWebGpu('recon --backend webgpu names the GPU, plans its memory, and writes the image of the CPU', (t, { adapter, software }) =>
  inScanFolder(async (at) => {
    const recon = (output: string): string[] => ['recon', at('scan.h5'), '-o', at(output), '--method', 'cgls', '--iterations', '4'];
    const gpu = await slicewise([...recon('gpu.nii'), '--backend', 'webgpu', '--json', at('gpu.json')]);
    t.is(gpu.code, 0, gpu.err);
    t.true(gpu.err.includes(`GPU: ${adapter}`), gpu.err);
    t.is(/computes on the processor/.test(gpu.err), software);
    t.regex(gpu.err, /^memory planned {2,}\d/m);
    t.regex(gpu.err, /^memory planned on the GPU {2,}\d/m);
    const manifest = JSON.parse(readFileSync(at('gpu.json'), 'utf8')) as { runtime: { backend: string; build: string } };
    t.is(manifest.runtime.backend, 'webgpu');
    t.is((await slicewise([...recon('cpu.nii'), '--workers', '0'])).code, 0);
    const { psnr } = compareVolumes(await load(at('gpu.nii')), await load(at('cpu.nii')), { planes: [] });
    t.true((psnr ?? Infinity) > 80, `${psnr} dB`);
    t.false(listing(at('.')).includes('gpu.nii.checkpoint'));
  }),
);

onWebGpu('a GPU that is lost ends the run with the line that goes on from the last checkpoint', (t) =>
  inScanFolder(async (at, folder) => {
    const line = ['recon', at('scan.h5'), '-o', at('out.npy'), '--method', 'cgls', '--iterations', '6', '--backend', 'webgpu'];
    const often = [...line, '--checkpoint-seconds', '0'];
    const lost = await withDevice((device) => slicewise(often, (text) => /step 3\/6/.test(text) && device().destroy()));
    t.is(lost.code, 1, lost.err);
    t.regex(lost.err, /slicewise: the GPU device was closed/);
    t.true(lost.err.includes(`slicewise ${[...often, '--resume'].join(' ')}`), lost.err);
    t.false(listing(folder).includes('out.npy'));
    const resumed = await slicewise([...often, '--resume']);
    t.is(resumed.code, 0, resumed.err);
    t.notRegex(resumed.err, /step 1\/6/);
    const bits = readFileSync(at('out.npy'));
    t.is((await slicewise([...line, '--force'])).code, 0);
    t.deepEqual(bits, readFileSync(at('out.npy')));
    t.deepEqual(listing(folder), ['out.npy', 'scan.h5']);
  }),
);

/** Runs with a hold on the device that is opened meanwhile. */
async function withDevice<T>(work: (device: () => GPUDevice) => Promise<T>): Promise<T> {
  const adapter = GPUAdapter.prototype;
  const request = adapter.requestDevice;
  let device: GPUDevice | undefined;
  adapter.requestDevice = async function (descriptor) {
    return (device = await request.call(this, descriptor));
  };
  try {
    return await work(() => device!);
  } finally {
    adapter.requestDevice = request;
  }
}

onWebGpu('backends lists the adapter with its limits', async (t, { adapter, device, software }) => {
  const { code, out } = await slicewise(['backends']);
  t.is(code, 0);
  t.regex(out, /^cpu +usable +WebAssembly simd/m);
  t.true(out.includes(adapter), out);
  t.is(/usable, slow/.test(out), software);
  const json = JSON.parse((await slicewise(['backends', '--json'])).out) as {
    webgpu: { usable: boolean; adapters: { name: string; limits: { maxBufferSize: number } }[] };
  };
  t.true(json.webgpu.usable);
  t.is(json.webgpu.adapters[0].name, adapter);
  t.is(json.webgpu.adapters[0].limits.maxBufferSize, device.limits.maxBufferSize);
});

/** A child process whose Vulkan finds no driver. */
const withoutAdapter = (folder: string, args: readonly string[], node: readonly string[] = []): Promise<Outcome> =>
  command(folder, 'env', [
    'VK_DRIVER_FILES=/nonexistent.json',
    'VK_ICD_FILENAMES=/nonexistent.json',
    process.execPath,
    ...node,
    CLI,
    ...args,
  ]);

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('without an adapter backends says what to do, and recon --backend webgpu fails with the way out (Linux)', (t) =>
  inScanFolder(async (_, folder) => {
    const listed = await withoutAdapter(folder, ['backends']);
    t.is(listed.code, 0, listed.err);
    t.regex(listed.out, /^webgpu +not usable +no adapter: install the driver/m);
    const refused = await withoutAdapter(folder, ['recon', 'scan.h5', '-o', 'out.npy', '--backend', 'webgpu']);
    t.is(refused.code, 1);
    t.regex(refused.err, /slicewise: WebGPU finds no adapter.*driver.*--backend cpu/);
    t.deepEqual(listing(folder), ['scan.h5']);
  }),
);

onLinux('without the package webgpu both say how to install it (Linux)', (t) =>
  inScanFolder(async (_, folder) => {
    // stands for a package that is not installed
    const hook = `export const resolve = (name, context, next) => {
      if (name === 'webgpu') throw new Error("Cannot find package 'webgpu'");
      return next(name, context);
    };`;
    const url = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
    const register = url(`import { register } from 'node:module'; register(${JSON.stringify(url(hook))});`);
    const node = ['--import', register];
    const listed = await withoutAdapter(folder, ['backends'], node);
    t.regex(listed.out, /^webgpu +not usable +the GPU needs the package webgpu.*npm install webgpu/m);
    const refused = await withoutAdapter(folder, ['recon', 'scan.h5', '-o', 'out.npy', '--backend', 'webgpu'], node);
    t.is(refused.code, 1);
    t.regex(refused.err, /slicewise: the GPU needs the package webgpu.*npm install webgpu.*--backend cpu/);
  }),
);

for (const [flag, value] of [
  ['provider', 'cpu'],
  ['workers', '2'],
] as const) {
  test(`--${flag} with --backend webgpu is wrong usage`, async (t) => {
    const { code, err } = await slicewise(['recon', 'scan.h5', '-o', 'out.npy', '--backend', 'webgpu', `--${flag}`, value]);
    t.is(code, 2);
    t.regex(err, new RegExp(`--${flag} is for --backend cpu`));
  });
}
