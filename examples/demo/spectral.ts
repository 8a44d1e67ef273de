/**
 * A generated spectral cube, a fifth of whose entries were measured, with noise: what principal components, DDS on their maps and
 * networks fitted to the cube make of it.
 */
import { mkdir } from 'node:fs/promises';
import {
  compareVolumes,
  createBackend,
  makeVolume,
  reconstruct,
  renderMontage,
  renderReport,
  simulateSpectral,
  writeFileAtomic,
  type Volume,
} from '../../src/index.js';

const [BANDS, SIDE, FIRST, STEP] = [50, 64, 420, 12];

/** Water, leaves, soil, concrete and red tiles: reflectance by wavelength in nm, smooth curves of the usual shapes. */
const MATERIALS: readonly ((nm: number) => number)[] = [
  (nm) => 0.02 + 0.05 * Math.exp(-(((nm - 520) / 90) ** 2)),
  (nm) => 0.04 + 0.42 / (1 + Math.exp((715 - nm) / 14)) + 0.07 * Math.exp(-(((nm - 555) / 35) ** 2)),
  (nm) => 0.08 + 0.24 * (1 - Math.exp(-(nm - 400) / 350)),
  (nm) => 0.28 + 0.06 * Math.sin((nm - 420) / 260),
  (nm) => 0.06 + 0.3 / (1 + Math.exp((600 - nm) / 22)) + 0.04 * Math.exp(-(((nm - 870) / 60) ** 2)),
];

/** Fields of leaves and soil, a river, roads and houses; the shares of the materials add up to 1, the light changes slowly. */
function cube(): Volume {
  const data = new Float32Array(BANDS * SIDE * SIDE);
  const spectra = MATERIALS.map((reflectance) => Array.from({ length: BANDS }, (_, b) => reflectance(FIRST + STEP * b)));
  for (let line = 0; line < SIDE; line++) {
    for (let sample = 0; sample < SIDE; sample++) {
      const shares = abundances(line, sample);
      const light = 1 + 0.12 * Math.sin(line / 15 + sample / 23);
      for (let b = 0; b < BANDS; b++) {
        let value = 0;
        shares.forEach((share, k) => (value += share * spectra[k][b]));
        data[(b * SIDE + line) * SIDE + sample] = light * value;
      }
    }
  }
  return makeVolume(data, [BANDS, SIDE, SIDE], {
    axes: [
      { name: 'band', unit: 'nm', coordinates: Array.from({ length: BANDS }, (_, b) => FIRST + STEP * b) },
      { name: 'line', unit: 'm', step: 5 },
      { name: 'sample', unit: 'm', step: 5 },
    ],
    units: 'reflectance',
    modality: 'hyperspectral',
  });
}

function abundances(line: number, sample: number): number[] {
  const river = 1 / (1 + Math.exp(1.6 * (Math.abs(sample - 14 - 6 * Math.sin(line / 11)) - 4)));
  const road = Math.abs(line + 0.35 * sample - 44) < 1.3 || Math.abs(sample - 46) < 1 ? 1 : 0;
  const house = line > 6 && line < 34 && sample > 49 && line % 9 < 5 && sample % 8 < 4 ? 1 : 0;
  const field = (Math.floor((line + sample / 4) / 13) + 2 * Math.floor((sample - line / 5) / 17)) % 3;
  const rows = 0.06 * Math.sin(2.1 * sample + 0.8 * line);
  const leaf = Math.min(1, Math.max(0, [0.85, 0.35, 0.1][(field + 3) % 3] + rows));
  const built = Math.max(road, house) * (1 - river);
  const ground = 1 - river - built;
  return [river, ground * leaf, ground * (1 - leaf), built * (1 - house), built * house];
}

/** Takes entries away, finds them again, and writes `demo.png` and `demo.html` into the folder. */
export async function demo(folder: string): Promise<void> {
  const truth = cube();
  const scan = simulateSpectral(truth, { missing: 0.8, noiseStd: 0.05, seed: 1 });
  console.log(`A cube of ${SIDE} × ${SIDE} pixels and ${BANDS} bands: a fifth of the entries, noise of 5 % of each band's range …`);
  const backend = createBackend();
  const results = [];
  let manifest: unknown;
  console.log(`${'method'.padEnd(10)} MPSNR dB     SAM °  seconds`);
  for (const [method, prior] of [['lowrank'], ['vamp', 'spectral-maps'], ['dds', 'spectral-maps'], ['dds2m']]) {
    process.stdout.write(method.padEnd(10));
    const result = await reconstruct(scan, { method, prior, backend, seed: 1, holdOut: false }).result();
    const metrics = compareVolumes(result.volume, truth);
    const seconds = result.manifest.timings.totalSeconds;
    const { mpsnr, sam } = metrics.spectral!;
    console.log([mpsnr!.toFixed(2), sam!.toFixed(2), seconds.toFixed(1)].map((cell) => cell.padStart(9)).join(''));
    manifest = result.manifest;
    results.push({ name: method, volume: result.volume, events: result.events, metrics, seconds });
  }
  await backend.dispose();
  const report = { title: 'A fifth of the entries of a generated spectral cube', results, reference: truth, manifest };
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(`${folder}/demo.png`, await renderMontage(report, 300));
  await writeFileAtomic(`${folder}/demo.html`, new TextEncoder().encode(renderReport(report)));
  console.log(`Pictures: ${folder}/demo.png, report: ${folder}/demo.html`);
}
