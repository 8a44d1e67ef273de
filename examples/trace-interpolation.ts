/**
 * Missing seismic traces, the script to start from: a SEG-Y or SU file (or a made cube, of which half the traces are taken away), completed
 * by the method that predicts hidden traces best, compared or written with the headers of the file.
 *
 *     node dist/examples/trace-interpolation.js [gappy.sgy]
 */
import {
  compareVolumes,
  createBackend,
  makeVolume,
  modalities,
  readInput,
  readScan,
  reconstruct,
  writeFileAtomic,
  writeVolumeFiles,
  type Measurement,
  type Volume,
} from '../src/index.js'; // in your own project: from 'slicewise'

const [file] = process.argv.slice(2);

/** Reflections, one of them folded, and a diffraction on 6 lines of 96 traces; Ricker's wavelet of 25 Hz. */
function madeCube(): Volume {
  const [lines, traces, samples, interval] = [6, 96, 128, 4];
  const ricker = (a: number): number => (1 - 2 * a * a) * Math.exp(-a * a);
  const data = new Float32Array(lines * traces * samples);
  for (let n = 0; n < data.length; n++) {
    const [line, trace, sample] = [Math.floor(n / (traces * samples)), Math.floor(n / samples) % traces, n % samples];
    const diffraction = Math.hypot(240, 9 * (trace - 50 - 2 * line));
    const times = [80 + 1.6 * trace + 2 * line, 250 - 1.2 * trace + 3 * line, 330 + 20 * Math.sin(trace / 7 + line / 4), diffraction];
    for (const time of times) data[n] += ricker(Math.PI * 0.025 * (sample * interval - time));
  }
  return makeVolume(data, [lines, traces, samples], {
    axes: [
      { name: 'inline', unit: '', first: 100, step: 1 },
      { name: 'crossline', unit: '', first: 200, step: 1 },
      { name: 'time', unit: 'ms', first: 0, step: interval },
    ],
    modality: 'seismic',
  });
}

/** The survey with half of its traces taken away at random, as `simulate seismic` does. */
function gappy(survey: Volume): Promise<Measurement> {
  const { schema, run } = modalities.get('seismic').simulation!;
  return run(survey, schema.parse({ missing: 0.5, seed: 1 }), { backend: () => backend });
}

// 1. What was measured. Only the comparison sees the truth.
const backend = createBackend();
const truth = file ? undefined : madeCube();
const scan = truth ? await gappy(truth) : await readScan(await readInput(file));

// 2. Every candidate predicts live traces that are hidden from it; the best one, or a blend, completes the survey.
const methodOptions = { candidates: 'linear,slope,pocs' };
const { volume, manifest } = await reconstruct(scan, { method: 'auto', methodOptions, seed: 1, backend }).result();
await backend.dispose();
const { table = [], chosen = [], snr } = manifest.heldOut!;
for (const row of table) console.log(`${row.method}: ${row.snr?.toFixed(1) ?? '–'} dB on hidden traces`);
console.log(`chosen: ${chosen.map(({ method }) => method).join(' + ')}, expected ${snr.toFixed(1)} dB`);

// 3. Compared over the traces that were missing, or written as a copy of the file with new traces.
if (truth) {
  const samples = truth.shape[2];
  const missing = Uint8Array.from(truth.data, (_, n) => (scan.arrays!.mask.data[Math.floor(n / samples)] === 0 ? 1 : 0));
  const { snrOf } = compareVolumes(volume, truth, { parts: { missing } });
  console.log(`SNR over the missing traces ${snrOf!.missing!.toFixed(1)} dB`);
} else {
  for (const { name, bytes } of await writeVolumeFiles('full.sgy', volume)) await writeFileAtomic(name, bytes);
}
