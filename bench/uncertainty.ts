/**
 * Fits the calibrated intervals of a prior's card (src/engine/trust/uncertainty.ts) on training volumes under one kind of scan, and
 * measures what they hold on volumes that the prior was not trained on: overall, at edges, and away from them in lung and soft tissue (CT)
 * or dark and bright parts (MR).
 *
 *     npm run bench -- uncertainty [--scan views|lines|poisson] [--steps 20] [--only lidc1,…,chest] [--out out/uncertainty] [--write]
 *
 * `views`: prior `ct`, 20 parallel views over 180°, photons 1e5; `lines` and `poisson`: prior `mri`, 8 coils, SNR 30, random lines ×4 and a
 * Poisson disc ×8, coil maps as recon makes them. SLICEWISE_DATA names the data folder. Three slices a volume, four samples. What was
 * reconstructed is kept in OUT (NAME-mean.npy, -std.npy, -truth.npy, -range.json) and not done again.
 *
 * Everything is chosen by leaving training volumes out, one after the other: the power of the crowding, and the level by which the factor
 * is taken (more than .9: a margin for the worst volume). The other volumes are looked at once, at the end. `--write` puts the calibration
 * on the card; coverage against level is drawn in OUT/coverage-NAME.svg.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { Backend } from '../compute/backend.js';
import { nonNegativeLeastSquares } from '../core/linear-algebra/non-negative.js';
import { space, type Space } from '../core/space.js';
import type { Calibration } from '../models/card/calibration-card.js';
import { halfWidths, meanTexture, objectOf, uncertaintyTerms, type UncertaintyWeights } from '../src/engine/trust/uncertainty.js';
import {
  createBackend,
  cropSlices,
  readInput,
  readVolume,
  reconstruct,
  scannedMagnitude,
  simulateCt,
  simulateMri,
  toCanonical,
  volumeData,
  type Measurement,
  type Volume,
} from '../src/index.js';
import { modelSources } from '../src/node.js';
import { writeVolumeFiles } from '../volumes/open.js';
import { markdown } from './support/numbers.js';
import { plotSvg } from './support/plot-svg.js';
import { CT, MR, type Subject } from './uncertainty/subjects.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    scan: { type: 'string', default: 'views' },
    steps: { type: 'string', default: '20' },
    out: { type: 'string', default: 'out/uncertainty' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the data are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const [steps, samples, window, level] = [Number(values.steps), 4, 5, 0.9];

/** A kind of scan, and what of it a calibration is for. */
interface Scanned {
  readonly prior: string;
  readonly subjects: readonly Subject[];
  scan(volume: Volume, slices: readonly [number, number], backend: Backend): Promise<Measurement>;
  truth(volume: Volume, slices: readonly [number, number]): Volume;
  /** Of numbers as they are told. */
  readonly unit: readonly [factor: number, name: string];
  /** Steps to a neighbour two pixels away that are an edge, in the prior's range. */
  readonly edge: number;
  /** Parts away from edges: values in the prior's range. */
  readonly parts: { readonly [name: string]: readonly [low: number, high: number] };
  readonly fits: Pick<Calibration, 'kind' | 'axes' | 'spans' | 'geometry' | 'shares' | 'noise' | 'noiseLevel'>;
}
const head = { coils: 8, snr: 30, seed: 1 } as const;
const mr = (mask: 'random' | 'poisson', accel: number, readout: readonly string[]): Scanned => ({
  prior: 'mri',
  subjects: MR,
  scan: (volume, slices) => simulateMri(volume, { ...head, mask, accel, slices: [...slices] }),
  truth: (volume, slices) => scannedMagnitude(volume, { ...head, slices: [...slices] }),
  ...{ unit: [100, '% of the brightness'], edge: 0.15, parts: { dark: [0, 0.3], bright: [0.3, 2] } },
  fits: {
    kind: 'fourier.cartesian',
    axes: { slice: [3, 1000] },
    spans: {},
    geometry: { readout: [...readout] },
    shares: { mask: [0.85 / accel, 1.25 / accel] },
    noise: { type: 'gaussian' },
    noiseLevel: [0, 1], // of the runs, below
  },
});
const SCANS: { readonly [name: string]: Scanned } = {
  views: {
    prior: 'ct',
    subjects: CT,
    scan: (volume, slices, backend) => simulateCt(volume, { views: 20, photons: 1e5, seed: 1, slices: [...slices] }, backend),
    truth: (volume, slices) => cropSlices(volume, slices[0], slices[1] + 1),
    ...{ unit: [2000, 'HU'], edge: 0.1, parts: { lung: [0.03, 0.25], 'soft tissue': [0.42, 0.58] } },
    fits: {
      kind: 'radon.parallel',
      // three or more: the regulariser ties slices together, so that fewer have another spread
      axes: { slice: [3, 1000], view: [18, 24] },
      spans: { angles: [160, 180] },
      geometry: {},
      shares: {},
      noise: { type: 'poisson', photons: [5e4, 2e5] },
    },
  },
  lines: mr('random', 4, ['kx', 'ky']),
  poisson: mr('poisson', 8, ['slice']),
};
const scanned = SCANS[values.scan];
if (!scanned) throw new Error(`no scan '${values.scan}': one of ${Object.keys(SCANS).join(', ')}`);
const out = values.scan === 'views' ? values.out : `${values.out}-${values.scan}`;

/** All in the prior's range. */
interface Result {
  readonly mean: Float32Array;
  readonly std: Float32Array;
  readonly truth: Float32Array;
  readonly domain: Space;
  /** σ_y of the run. */
  readonly noise?: number;
}

const stored = async (name: string, part: string) =>
  readVolume(await readInput(`${out}/${name}-${part}.npy`), { units: scanned.unit[1] === 'HU' ? 'HU' : 'arbitrary' } as never);

async function resultOf({ name, file, slices }: Subject): Promise<Result> {
  const kept = await stored(name, 'std').catch(() => undefined);
  if (!kept) {
    const { volume } = toCanonical(await readVolume(await readInput(`${values.data}/${file}`)), 'axial');
    const backend = createBackend({ workers: 1 });
    const scan = await scanned.scan(volume, slices, backend);
    const { prior } = scanned;
    const call = {
      method: 'dds',
      methodOptions: { steps },
      prior,
      samples,
      holdOut: false,
      seed: 1,
      zoo: modelSources(),
      backend,
    } as const;
    const run = await reconstruct(scan, call).result();
    await backend.dispose();
    const { scale, offset } = run.manifest.dataRange!;
    const { operator, world } = run.manifest;
    await writeFile(`${out}/${name}-range.json`, JSON.stringify({ scale, offset, noise: operator.noiseLevel, world }));
    const parts = { mean: run.volume, truth: scanned.truth(volume, slices), std: run.std! };
    for (const [part, of] of Object.entries(parts)) {
      const [written] = await writeVolumeFiles(`${name}-${part}.npy`, of);
      await writeFile(`${out}/${written.name}`, written.bytes);
    }
  }
  const mean = await stored(name, 'mean');
  const [std, truth] = [await stored(name, 'std'), await stored(name, 'truth')];
  const range = await readFile(`${out}/${name}-range.json`, 'utf8').catch(() => '{ "scale": 2000, "offset": -1000 }');
  const { scale, offset, noise } = JSON.parse(range) as { scale: number; offset: number; noise?: number };
  const inRange = (data: Float32Array): Float32Array => data.map((value) => (value - offset) / scale);
  return {
    mean: inRange(volumeData(mean)),
    std: volumeData(std).map((value) => value / scale),
    truth: inRange(volumeData(truth)),
    domain: space(['slice', 'y', 'x'], [...mean.shape]),
    noise,
  };
}

/** What of the truth a value is: by its size, and by the largest step to a neighbour two pixels away. */
function partsOf({ truth, domain }: Result): { readonly [part: string]: (i: number) => boolean } {
  const [, rows, columns] = domain.shape;
  const edge = (i: number): boolean => {
    const [y, x] = [Math.floor(i / columns) % rows, i % columns];
    const step = (ok: boolean, to: number): number => (ok ? Math.abs(truth[to] - truth[i]) : 0);
    const largest = Math.max(
      ...[step(x > 1, i - 2), step(x < columns - 2, i + 2), step(y > 1, i - 2 * columns), step(y < rows - 2, i + 2 * columns)],
    );
    return largest > scanned.edge;
  };
  const within = (i: number, low: number, high: number): boolean => truth[i] >= low && truth[i] <= high && !edge(i);
  return {
    all: () => true,
    ...Object.fromEntries(Object.entries(scanned.parts).map(([name, [low, high]]) => [name, (i: number) => within(i, low, high)])),
    edges: edge,
  };
}

await mkdir(out, { recursive: true });
const results: (Subject & Result)[] = [];
for (const one of scanned.subjects) {
  if (values.only && !values.only.split(',').includes(one.name)) continue;
  const result = await resultOf(one);
  results.push({ ...one, ...result });
  console.error(one.name, 'at hand');
}

/** The values of an object that are fitted or counted, and which part each belongs to. */
interface Values {
  readonly one: Subject & Result;
  readonly inside: readonly number[];
  readonly errors: Float64Array;
  /** The terms of h² at these values, as of an object that is as crowded as usual. */
  readonly terms: readonly Float32Array[];
  /** The object's mean texture. */
  readonly texture: number;
  readonly parts: readonly { readonly of: string; readonly at: readonly number[] }[];
}
/** Fewer values than that are no part. */
const LEAST = 200;

function valuesOf(one: Subject & Result): Values {
  const object = objectOf(one.mean, one.domain);
  const inside = [...object.keys()].filter((i) => object[i] === 1);
  const parts = Object.entries(partsOf(one)).map(([of, is]) => ({ of, at: [...inside.keys()].filter((n) => is(inside[n])) }));
  const errors = Float64Array.from(inside, (i) => Math.abs(one.mean[i] - one.truth[i]));
  const terms = uncertaintyTerms(one.mean, one.std, one.domain, { window, crowding: 0, usual: 1 });
  return {
    ...{ one, inside, errors, texture: meanTexture(one.mean, one.domain, window) },
    terms: terms.map((term) => Float32Array.from(inside, (i) => term[i])),
    parts: parts.filter(({ at }) => at.length >= LEAST),
  };
}

/** By what every term of an object is multiplied: fine and coarse texture count more in crowded ones. */
function crowdedBy({ texture }: Values, { crowding, usual }: Pick<UncertaintyWeights, 'crowding' | 'usual'>): number[] {
  const crowded = (texture / usual) ** crowding;
  return [1, 1, crowded, crowded, 1];
}

/** The weights, by least squares of squared errors, each by what is expected of it, so that quiet parts count as loud ones do. */
function fit(of: readonly Values[], crowding: number): UncertaintyWeights {
  const usual = of.reduce((sum, { texture }) => sum + texture / of.length, 0);
  const size = of[0].terms.length;
  let weights = Float64Array.of(3, 3, 0.1, 0.1, 1e-4);
  for (let round = 0; round < 20; round++) {
    const [gram, right] = [new Float64Array(size * size), new Float64Array(size)];
    for (const one of of) {
      const by = crowdedBy(one, { crowding, usual });
      // every third value is enough
      for (let n = 0; n < one.errors.length; n += 3) {
        const at = one.terms.map((term, k) => by[k] * term[n]);
        const expected = at.reduce((sum, value, k) => sum + weights[k] * value, 0);
        const w = 1 / (one.errors.length * expected ** 2);
        for (let p = 0; p < size; p++) {
          right[p] += w * at[p] * one.errors[n] ** 2;
          for (let q = 0; q < size; q++) gram[size * p + q] += w * at[p] * at[q];
        }
      }
    }
    weights = Float64Array.from(nonNegativeLeastSquares(gram, right));
  }
  const [spread, around, fine, coarse, floor] = [...weights].map((v) => Number(v.toPrecision(4)));
  return { window, spread, around, fine, coarse, crowding, usual: Number(usual.toPrecision(4)), floor };
}

/** Errors over what is expected of them. */
const ratiosOf = (of: Values, weights: UncertaintyWeights): Float64Array => {
  const by = crowdedBy(of, weights);
  const each = [weights.spread, weights.around, weights.fine, weights.coarse, weights.floor].map((weight, k) => by[k] * weight);
  return of.errors.map((error, n) => error / Math.sqrt(each.reduce((sum, weight, k) => sum + weight * of.terms[k][n], 0)));
};
/** How many are not more. */
function count(ratios: Float64Array, most: number): number {
  let sum = 0;
  for (const ratio of ratios) if (ratio <= most) sum++;
  return sum;
}
/** Of ratios, the one below which a share of them lies, each volume counted alike. */
function quantiles(ratios: readonly Float64Array[]): (share: number) => number {
  return (share) => {
    // of all volumes alike: bisection on the mean of their shares
    let [low, high] = [0, Math.max(...ratios.map((own) => own.reduce((most, ratio) => Math.max(most, ratio), 0)))];
    for (let round = 0; round < 40; round++) {
      const middle = (low + high) / 2;
      const below = ratios.reduce((sum, own) => sum + count(own, middle) / own.length, 0) / ratios.length;
      if (below < share) low = middle;
      else high = middle;
    }
    return high;
  };
}
const heldBy = ({ parts }: Values, ratios: Float64Array, factor: number) =>
  parts.map(({ of, at }) => ({ of, share: at.filter((n) => ratios[n] <= factor).length / at.length }));

const all = results.map(valuesOf);
const trained = all.filter(({ one }) => one.trained);

// by leaving training volumes out: the fewest parts out of 85 to 95 %, and of those the nearest to 90 %
let best = { crowding: 0, share: level, out: Infinity, off: Infinity };
const tried: string[][] = [];
for (const crowding of [0, 1, 2, 3]) {
  const folds = trained.map((left) => {
    const rest = trained.filter((one) => one !== left);
    const weights = fit(rest, crowding);
    return { left, own: ratiosOf(left, weights), factorFor: quantiles(rest.map((one) => ratiosOf(one, weights))) };
  });
  for (const share of [0.9, 0.91, 0.92, 0.93, 0.94]) {
    const held = folds.flatMap(({ left, own, factorFor }) => heldBy(left, own, factorFor(share)));
    const out = held.filter((part) => part.share < 0.85 || part.share > 0.95).length;
    const off = Math.sqrt(held.reduce((sum, part) => sum + (part.share - level) ** 2, 0) / held.length);
    const shares = held.map((part) => 100 * part.share);
    tried.push([
      `${crowding}`,
      `${share}`,
      `${out} of ${held.length}`,
      ...[Math.min(...shares), Math.max(...shares), 100 * off].map((v) => v.toFixed(1)),
    ]);
    if (out < best.out || (out === best.out && off < best.off)) best = { crowding, share, out, off };
  }
}
console.log(markdown(['crowding', 'factor by', 'parts out of 85 to 95 %', 'least', 'most', 'rms from 90'], tried));

const weights = fit(trained, best.crowding);
const factorFor = quantiles(trained.map((one) => ratiosOf(one, weights)));
const factor = Number(factorFor(best.share).toPrecision(4));
console.log(`\nchosen: crowding ${best.crowding}, factor by ${best.share}\n`);

const table = all.map((of) => {
  const own = ratiosOf(of, weights);
  const h = halfWidths(of.one.mean, of.one.std, of.one.domain, { ...weights, factor });
  const alone = of.errors.filter((error, n) => error <= 1.645 * of.one.std[of.inside[n]]).length / of.inside.length;
  const width = (scanned.unit[0] * of.inside.reduce((sum, i) => sum + h[i], 0)) / of.inside.length;
  return { one: of.one, own, of, shares: heldBy(of, own, factor), alone, width };
});
const percent = (v: number | undefined): string => (v === undefined ? '' : (100 * v).toFixed(1));
const PARTS = Object.keys(partsOf(results[0]));
console.log(
  markdown(
    ['volume', 'trained on', ...PARTS, '1.645 × spread', `half width, ${scanned.unit[1]}`],
    table.map(({ one, shares, alone, width }) => [
      ...[one.name, one.trained ? 'yes' : 'no', ...PARTS.map((part) => percent(shares.find(({ of }) => of === part)?.share))],
      ...[percent(alone), width.toFixed(0)],
    ]),
  ),
);

const fitted = trained.map(({ texture }) => texture);
const textures = [Math.min(...fitted) / 1.25, 1.25 * Math.max(...fitted)].map((v) => Number(v.toPrecision(3))) as [number, number];
const noises = results.flatMap(({ noise, trained: own }) => (own && noise ? [noise] : []));
const noiseLevels = [Math.min(...noises) / 1.5, 1.5 * Math.max(...noises)].map((v) => Number(v.toPrecision(3))) as [number, number];
const calibration: Calibration = {
  ...scanned.fits,
  ...(scanned.fits.noiseLevel && { noiseLevel: noiseLevels }),
  ...{ method: 'dds', steps: [steps, steps] as [number, number], samples, ...weights, textures, factor, level },
  coverage: table.flatMap(({ one, shares }) =>
    shares.flatMap(({ of, share }) =>
      one.trained && of !== 'all' ? [] : [{ of: `${one.name}, ${of}`, share: Number(share.toFixed(3)), trained: one.trained }],
    ),
  ),
};
console.log(JSON.stringify(calibration, null, 2));
const levels = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
for (const { one, own, of } of table.filter(({ one }) => !one.trained)) {
  // the margin at .9 is one at every level
  const margin = factor / factorFor(level);
  const curves = of.parts.map(({ of: name, at }) => ({
    name,
    points: levels.map((share) => {
      const f = margin * factorFor(share);
      return { x: 100 * share, y: (100 * at.filter((n) => own[n] <= f).length) / at.length };
    }),
  }));
  const ideal = { name: 'ideal', points: levels.map((l) => ({ x: 100 * l, y: 100 * l })), broken: true };
  const plot = plotSvg([...curves, ideal], { title: `${one.name}: values within the interval, %`, x: 'level, %', y: '%' });
  await writeFile(`${out}/coverage-${one.name}.svg`, plot);
}
if (values.write) {
  const path = `models/zoo/${scanned.prior}.json`;
  const card = JSON.parse(await readFile(path, 'utf8')) as { calibration?: Calibration[] };
  const same = (one: Calibration): boolean => one.kind === calibration.kind && isDeepStrictEqual(one.geometry ?? {}, calibration.geometry);
  const others = (card.calibration ?? []).filter((one) => !same(one));
  await writeFile(path, `${JSON.stringify({ ...card, calibration: [...others, calibration] }, null, 2)}\n`);
}
