/**
 * Ten iterations of CG-SENSE against SigPy and BART, on the same k-space, coil maps, λ and number of threads: brain slices as a scan of 8
 * coils, Poisson disc ×4. Ours with the data resident, Aᴴy and a residual in every iteration included.
 *
 *     npm run bench -- cg-sense --data FOLDER [--python PYTHON] [--slices 52-59] [--threads 1] [--repeat 5] [--json FILE]
 *
 * PYTHON has sigpy; BART where it is installed. Repetitions alternate in one run. Medians, of all slices together: wall, and CPU of all
 * threads, which other work on the machine disturbs less.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createBackend, operators } from '../src/index.js';
import { sense } from '../src/solvers/classical/sense.js';
import { MriPeer, phaseOf, relativeDifference, type PeerTime } from './support/mri-peer.js';
import { mrScene, withMaps } from './support/mri-scene.js';
import { markdown, median } from './support/numbers.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    slices: { type: 'string', default: '52-59' },
    threads: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const [threads, repeat] = [values.threads, values.repeat].map(Number);
const [LAMBDA, ITERATIONS] = [0.01, 10];

const backend = createBackend({ workers: threads });
const scene = await mrScene(values.data, 'vs-seg-001_t1gd', values.slices.split('-').map(Number) as [number, number]);
const scan = await withMaps(await scene.raw({ mask: 'poisson', accel: 4 }), 0);
const peer = await MriPeer.start(values.python, threads, scan);
const operator = await operators.get(scan.kind)(scan, scan.grid, backend);
const y = backend.field(operator.range);
await backend.write(y, scan.data);

async function ours(): Promise<PeerTime & { image: Float32Array }> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  let image: Float32Array | undefined;
  const options = sense.options({ lambda: LAMBDA, iterations: ITERATIONS, tolerance: 0 });
  for await (const step of sense.run({ backend, operator, y, seed: 0 }, options)) {
    if (step.step === step.steps) image = await step.estimate();
  }
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6, image: image! };
}

const names = ['sigpy-sense', 'bart-sense'] as const;
const image = (await ours()).image; // warm-up too
const differences = new Map<string, number>();
for (const name of names) {
  const theirs = await peer.image(name, LAMBDA, ITERATIONS);
  if (theirs) differences.set(name, relativeDifference(image, theirs, phaseOf(name)));
}
const times: { [name: string]: PeerTime[] } = { ours: [], 'sigpy-sense': [], 'bart-sense': [] };
for (let i = 0; i < repeat; i++) {
  const { wall, cpu } = await ours();
  times.ours.push({ wall, cpu });
  for (const name of names) {
    const time = differences.has(name) ? await peer.time(name, LAMBDA, ITERATIONS) : undefined;
    if (time) times[name].push(time);
  }
}
await peer.close();
await backend.dispose();

const of = (name: string, which: 'wall' | 'cpu'): number => median(times[name].map((t) => t[which]));
const rows = ['ours', ...differences.keys()].map((name) => [
  name,
  `${of(name, 'wall').toFixed(2)} s`,
  (of('ours', 'wall') / of(name, 'wall')).toFixed(2),
  `${of(name, 'cpu').toFixed(2)} s`,
  (of('ours', 'cpu') / of(name, 'cpu')).toFixed(2),
  name === 'ours' ? '' : differences.get(name)!.toExponential(1),
]);
console.log(
  `${scene.name}, ${scan.shape.join('×')}, ${ITERATIONS} iterations, λ ${LAMBDA}, ${threads} thread(s), kernels ${backend.build}; ` +
    `medians of ${repeat}\n`,
);
console.log(markdown(['', 'wall', 'ours ÷ it', 'CPU', 'ours ÷ it', 'images differ'], rows));
if (values.json) await writeFile(values.json, JSON.stringify({ shape: scan.shape, threads, times }, undefined, 1));
