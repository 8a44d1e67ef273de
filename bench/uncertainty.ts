/**
 * Fits the calibrated intervals of a prior's card (src/engine/trust/uncertainty.ts) on training volumes under one kind of scan, and
 * measures what they hold on volumes that the prior was not trained on: overall, in lung, in soft tissue, at edges.
 *
 *     npm run bench -- uncertainty [--prior ct] [--views 20] [--steps 20] [--out out/uncertainty] [--write]
 *
 * SLICEWISE_DATA names the data folder. Three slices a volume, parallel beam over 180°, photons 1e5, four samples. What was reconstructed
 * is kept in OUT (NAME-mean.npy, -std.npy, -truth.npy) and not done again. `--write` puts the calibration on the card; the plot of the
 * coverage against the level is OUT/coverage.svg.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { nonNegativeLeastSquares } from '../core/linear-algebra/non-negative.js';
import { space, type Space } from '../core/space.js';
import type { Calibration } from '../models/card/calibration-card.js';
import { openNetwork } from '../models/network/open-network.js';
import { halfWidths, uncertaintyTerms, widening } from '../src/engine/trust/uncertainty.js';
import { worldOf, type LevelFound } from '../src/engine/trust/world.js';
import {
  createBackend,
  cropSlices,
  loadModel,
  readInput,
  readVolume,
  reconstruct,
  simulateCt,
  toCanonical,
  volumeData,
} from '../src/index.js';
import { modelSources } from '../src/node.js';
import { writeVolumeFiles } from '../volumes/open.js';
import { markdown } from './support/numbers.js';
import { plotSvg } from './support/plot-svg.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: { type: 'string', default: 'ct' },
    views: { type: 'string', default: '20' },
    steps: { type: 'string', default: '20' },
    out: { type: 'string', default: 'out/uncertainty' },
    write: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the data are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const [views, steps, samples, window, level, overconfidence] = [Number(values.views), Number(values.steps), 4, 5, 0.9, 0.3];

interface Subject {
  readonly name: string;
  readonly file: string;
  readonly slices: readonly [number, number];
  readonly trained: boolean;
}
const subject = (name: string, file: string, first: number, trained = true): Subject => ({
  ...{ name, file: `${trained ? 'train' : 'dev'}/ct/${file}.nii.gz`, slices: [first, first + 2] as const, trained },
});
const SUBJECTS: readonly Subject[] = [
  subject('lidc1', 'lidc-idri-0001_chest', 60),
  subject('limb9', 'sts-009_limb', 40),
  subject('headm', 'visible-human-male_head', 15),
  subject('abd', 'totalsegmentator-example_abdomen-pelvis', 50),
  subject('rider', 'rider-pilot-0109_chest', 30),
  subject('limb22', 'sts-022_limb', 30),
  subject('acrin1', 'acrin-flt-breast-001_abdomen-pelvis', 50),
  subject('headt', 'tcga-de-a4mb_head', 4),
  subject('lidc3', 'lidc-idri-0314_chest', 45),
  subject('acrin13', 'acrin-flt-breast-013_chest', 25),
  subject('chest', 'cmb-crc-msb-01068_chest', 40, false),
  subject('limb', 'sts-039_limb', 40, false),
  subject('head', 'philips_head-phantom', 60, false),
];

/** All in the prior's range, 0 at −1000 and 1 at +1000 HU. */
interface Result {
  readonly mean: Float32Array;
  readonly std: Float32Array;
  readonly truth: Float32Array;
  readonly domain: Space;
  /** By how much the prior is too sure of itself on this image. */
  readonly widened: number;
}

const stored = async (name: string, part: string) =>
  readVolume(await readInput(`${values.out}/${name}-${part}.npy`), { units: 'HU' } as never);

async function resultOf({ name, file, slices }: Subject): Promise<Result> {
  const kept = await stored(name, 'std').catch(() => undefined);
  if (!kept) {
    const { volume } = toCanonical(await readVolume(await readInput(`${values.data}/${file}`)), 'axial');
    const backend = createBackend();
    const scan = await simulateCt(volume, { views, photons: 1e5, seed: 1, slices: [...slices] }, backend);
    const call = { method: 'dds', methodOptions: { steps }, prior: values.prior, samples, seed: 1, zoo: modelSources(), backend } as const;
    const run = await reconstruct(scan, call).result();
    await backend.dispose();
    const parts = { mean: run.volume, std: run.std!, truth: cropSlices(volume, slices[0], slices[1] + 1) };
    for (const [part, of] of Object.entries(parts)) {
      const [written] = await writeVolumeFiles(`${name}-${part}.npy`, of);
      await writeFile(`${values.out}/${written.name}`, written.bytes);
    }
  }
  const mean = await stored(name, 'mean');
  const [std, truth] = [await stored(name, 'std'), await stored(name, 'truth')];
  const inRange = (data: Float32Array): Float32Array => data.map((hu) => (hu + 1000) / 2000);
  const image = inRange(volumeData(mean));
  const domain = space(['slice', 'y', 'x'], [...mean.shape]);
  return {
    mean: image,
    std: volumeData(std).map((hu) => hu / 2000),
    truth: inRange(volumeData(truth)),
    domain,
    widened: await widenedBy(name, image, domain),
  };
}

/** Kept in OUT, as results are. */
async function widenedBy(name: string, image: Float32Array, domain: Space): Promise<number> {
  const file = `${values.out}/${name}-world.json`;
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept) return widening({ overconfidence }, JSON.parse(kept) as LevelFound[]);
  const entry = await loadModel(modelSources(), values.prior);
  const backend = createBackend();
  const prior = await openNetwork(entry.card, entry.weights, backend, {});
  const { levels } = await worldOf(prior, image, domain, backend);
  await prior.dispose();
  await backend.dispose();
  await writeFile(file, JSON.stringify(levels));
  return widening({ overconfidence }, levels);
}

/** The object with a border, where intervals are fitted and held: air is known without one. */
function objectOf({ mean, domain }: Result): Uint8Array {
  const [, rows, columns] = domain.shape;
  const out = new Uint8Array(mean.length);
  mean.forEach((v, i) => {
    if (v <= 0.05) return;
    const [k, y, x] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    for (let b = Math.max(0, y - 3); b <= Math.min(rows - 1, y + 3); b++) {
      for (let a = Math.max(0, x - 3); a <= Math.min(columns - 1, x + 3); a++) out[(k * rows + b) * columns + a] = 1;
    }
  });
  return out;
}

/** What of the truth a value is: by its HU, and by the largest step to a neighbour two pixels away. */
function partsOf({ truth, domain }: Result): { readonly [part: string]: (i: number) => boolean } {
  const [, rows, columns] = domain.shape;
  const edge = (i: number): boolean => {
    const [y, x] = [Math.floor(i / columns) % rows, i % columns];
    const step = (ok: boolean, to: number): number => (ok ? Math.abs(truth[to] - truth[i]) : 0);
    const largest = Math.max(
      ...[step(x > 1, i - 2), step(x < columns - 2, i + 2), step(y > 1, i - 2 * columns), step(y < rows - 2, i + 2 * columns)],
    );
    return largest > 0.1; // 200 HU
  };
  const within = (i: number, low: number, high: number): boolean => truth[i] >= low && truth[i] <= high && !edge(i);
  return {
    all: () => true,
    lung: (i) => within(i, 0.03, 0.25),
    'soft tissue': (i) => within(i, 0.42, 0.58),
    edges: edge,
  };
}

await mkdir(values.out, { recursive: true });
const results: (Subject & Result)[] = [];
for (const one of SUBJECTS) {
  const result = await resultOf(one);
  results.push({ ...one, ...result });
  console.error(one.name, 'at hand');
}

// weights: least squares of squared errors, each value by what is expected of it, so that quiet parts count as loud ones do
const fitted = results.filter(({ trained }) => trained);
const rows = fitted.map((one) => ({
  one,
  inside: [...objectOf(one).entries()].filter(([, v]) => v === 1).map(([i]) => i),
  terms: uncertaintyTerms(one.mean, one.std, one.domain, window),
}));
let weights = Float64Array.of(3, 3, 0.1, 1e-4);
for (let round = 0; round < 20; round++) {
  const [gram, right] = [new Float64Array(16), new Float64Array(4)];
  for (const { one, inside, terms } of rows) {
    for (const i of inside) {
      const expected = terms.reduce((sum, term, k) => sum + weights[k] * term[i], 0);
      const w = 1 / (inside.length * expected ** 2);
      const square = ((one.mean[i] - one.truth[i]) / one.widened) ** 2;
      for (let p = 0; p < 4; p++) {
        right[p] += w * terms[p][i] * square;
        for (let q = 0; q < 4; q++) gram[4 * p + q] += w * terms[p][i] * terms[q][i];
      }
    }
  }
  weights = Float64Array.from(nonNegativeLeastSquares(gram, right));
}
const [spread, around, texture, floor] = [...weights].map((v) => Number(v.toPrecision(4)));
const terms = { spread, around, texture, floor, window };

/** Errors over what is expected of them, of the object. */
const ratiosOf = (one: Result): Float64Array => {
  const h = halfWidths(one.mean, one.std, one.domain, { ...terms, factor: 1 } as never, one.widened);
  const inside = objectOf(one);
  return Float64Array.from(
    [...inside.keys()].filter((i) => inside[i] === 1),
    (i) => Math.abs(one.mean[i] - one.truth[i]) / h[i],
  );
};
/** The ratio below which a share of the values lies, each volume counted alike. */
function factorFor(share: number): number {
  const all = fittedRatios.flatMap((ratios) => [...ratios].map((ratio): [number, number] => [ratio, 1 / ratios.length]));
  all.sort((a, b) => a[0] - b[0]);
  let sum = 0;
  for (const [ratio, weight] of all) if ((sum += weight) >= share * fittedRatios.length) return ratio;
  return all[all.length - 1][0];
}
const fittedRatios = fitted.map(ratiosOf);
const factor = Number(factorFor(level).toPrecision(4));

const table = results.map((one) => {
  const h = halfWidths(one.mean, one.std, one.domain, { ...terms, factor } as never, one.widened);
  const inside = objectOf(one);
  const shares = Object.entries(partsOf(one)).map(([of, is]) => {
    const chosen = [...inside.keys()].filter((i) => inside[i] === 1 && is(i));
    const held = chosen.filter((i) => Math.abs(one.mean[i] - one.truth[i]) <= h[i]).length;
    return { of, share: chosen.length < 200 ? undefined : held / chosen.length };
  });
  const chosen = [...inside.keys()].filter((i) => inside[i] === 1);
  const alone = chosen.filter((i) => Math.abs(one.mean[i] - one.truth[i]) <= 1.645 * one.std[i]).length / chosen.length;
  return { one, shares, alone, width: (2000 * chosen.reduce((sum, i) => sum + h[i], 0)) / chosen.length };
});
const percent = (v: number | undefined): string => (v === undefined ? '' : (100 * v).toFixed(1));
console.log(
  markdown(
    ['volume', 'trained on', ...table[0].shares.map(({ of }) => of), '1.645 × spread', 'half width, HU'],
    table.map(({ one, shares, alone, width }) => [
      ...[one.name, one.trained ? 'yes' : 'no', ...shares.map(({ share }) => percent(share)), percent(alone), width.toFixed(0)],
    ]),
  ),
);

const calibration: Calibration = {
  kind: 'radon.parallel',
  axes: { view: [Math.round(0.9 * views), Math.round(1.2 * views)] },
  spans: { angles: [160, 180] },
  noise: { type: 'poisson', photons: [5e4, 2e5] },
  ...{ method: 'dds', steps: [steps, steps] as [number, number], samples, ...terms, factor, level, overconfidence },
  coverage: table.flatMap(({ one, shares }) =>
    shares.flatMap(({ of, share }) =>
      share === undefined || (one.trained && of !== 'all')
        ? []
        : [{ of: `${one.name}, ${of}`, share: Number(share.toFixed(3)), trained: one.trained }],
    ),
  ),
};
console.log(JSON.stringify(calibration, null, 2));
const levels = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const curves = results
  .filter(({ trained }) => !trained)
  .map((one) => {
    const ratios = ratiosOf(one);
    const points = levels.map((share) => {
      const f = factorFor(share);
      return { x: 100 * share, y: (100 * ratios.filter((r) => r <= f).length) / ratios.length };
    });
    return { name: one.name, points };
  });
const ideal = { name: 'ideal', points: levels.map((l) => ({ x: 100 * l, y: 100 * l })), broken: true };
const plot = plotSvg([...curves, ideal], { title: 'Values within the interval, %', x: 'level, %', y: '%' });
await writeFile(`${values.out}/coverage.svg`, plot);
if (values.write) {
  const path = `models/zoo/${values.prior}.json`;
  const card = JSON.parse(await readFile(path, 'utf8')) as { calibration?: Calibration[] };
  await writeFile(path, `${JSON.stringify({ ...card, calibration: [calibration] }, null, 2)}\n`);
}
