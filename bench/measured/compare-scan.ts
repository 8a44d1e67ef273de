import { compareVolumes, makeVolume, reconstruct, selectViews, shapeOf, volumeData } from '../../src/index.js';
import type { CpuBackend, Measurement, ReconstructOptions, Volume } from '../../src/index.js';
import { residualOn } from './residual.js';
import { placementOf, spacingOf } from '../../core/placement.js';
import { viewSets } from './views.js';

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly views: number;
  /** Against SIRT of all views, peak its range; null for the reference itself. */
  readonly psnr: number | null;
  readonly ssim: number | null;
  /** ‖Ax − y‖ / ‖y‖ on views that no reconstruction used. */
  readonly residual: number;
  readonly seconds: number;
  readonly note: string;
  /** Of all views for the methods that get them. */
  readonly image: Volume;
}

type Method = Omit<ReconstructOptions, 'backend'>;
type Found = { readonly volume: Volume; readonly seconds: number };

const ITERATIONS = { sirt: 200, tv: 100 };
/** λ in unit-norm units for an image of 0 … 1. */
const LAMBDAS = [3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
/** σ_y as a share of the root mean square of the data. Measured scans do not say theirs, and misfits of the model count as noise too. */
const NOISES = [0.003, 0.006, 0.012, 0.025, 0.05];

// No bounds: beam hardening, scatter and flats make real line integrals of air a little negative, and x ≥ 0 then fits other views worse.
const SIRT: Method = { method: 'sirt', methodOptions: { iterations: ITERATIONS.sirt, relaxation: 1.9 } };
const tv = (lambda: number): Method => ({ method: 'admm-tv', methodOptions: { lambda, iterations: ITERATIONS.tv } });
/** Data as exact, which was the default when the page was written (bench bar: the defaults of today). */
const DDS: Method = { method: 'dds', prior: 'ct', seed: 1, methodOptions: { gamma: 'none' } };
const NOISE_AWARE: Method = { ...DDS, methodOptions: { start: 'classical', gamma: 'noise' } };

/** All methods on one scan. `compared`: side in pixels of the central square that is compared. */
export async function compareOn(
  scan: Measurement,
  every: number,
  backend: CpuBackend,
  options: { readonly compared?: number; readonly log: (text: string) => void },
): Promise<Row[]> {
  const all = scan.shape[1];
  const sets = viewSets(all, every);
  const [sparse, choose, judge, most] = [sets.sparse, sets.choose, sets.judge, sets.most].map((v) => selectViews(scan, v));
  const run = async (from: Measurement, method: Method): Promise<Found> => {
    const { volume, manifest } = await reconstruct(from, { ...method, backend }).result();
    return { volume, seconds: manifest.timings.totalSeconds };
  };
  const cut = (volume: Volume): Volume => centralSquare(volume, options.compared);
  const rows: Row[] = [];
  const add = (row: Row): void => {
    rows.push(row);
    options.log(
      `${row.name} (${row.views} views): ${row.psnr?.toFixed(2) ?? '–'} dB, ${row.ssim?.toFixed(3) ?? '–'}, ` +
        `residual ${row.residual.toFixed(4)}, ${row.seconds.toFixed(1)} s${row.note && `, ${row.note}`}`,
    );
  };

  const sirt = await run(scan, SIRT);
  const reference = cut(sirt.volume);
  const score = (image: Volume) => {
    const { psnr, ssim } = compareVolumes(cut(image), reference, { planes: ['axial'] });
    return { psnr, ssim };
  };
  const fbp = await run(scan, { method: 'fbp' });
  for (const [name, method, image] of [
    ['FBP', { method: 'fbp' }, fbp],
    ['SIRT', SIRT, sirt],
  ] as const) {
    const without = await run(most, method);
    const scored = image === sirt ? { psnr: null, ssim: null } : score(image.volume);
    const residual = await residualOn(judge, without.volume, backend);
    add({ name, views: all, ...scored, residual, seconds: image.seconds, note: '', image: image.volume });
  }

  const addSparse = async (name: string, found: Found, note = ''): Promise<void> => {
    const residual = await residualOn(judge, found.volume, backend);
    const { volume: image, seconds } = found;
    add({ name, views: sets.sparse.length, ...score(image), residual, seconds, note, image });
  };
  await addSparse('FBP', await run(sparse, { method: 'fbp' }));
  await addSparse('SIRT', await run(sparse, SIRT));
  /** The value whose image fits the views for choosing best: a rule that needs no truth. */
  const best = async (what: string, values: readonly number[], runWith: (value: number) => Promise<Found>) => {
    const tried: { found: Found; value: number; residual: number }[] = [];
    for (const value of values) {
      const found = await runWith(value);
      const residual = await residualOn(choose, found.volume, backend);
      tried.push({ found, value, residual });
      options.log(
        `${what} ${value}: residual ${residual.toFixed(4)} on the views for choosing, ${score(found.volume).psnr?.toFixed(2)} dB`,
      );
    }
    return tried.reduce((a, b) => (b.residual < a.residual ? b : a));
  };
  const smooth = await best('λ', LAMBDAS, (lambda) => run(sparse, tv(lambda)));
  await addSparse('ADMM-TV', smooth.found, `λ ${smooth.value}`);
  await addSparse('DDS', await run(sparse, DDS));
  const aware = await best('σ_y', NOISES, (share) => run(withNoise(sparse, share), NOISE_AWARE));
  await addSparse('DDS with σ', aware.found, `σ_y ${100 * aware.value} %`);
  return rows;
}

/** The scan with a noise level, as a share of the root mean square of its data. */
function withNoise(scan: Measurement, share: number): Measurement {
  const square = scan.data.reduce((sum, v) => sum + v * v, 0) / scan.data.length;
  return { ...scan, noise: { type: 'gaussian', std: share * Math.sqrt(square) } };
}

/** The middle of every slice. */
export function centralSquare(volume: Volume, side?: number): Volume {
  const [slices, rows, columns] = shapeOf(volume);
  if (side === undefined || (side >= rows && side >= columns)) return volume;
  const [top, left] = [Math.floor((rows - side) / 2), Math.floor((columns - side) / 2)];
  const from = volumeData(volume);
  const data = new Float32Array(slices * side * side);
  for (let k = 0, at = 0; k < slices; k++) {
    for (let j = top; j < top + side; j++, at += side) {
      const start = (k * rows + j) * columns + left;
      data.set(from.subarray(start, start + side), at);
    }
  }
  const { axes, units, modality, meta } = volume;
  const { origin, direction } = placementOf(volume);
  const spacing = spacingOf(volume, 'mm');
  const moved = origin.map((o, w) => o + direction[3 * w] * spacing[0] * left + direction[3 * w + 1] * spacing[1] * top);
  return makeVolume(data, [slices, side, side], {
    axes,
    placement: { origin: moved as [number, number, number], direction },
    units,
    modality,
    meta,
  });
}
