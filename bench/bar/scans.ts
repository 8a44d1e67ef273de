import { compareVolumes, createBackend, reconstruct, samplingMask, selectViews } from '../../src/index.js';
import type { Measurement, Volume } from '../../src/index.js';
import { predictorOf } from '../../src/engine/judge/predict.js';
import { hiddenValues, relativeError } from '../../src/engine/judge/judge.js';
import { requestOf } from '../../src/engine/request.js';
import { heldOutSamples } from '../../src/modalities/mri/held-out.js';
import { readInput, readMeasurement } from '../../src/index.js';
import { withMask } from '../../volumes/kinds/kspace/mask.js';
import { magnitudeOf } from '../../volumes/volume.js';
import { centralSquare } from '../measured/compare-scan.js';
import { residualOn } from '../measured/residual.js';
import { measuredScans, readScan, type MeasuredScan } from '../measured/scans.js';
import { viewSets } from '../measured/views.js';
import { quality } from '../support/quality.js';

/** How good an image is, by what no method was shown. */
export interface Quality {
  /** Against a reference, where there is one. */
  readonly psnr?: number;
  /** dB of measurements that were left out. */
  readonly left?: number;
}

/** A scan of the bar. */
export interface BarScan {
  readonly name: string;
  readonly methods: readonly string[];
  readonly prior: string;
  open(workers: number): Promise<{ scan: Measurement; judge(image: Volume): Promise<Quality> }>;
}

const CT = ['fbp', 'sirt', 'cgls', 'admm-tv'];
const MRI = ['zero-filled', 'sense', 'cs-wavelet', 'cs-tv'];
/** Share of the samples that is left out of the 8-coil scan, and the seed that draws them: none that a run of its own draws. */
const [LEFT_OUT, SEED] = [0.05, 77];

/** @param folder the data folder, with dev/ in it */
export const barScans = (folder: string): readonly BarScan[] => [
  ...measuredScans.map((scan) => ({ name: scan.name, methods: CT, prior: 'ct', open: (workers: number) => openCt(folder, scan, workers) })),
  { name: 'coils8', methods: MRI, prior: 'mri', open: () => openCoils(`${folder}/dev/mri-kspace/sigpy_brain_8coil_poisson.npz`) },
  ...(['random', 'poisson'] as const).map((pattern) => ({
    name: pattern === 'random' ? 'coil1-lines' : 'coil1-poisson',
    methods: MRI,
    prior: 'mri',
    open: (workers: number) => openFull(`${folder}/dev/mri-kspace/noncommercial/loraks_t2_1coil_full.npz`, pattern, workers),
  })),
];

/** The first slice. */
function oneSlice(scan: Measurement): Measurement {
  const [, views, bins] = scan.shape;
  const { grid } = scan;
  return {
    ...scan,
    data: scan.data.slice(0, views * bins),
    shape: [1, views, bins],
    grid: { ...grid, shape: [1, ...grid.shape.slice(1)] },
  };
}

async function openCt(folder: string, measured: MeasuredScan, workers: number): ReturnType<BarScan['open']> {
  const scan = oneSlice(await readScan(`${folder}/dev/ct-measured`, measured));
  const sets = viewSets(scan.shape[1], measured.every);
  const [sparse, judged] = [sets.sparse, sets.judge].map((views) => selectViews(scan, views));
  const backend = createBackend({ workers });
  const sirt = { method: 'sirt', methodOptions: { iterations: 200, relaxation: 1.9 }, backend };
  const { volume } = await reconstruct(scan, sirt).result();
  await backend.dispose();
  const reference = centralSquare(volume, measured.compared);
  return {
    scan: sparse,
    async judge(image) {
      const own = createBackend({ workers });
      const residual = await residualOn(judged, image, own);
      await own.dispose();
      const { psnr } = compareVolumes(centralSquare(image, measured.compared), reference, { planes: ['axial'] });
      return { psnr: psnr ?? undefined, left: -20 * Math.log10(residual) };
    },
  };
}

const kspaceOf = async (path: string): Promise<Measurement> =>
  readMeasurement(await readInput(path), { dataset: 'kspace', axes: 'coil,ky,kx' });

async function openCoils(path: string): ReturnType<BarScan['open']> {
  const whole = await kspaceOf(path);
  const [{ scan, hidden }] = heldOutSamples.draw(whole, { seed: SEED, share: LEFT_OUT });
  return {
    scan,
    async judge(image) {
      const backend = createBackend({ workers: 1 });
      // maps of what the run saw, all coils
      const predictor = await predictorOf(requestOf({ ...whole, arrays: { ...whole.arrays } }, { method: 'sense', coils: 0, backend }));
      const { predicted, measured, shape } = await predictor.predict(image);
      const marks = hidden(shape);
      predictor.dispose();
      await backend.dispose();
      return { left: -10 * Math.log10(relativeError(hiddenValues(predicted, marks), hiddenValues(measured, marks))) };
    },
  };
}

async function openFull(path: string, pattern: 'random' | 'poisson', workers: number): ReturnType<BarScan['open']> {
  const whole = await kspaceOf(path);
  const [, , rows, columns] = whole.shape;
  const backend = createBackend({ workers });
  const { volume } = await reconstruct(whole, { method: 'zero-filled', backend }).result();
  await backend.dispose();
  const reference = magnitudeOf(volume);
  const scan = withMask(whole, samplingMask({ pattern, shape: [rows, columns], acceleration: 4, seed: 1 }));
  return { scan, judge: async (image) => ({ psnr: quality(magnitudeOf(image), reference).psnr }) };
}
