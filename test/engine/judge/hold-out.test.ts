import test from 'ava';
import { compareVolumes, phantomGrid, phantoms, rasterise, reconstruct, simulateCt, createBackend } from '../../../src/index.js';
import { heldOutViews } from '../../../src/modalities/ct/held-out.js';
import { heldOutSamples } from '../../../src/modalities/mri/held-out.js';
import { kinds } from '../../../volumes/kinds/registry.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { Volume } from '../../../volumes/volume.js';

const [VIEWS, SIZE] = [32, 64];
const thorax = phantoms.get('thorax').make();

async function ctScan(): Promise<Measurement> {
  const backend = createBackend({ workers: 0 });
  try {
    return await simulateCt(thorax, { size: SIZE, depth: 2, views: VIEWS, photons: 3e3, seed: 4 }, backend);
  } finally {
    await backend.dispose();
  }
}

test('CT: whole views are hidden, never those at the ends, and what is left has their angles no more', async (t) => {
  const scan = await ctScan();
  const [{ scan: rest, hidden, count, of }] = heldOutViews.draw(scan, { seed: 1, share: 0.1 });
  t.deepEqual([count, of, rest.shape[1]], [3, VIEWS, VIEWS - 3]);
  const marks = hidden(scan.shape);
  const gone = [...Array(VIEWS).keys()].filter((view) => marks[view * scan.shape[2]] === 1);
  t.is(gone.length, 3);
  t.true(gone.every((view) => view > 0 && view < VIEWS - 1));
  const angles = scan.geometry.angles as number[];
  t.deepEqual(
    rest.geometry.angles,
    angles.filter((_, view) => !gone.includes(view)),
  );
  t.is(
    marks.reduce((sum, m) => sum + m, 0),
    3 * scan.shape[0] * scan.shape[2],
  );
  const few = { ...scan, shape: [2, 8, scan.shape[2]] };
  t.throws(() => heldOutViews.draw(few, { seed: 1 }), { code: 'ARGUMENT', message: /8 views are too few/ });
});

test('MR: lines outside the calibration region are hidden in all coils; mask and data know nothing of them', (t) => {
  const [ny, nx, coils] = [48, 40, 3];
  const lines = Array.from({ length: ny }, (_, y) => (Math.abs(y - 24) <= 6 || y % 2 === 0 ? 1 : 0));
  const mask = Float32Array.from({ length: ny * nx }, (_, at) => lines[Math.floor(at / nx)]);
  const data = Float32Array.from({ length: 2 * coils * ny * nx }, (_, n) => (mask[(n >> 1) % (ny * nx)] ? 1 + n : 0));
  const example = kinds.get('fourier.cartesian').example!(2);
  const scan: Measurement = {
    ...example,
    data,
    shape: [1, coils, ny, nx],
    arrays: { mask: { data: mask, shape: [1, ny, nx], dtype: 'float32' } },
  };
  const [{ scan: rest, hidden, count }] = heldOutSamples.draw(scan, { seed: 2, share: 0.1 });
  const marks = hidden([1, 1, ny, nx]);
  const gone = [...Array(ny).keys()].filter((y) => marks[y * nx] === 1);
  t.is(gone.length, 3);
  t.is(count, 3 * nx * coils);
  t.true(gone.every((y) => lines[y] === 1 && Math.abs(y - 24) > 6));
  for (let at = 0; at < ny * nx; at++) {
    const line = Math.floor(at / nx);
    t.is(rest.arrays!.mask.data[at], gone.includes(line) ? 0 : mask[at]);
    t.is(marks[at], gone.includes(line) ? 1 : 0);
    for (let coil = 0; coil < coils; coil++) {
      const n = 2 * (coil * ny * nx + at);
      t.is(rest.data[n], gone.includes(line) ? 0 : data[n]);
    }
  }
  const full = {
    ...scan,
    arrays: { mask: { data: new Float32Array(16 * 16).fill(1), shape: [1, 16, 16], dtype: 'float32' as const } },
    shape: [1, coils, 16, 16],
    data: new Float32Array(2 * coils * 256),
  };
  t.throws(() => heldOutSamples.draw(full, { seed: 1 }), { code: 'ARGUMENT', message: /too little was measured outside/ });
});

test('the hidden error of a CT run is told beside the noise, and changes nothing of the image', async (t) => {
  const scan = await ctScan();
  const options = { method: 'cgls', methodOptions: { iterations: 6 } } as const;
  const [plain, judged] = [await reconstruct(scan, options).result(), await reconstruct(scan, { ...options, holdOut: 0.06 }).result()];
  t.deepEqual(judged.volume.data, plain.volume.data);
  t.is(plain.manifest.heldOut, null);
  const { what, hidden, of, snr } = judged.manifest.heldOut!;
  t.deepEqual([what, hidden, of], ['views', 2, VIEWS]);
  t.true(snr > 10 && snr < 40, `${snr}`);
});

/** A scan whose data the model explains but for the noise: of an image on the grid of the reconstruction. */
async function explained(): Promise<{ scan: Measurement; truth: Volume }> {
  const truth = rasterise(thorax, phantomGrid(thorax, [2, SIZE, SIZE]), 3);
  const backend = createBackend({ workers: 0 });
  try {
    return { truth, scan: await simulateCt(truth, { views: VIEWS, photons: 3e3, seed: 4, oversample: 1 }, backend) };
  } finally {
    await backend.dispose();
  }
}

test('--tune finds λ of total variation to .3 dB of the best by truth, from a value that is far off, whatever is hidden', async (t) => {
  const { scan, truth } = await explained();
  const psnr = (image: Volume): number => compareVolumes(image, truth).psnr!;
  const run = (lambda: number, seed = 0, tune?: { options: string[] }) =>
    reconstruct(scan, { method: 'admm-tv', methodOptions: { iterations: 30, lambda }, seed, holdOut: tune ? 0.1 : false, tune }).result();
  const swept: number[] = [];
  for (let k = -3; k <= 3; k++) swept.push(psnr((await run(1e-3 * 2 ** k)).volume));
  const best = Math.max(...swept);
  const start = 8e-3;
  t.true(best - psnr((await run(start)).volume) > 2);
  for (const seed of [0, 1, 2]) {
    const { volume, manifest } = await run(start, seed, { options: ['lambda'] });
    t.true(psnr(volume) > best - 0.3, `${psnr(volume)} of ${best}`);
    t.regex(manifest.heldOut!.chosen![0].method, /^lambda 0\.00/);
    t.true(manifest.heldOut!.table!.length >= 4);
  }
});

test('an option of whole numbers is tuned in whole numbers', async (t) => {
  const { scan } = await explained();
  const { manifest } = await reconstruct(scan, {
    method: 'cgls',
    methodOptions: { iterations: 3 },
    tune: { options: ['iterations'] },
  }).result();
  t.true(manifest.heldOut!.table!.slice(1).every(({ method }) => /^(as it is|iterations \d+)$/.test(method)));
  t.true(Number.isInteger((manifest.method.options as { iterations: number }).iterations));
});

test('CT chooses in a norm that is that of the image: √|f| along the detector, zeros around it', (t) => {
  // of a cosine that ends smoothly, of k periods in n samples, the energy grows with k
  const n = 256;
  const energy = (k: number): number => {
    const row = Float32Array.from({ length: n }, (_, d) => Math.sin((Math.PI * d) / n) ** 2 * Math.cos((2 * Math.PI * k * d) / n));
    return heldOutViews.weigh!(row, [1, 1, n]).reduce((sum, v) => sum + v * v, 0);
  };
  for (const k of [8, 16, 32]) t.true(Math.abs(energy(2 * k) / energy(k) - 2) < 0.02, `${k}: ${energy(2 * k) / energy(k)}`);
  // row for row, and linear
  const rows = Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i * i));
  const both = heldOutViews.weigh!(rows, [2, 1, n]);
  t.deepEqual(both.slice(n), heldOutViews.weigh!(rows.slice(n), [1, 1, n]));
});

test('what cannot be tuned is refused', async (t) => {
  const scan = await ctScan();
  const tuned = (method: string, options: string[]) => reconstruct(scan, { method, tune: { options } }).result();
  await t.throwsAsync(tuned('cgls', ['lambda']), { code: 'ARGUMENT', message: /lambda of cgls cannot be tuned[\s\S]*iterations/ });
  await t.throwsAsync(tuned('fbp', ['filter']), { code: 'ARGUMENT', message: /filter of fbp cannot be tuned/ });
});

test('several trials hide different views, the first of them those of a single one; fewer where there are not enough', async (t) => {
  const scan = await ctScan();
  const of = (trials?: number, share = 0.1) =>
    heldOutViews.draw(scan, { seed: 1, share, trials }).map(({ hidden }) => {
      const marks = hidden(scan.shape);
      return [...Array(VIEWS).keys()].filter((view) => marks[view * scan.shape[2]] === 1);
    });
  const [[alone], both] = [of(), of(2)];
  t.is(both.length, 2);
  t.deepEqual(both[0], alone);
  t.is(new Set(both.flat()).size, 6);
  t.is(of(3, 0.4).length, 2);
});
