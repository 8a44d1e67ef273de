/**
 * A generated cube of traces, half of which are taken away; what classical methods and `auto` make of it, judged with and without the
 * truth.
 */
import { mkdir } from 'node:fs/promises';
import {
  compareVolumes,
  createBackend,
  makeVolume,
  modalities,
  reconstruct,
  renderMontage,
  renderReport,
  writeFileAtomic,
} from '../../src/index.js';
import { type Volume } from '../../src/index.js';

const [LINES, TRACES, SAMPLES, INTERVAL] = [6, 96, 160, 4];

/** Layers that fold and dip, a fault of ten samples, and diffractions from its edge: reflections with Ricker's wavelet of 30 Hz. */
function cube(): Volume {
  const data = new Float32Array(LINES * TRACES * SAMPLES);
  const ricker = (ms: number): number => {
    const a = (Math.PI * 0.03 * ms) ** 2;
    return (1 - 2 * a) * Math.exp(-a);
  };
  for (let line = 0; line < LINES; line++) {
    for (let trace = 0; trace < TRACES; trace++) {
      const at = (line * TRACES + trace) * SAMPLES;
      const fault = trace > 52 + 2 * line ? 10 : 0;
      for (let layer = 0; layer < 11; layer++) {
        const size = Math.cos(2.4 * layer + 1) * (1 - 0.05 * layer);
        const fold = 6 * Math.sin(trace / 14 + layer / 5 + line / 6) + (0.05 + 0.03 * layer) * (trace - 40);
        const time = (14 + 13 * layer + fold + fault) * INTERVAL;
        for (let t = 0; t < SAMPLES; t++) data[at + t] += size * ricker(t * INTERVAL - time);
      }
      for (const depth of [40, 90]) {
        const time = Math.hypot(depth * INTERVAL, 6 * (trace - 52 - 2 * line));
        for (let t = 0; t < SAMPLES; t++) data[at + t] += 0.25 * ricker(t * INTERVAL - time);
      }
    }
  }
  const axes = [
    { name: 'inline', unit: '', first: 100, step: 1 },
    { name: 'crossline', unit: '', first: 200, step: 1 },
    { name: 'time', unit: 'ms', first: 0, step: INTERVAL },
  ];
  return makeVolume(data, [LINES, TRACES, SAMPLES], { axes, modality: 'seismic' });
}

/** Takes traces away, finds them again, and writes `demo.png` and `demo.html` into the folder. */
export async function demo(folder: string): Promise<void> {
  const truth = cube();
  const { simulation } = modalities.get('seismic');
  const options = simulation!.schema.parse({ missing: 0.5, seed: 1 });
  const scan = await simulation!.run(truth, options, { backend: () => backend });
  const backend = createBackend();
  console.log(`A cube of ${LINES} × ${TRACES} traces, half of them missing at random …`);
  const results = [];
  let manifest: unknown;
  for (const method of ['linear', 'slope', 'auto']) {
    process.stdout.write(`${method} … `);
    const result = await reconstruct(scan, { method, backend, seed: 1 }).result();
    const metrics = compareVolumes(result.volume, truth);
    const { timings, heldOut } = result.manifest;
    console.log(
      `${timings.totalSeconds.toFixed(1)} s, SNR ${metrics.snr?.toFixed(1)} dB; told without truth, over missing traces: ` +
        `${heldOut?.snr.toFixed(1)} dB`,
    );
    if (heldOut?.table) {
      for (const { method: name, snr, left } of heldOut.table)
        console.log(`  ${name.padEnd(18)} ${snr === undefined ? left : `${snr.toFixed(1)} dB`}`);
    }
    manifest = result.manifest;
    results.push({
      name: method,
      volume: result.volume,
      events: result.events,
      metrics,
      seconds: timings.totalSeconds,
    });
  }
  await backend.dispose();
  const report = { title: 'Half of the traces of a generated cube', results, reference: truth, manifest };
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(`${folder}/demo.png`, await renderMontage(report));
  await writeFileAtomic(`${folder}/demo.html`, new TextEncoder().encode(renderReport(report)));
  console.log(`Pictures: ${folder}/demo.png, report: ${folder}/demo.html`);
}
