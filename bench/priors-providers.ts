/**
 * Milliseconds a slice of the zoo's networks in ONNX Runtime, provider by provider, taking turns in one process.
 *
 *     npm run bench -- priors-providers [--models ct,ct-fast,path/to/card.json] [--providers cpu,webgpu,web,cuda] [--size 256] [--batch 1]
 *         [--repeat 20] [--threads 1] [--swiftshader] [--json FILE]
 *
 * cpu, webgpu and cuda are providers of onnxruntime-node; web is onnxruntime-web's WebGPU on a device of Dawn. Times hold the upload of the
 * image and the download of the answer. Where the adapter computes on the processor (SwiftShader, taken with --swiftshader or where there
 * is no other) WebGPU is measured at 64² and three times only, against the CPU at 64². Medians; operations that a provider leaves to the
 * CPU are named.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as node from 'onnxruntime-node';
import { listModels } from '../models/index.js';
import { zoo } from '../src/index.js';
import { openDenoiser, type Denoiser } from '../test/support/denoise.js';
import { fallbackOf } from '../test/support/placement.js';
import { useSwiftShader } from '../test/support/swiftshader.js';
import { webRuntime } from '../test/support/web-runtime.js';
import { openWebGpu, type WebGpu } from '../test/support/webgpu-device.js';
import { markdown, median } from './support/numbers.js';
import { priorNote, priorsOf, type NamedPrior } from './support/priors.js';

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    providers: { type: 'string', default: 'cpu,webgpu' },
    size: { type: 'string', default: '256' },
    batch: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '20' },
    threads: { type: 'string', default: '1' },
    swiftshader: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const [size, batch, repeat, threads] = [values.size, values.batch, values.repeat, values.threads].map(Number);
const PROVIDERS = ['cpu', 'webgpu', 'web', 'cuda'] as const;
type Provider = (typeof PROVIDERS)[number];
const providers = values.providers.split(',').map((name) => {
  const known = PROVIDERS.find((p) => p === name);
  if (!known) throw new Error(`--providers are some of ${PROVIDERS.join(', ')}; got '${name}'`);
  return known;
});
const onWebGpu = (provider: Provider): boolean => provider === 'webgpu' || provider === 'web';

/** What SwiftShader is asked for: an evaluation at 64² takes it seconds, one at 256² most of a minute. */
const SOFTWARE = { size: 64, repeat: 3 };

interface Lane {
  readonly prior: NamedPrior;
  readonly provider: Provider;
  readonly side: number;
  readonly rounds: number;
  readonly denoiser: Denoiser;
  readonly milliseconds: number[];
}

if (values.swiftshader && !useSwiftShader()) throw new Error('there is no SwiftShader: apt-get install chromium libvulkan1');
const webgpu = providers.some(onWebGpu) ? await ownOrSoftware() : undefined;
const present = providers.filter((p) => webgpu || !onWebGpu(p));
if (present.length < providers.length) console.error('WebGPU is left out: this machine has no adapter');
const priors = await priorsOf(values.models?.split(',') ?? (await listModels(zoo())).map((card) => card.name));

const lanes: Lane[] = [];
for (const prior of priors) {
  for (const provider of present) {
    const runtime = provider === 'web' ? await webRuntime(webgpu!) : node;
    const onCpu = { intraOpNumThreads: threads };
    const denoiser = await openDenoiser(runtime, prior, provider === 'web' ? 'webgpu' : provider, onCpu);
    const lane = (side: number, rounds: number): Lane => ({
      prior,
      provider,
      side,
      rounds,
      denoiser,
      milliseconds: [],
    });
    if (!webgpu || !webgpu.software) lanes.push(lane(size, repeat));
    else if (onWebGpu(provider)) lanes.push(lane(SOFTWARE.size, Math.min(SOFTWARE.repeat, repeat)));
    else lanes.push(lane(size, repeat), lane(SOFTWARE.size, repeat));
  }
}

/** This machine's adapter, or SwiftShader. */
async function ownOrSoftware(): Promise<WebGpu | undefined> {
  const own = await openWebGpu();
  return own ?? (useSwiftShader() ? openWebGpu() : undefined);
}

const inputs = new Map<string, Float32Array>();
async function evaluation({ prior, side, denoiser }: Lane): Promise<number> {
  const length = batch * prior.card.channels * side * side;
  const x = inputs.get(`${length}`) ?? Float32Array.from({ length }, (_, i) => Math.sin(i));
  inputs.set(`${length}`, x);
  const noise = new Float32Array(batch).fill(-0.5);
  const start = performance.now();
  await denoiser.evaluate(x, noise);
  return (performance.now() - start) / batch;
}

// memory is allocated and shaders are compiled in the first
for (const lane of lanes) await evaluation(lane);
for (let round = 0; round < repeat; round++) {
  const running = lanes.filter(({ rounds }) => round < rounds);
  for (let n = 0; n < running.length; n++) {
    const lane = running[(round + n) % running.length];
    lane.milliseconds.push(await evaluation(lane));
  }
}

const cells = [];
const measured = [];
for (const lane of lanes) {
  const { prior, provider, side, milliseconds } = lane;
  const time = median(milliseconds);
  const against = (other: (l: Lane) => boolean): string => {
    const found = lanes.find((l) => l.side === side && other(l));
    return !found || found === lane ? '' : `${(median(found.milliseconds) / time).toPrecision(3)}×`;
  };
  const fallback = provider === 'cpu' ? {} : await fallbackOf(prior.weights, provider === 'web' ? 'webgpu' : provider);
  const left = Object.entries(fallback).map(([operation, count]) => `${count} ${operation}`);
  cells.push([
    prior.name,
    prior.card.precision,
    provider,
    `${side}²`,
    time.toFixed(time < 100 ? 1 : 0),
    against((l) => l.provider === provider && l.prior === priors[0]),
    against((l) => l.provider === 'cpu' && l.prior === prior),
    left.join(', '),
  ]);
  measured.push({ prior: prior.name, sha256: prior.card.sha256, provider, side, batch, fallback, milliseconds });
}
const head = [
  'network',
  'precision',
  'provider',
  'size',
  'ms a slice',
  `speed against ${priors[0].name}`,
  'against cpu',
  'left to the CPU',
];
const adapter = webgpu ? `, WebGPU on ${webgpu.name}` : '';
const software = webgpu?.software ? ` (WebGPU, which computes on the processor here: of ${SOFTWARE.repeat})` : '';
console.log(
  `\nCPU with ${threads} ${threads === 1 ? 'thread' : 'threads'}${adapter}; batches of ${batch}, medians of ${repeat}${software}\n`,
);
console.log(markdown(head, cells));
console.log(`\n${priorNote(priors)}`);
if (values.json) await writeFile(values.json, JSON.stringify({ adapter: webgpu?.name, measured }, null, 2));
for (const denoiser of new Set(lanes.map((l) => l.denoiser))) await denoiser.close();
webgpu?.close();
