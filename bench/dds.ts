/**
 * Where the time of a DDS run goes: the share of its wall time not spent inside ONNX Runtime, at several numbers of views, and ONNX
 * Runtime's time inside the run against a bare loop of the same network over as many slices on as many threads.
 *
 *     npm run bench -- dds [--data FOLDER] [--views 8 --views 20 --views 60] [--steps 20] [--workers 2] [--repeat 3] [--json FILE]
 *
 * Peer: onnxruntime-node without anything around it. Chest slices where a data folder is given, else the thorax phantom; parallel beam.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createBackend, loadModel, reconstruct } from '../src/index.js';
import { zoo } from '../src/node.js';
import { bareNetwork } from './support/bare-network.js';
import { markdown, median, percent } from './support/numbers.js';
import { chestOrPhantom } from './support/scene.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    views: { type: 'string', multiple: true, default: ['8', '20', '60'] },
    steps: { type: 'string', default: '20' },
    workers: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
const [steps, workers, repeat] = [values.steps, values.workers, values.repeat].map(Number);

interface Timing {
  /** Wall seconds of the whole run: loading the network, ‖A‖, all steps, the result. */
  readonly total: number;
  /** Wall seconds of the steps alone. */
  readonly steps: number;
  /** Seconds inside ONNX Runtime, mean over the workers. */
  readonly network: number;
}

const scene = await chestOrPhantom(values.data);
const backend = createBackend({ workers });
const { card, weights } = await loadModel(zoo(), 'ct');
const [slices, rows, columns] = scene.truth.shape;
const evaluations = slices * steps;
const found: { views: number; runs: Timing[]; bare: number[] }[] = [];
for (const views of values.views.map(Number)) {
  const scan = await scene.scan({ views, photons: 1e5, seed: 1 }, backend);
  const runs: Timing[] = [];
  const bare: number[] = [];
  for (let i = 0; i < repeat; i++) {
    // a backend of its own for every run, as the command line has it: ONNX Runtime's seconds are counted over a worker's life
    const own = createBackend({ workers });
    const { events, manifest } = await reconstruct(scan, {
      method: 'dds',
      prior: 'ct',
      seed: 1,
      methodOptions: { steps },
      backend: own,
    }).result();
    await own.dispose();
    const { totalSeconds, networkSeconds } = manifest.timings;
    runs.push({
      total: totalSeconds,
      steps: events.reduce((sum, event) => sum + event.seconds, 0),
      network: networkSeconds / workers,
    });
    bare.push(await bareNetwork({ weights, inputs: card.inputs, output: card.output, rows, columns }, evaluations, workers));
    console.error(`${views} views, run ${i + 1}: ${JSON.stringify({ ...runs[i], bare: bare[i] })}`);
  }
  found.push({ views, runs, bare });
}
await backend.dispose();

const table = found.map(({ views, runs, bare }) => {
  const of = (pick: (run: Timing) => number): number => median(runs.map(pick));
  return [
    `${views}`,
    `${of((r) => r.total).toFixed(1)} s`,
    `${of((r) => r.network).toFixed(1)} s`,
    percent(of((r) => 1 - r.network / r.total)),
    percent(of((r) => 1 - r.network / r.steps)),
    `${((1000 * workers * of((r) => r.network)) / evaluations).toFixed(1)} ms`,
    `${((1000 * workers * median(bare)) / evaluations).toFixed(1)} ms`,
    (of((r) => r.network) / median(bare)).toFixed(2),
  ];
});
console.log(`\n${scene.name}, ${slices}×${rows}×${columns}, ${steps} steps, ${workers} workers, medians of ${repeat}\n`);
console.log(
  markdown(
    ['views', 'run', 'in ONNX Runtime', 'outside, of the run', 'outside, of the steps', 'a slice in the run', 'a slice bare', 'run / bare'],
    table,
  ),
);
if (values.json) await writeFile(values.json, JSON.stringify(found, null, 2));
