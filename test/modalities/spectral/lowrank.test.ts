import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { closedForm, completePixels } from '../../../src/modalities/spectral/lowrank/complete.js';
import { expanded, expectation, maximisation, noStatistics, type FactorModel } from '../../../src/modalities/spectral/lowrank/factors.js';
import { fillBands, fillPixels } from '../../../src/modalities/spectral/lowrank/fill.js';
import { fitFactors } from '../../../src/modalities/spectral/lowrank/fit.js';
import { observe, type Observations } from '../../../src/modalities/spectral/lowrank/observations.js';
import { eigen } from '../../support/dense.js';
import { golden } from '../../support/golden.js';

interface Step {
  readonly loading: number[];
  readonly mean: number[];
  readonly variance: number;
  readonly coefficients: number[];
  readonly log: number;
}
const numpy = golden<{
  bands: number;
  rank: number;
  data: number[];
  mask: number[];
  start: Step;
  likelihood: Step[];
  relevance: Step[];
}>('ppca.json');

const plain = (bands: number) => ({ centre: new Float64Array(bands), scale: new Float64Array(bands).fill(1) });
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (v, n) => Math.abs(v - b[n])));
const modelOf = ({ loading, mean, variance }: Step): FactorModel => ({
  ...{ rank: numpy.rank, variance, loading: Float64Array.from(loading), mean: Float64Array.from(mean) },
});

/** Spectra of `rank` factors in `bands` bands with noise of σ, a share of them measured. */
function spectra(bands: number, pixels: number, rank: number, sigma: number, share: number, seed = 1): Observations {
  const key = philoxKey(seed);
  const [w, z] = [normals(bands * rank, key, 0, 0, 1), normals(rank * pixels, key, 1, 0, 1)];
  const [noise, draw] = [normals(bands * pixels, key, 2, 0, 1), normals(bands * pixels, key, 3, 0, 1)];
  const data = new Float32Array(bands * pixels);
  for (let n = 0; n < data.length; n++) {
    const [b, p] = [Math.floor(n / pixels), n % pixels];
    let sum = b / bands + sigma * noise[n];
    for (let k = 0; k < rank; k++) sum += w[b * rank + k] * z[k * pixels + p];
    data[n] = sum;
  }
  // a normal below 1.28 has probability .9
  const mask = Float32Array.from(draw, (value) => Number(share === 1 || value < (share === 0.9 ? 1.2816 : 0)));
  return observe(data, mask, bands, plain(bands));
}

test('three EM steps with missing entries are NumPy’s, without and with relevance of the columns', (t) => {
  const { bands, rank, start } = numpy;
  // float32 data: the golden numbers are those of its rounding to 1e-6
  const observations = observe(Float32Array.from(numpy.data), Float32Array.from(numpy.mask), bands, plain(bands));
  for (const [name, steps] of [
    ['likelihood', numpy.likelihood],
    ['relevance', numpy.relevance],
  ] as const) {
    let model = modelOf(start);
    for (const wanted of steps) {
      const statistics = noStatistics(bands, rank);
      const found = expectation(observations, model, statistics);
      const energy = Float64Array.from({ length: rank }, (_, k) =>
        model.loading.reduce((sum, value, n) => sum + (n % rank === k ? value * value : 0), 0),
      );
      const precision = name === 'relevance' ? energy.map((sum) => bands / sum) : undefined;
      model = maximisation(bands, model, statistics, precision, false);
      t.true(Math.abs(found.logLikelihood - wanted.log) < 1e-4);
      t.true(distance(found.coefficients, wanted.coefficients) < 1e-5, name);
      t.true(distance(model.loading, wanted.loading) < 1e-5, name);
      t.true(distance(model.mean, wanted.mean) < 1e-5, name);
      t.true(Math.abs(model.variance - wanted.variance) < 1e-6, name);
    }
  }
});

test('the likelihood never falls, with gaps, σ² known or found, by EM and by its expanded steps, which end no lower', (t) => {
  const ends = new Map<boolean, number>();
  for (const [fixed, expand] of [
    [true, false],
    [true, true],
    [false, false],
    [false, true],
  ]) {
    const observations = spectra(12, 60, 3, 0.3, 0.5);
    const [loading, mean] = [normals(36, philoxKey(5), 0, 0, 1), new Float64Array(12)];
    let model: FactorModel = { rank: 3, loading, mean, variance: fixed ? 0.09 : 1 };
    let before = -Infinity;
    for (let n = 0; n < 60; n++) {
      const statistics = noStatistics(12, 3);
      const { logLikelihood } = expectation(observations, model, statistics);
      t.true(logLikelihood >= before - 1e-9 * Math.abs(before), `step ${n}: ${before} → ${logLikelihood}`);
      before = logLikelihood;
      model = maximisation(12, model, statistics, undefined, fixed);
      if (expand) model = expanded(12, model, statistics);
    }
    if (expand) t.true(before >= (ends.get(fixed) ?? Infinity) - 1e-6);
    else ends.set(fixed, before);
  }
});

test('without noise 25 over-relaxed steps are as likely as 60 of plain EM', (t) => {
  const [bands, rank] = [16, 3];
  const observations = spectra(bands, 300, rank, 1e-3, 0.4);
  let model: FactorModel = { rank, loading: normals(48, philoxKey(5), 0, 0, 1), mean: new Float64Array(bands), variance: 1 };
  for (let n = 0; n < 60; n++) {
    const statistics = noStatistics(bands, rank);
    expectation(observations, model, statistics);
    model = expanded(bands, maximisation(bands, model, statistics, undefined, false), statistics);
  }
  const plainly = expectation(observations, model).logLikelihood;
  const found = fitFactors(observations, { rank });
  t.true(found.iterations <= 25 + 4);
  t.true(expectation(observations, found).logLikelihood >= plainly - 1e-3 * Math.abs(plainly));
});

test('complete spectra: the closed form is the eigendecomposition of their covariance, and EM ends there', (t) => {
  const [bands, pixels, rank] = [9, 400, 3];
  const observations = spectra(bands, pixels, rank, 0.2, 1);
  const found = completePixels(observations);
  t.deepEqual([found.used.length, found.complete.length], [bands, pixels]);
  const model = closedForm(observations, found, undefined, rank);
  const { value } = observations;
  const mean = Float64Array.from({ length: bands }, (_, b) => {
    let sum = 0;
    for (let p = 0; p < pixels; p++) sum += value[p * bands + b] / pixels;
    return sum;
  });
  t.true(distance(model.mean, mean) < 1e-12);
  const covariance = Array.from({ length: bands }, (_, i) =>
    Float64Array.from({ length: bands }, (_, j) => {
      let sum = 0;
      for (let p = 0; p < pixels; p++) sum += ((value[p * bands + i] - mean[i]) * (value[p * bands + j] - mean[j])) / pixels;
      return sum;
    }),
  );
  const { values, vectors } = eigen(covariance);
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
  const rest = order.slice(rank).reduce((sum, n) => sum + values[n], 0) / (bands - rank);
  t.true(Math.abs(model.variance - rest) < 1e-12);
  const wanted = outer(bands, rank, (b, k) => vectors[b][order[k]] * Math.sqrt(values[order[k]] - rest));
  t.true(
    distance(
      outer(bands, rank, (b, k) => model.loading[b * rank + k]),
      wanted,
    ) < 1e-10,
  );

  let em: FactorModel = { rank, loading: normals(bands * rank, philoxKey(3), 0, 0, 1), mean: new Float64Array(bands), variance: 1 };
  for (let n = 0; n < 300; n++) {
    const statistics = noStatistics(bands, rank);
    expectation(observations, em, statistics);
    em = expanded(bands, maximisation(bands, em, statistics, undefined, false), statistics);
  }
  t.true(
    distance(
      outer(bands, rank, (b, k) => em.loading[b * rank + k]),
      wanted,
    ) < 1e-6,
  );
  t.true(Math.abs(em.variance - rest) < 1e-7);
});

/** W Wᵀ, which does not depend on how the columns are turned. */
function outer(bands: number, rank: number, w: (band: number, k: number) => number): Float64Array {
  return Float64Array.from({ length: bands * bands }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += w(Math.floor(n / bands), k) * w(n % bands, k);
    return sum;
  });
}

test('rank and σ² come from the data, complete or with gaps', (t) => {
  for (const [share, known] of [
    [1, true],
    [1, false],
    [0.9, true],
    [0.5, true],
    [0.5, false],
  ] as const) {
    const fit = fitFactors(spectra(24, 1500, 3, 0.2, share), known ? { variance: 0.04 } : {});
    t.is(fit.rank, 3, `${share} ${known}`);
    // 1500 × 24 × share values: σ² to 1/√(half of them)
    t.true(Math.abs(fit.variance / 0.04 - 1) < 0.04, `${fit.variance}`);
  }
});

test('noise alone has rank 0 where it is complete', (t) => {
  t.is(fitFactors(spectra(20, 1000, 0, 1, 1), { variance: 1 }).rank, 0);
});

test('too few entries are refused', (t) => {
  const mask = Float32Array.from({ length: 12 }, (_, n) => Number(n < 3));
  const observations = observe(new Float32Array(12), mask, 3, plain(3));
  t.throws(() => fitFactors(observations), { code: 'GEOMETRY', message: /too few entries/ });
});

test('missing pixels become the harmonic function between the others: a ramp stays a ramp', (t) => {
  const [lines, samples] = [9, 12];
  const ramp = Float64Array.from({ length: lines * samples }, (_, p) => 0.3 * Math.floor(p / samples) - 0.2 * (p % samples));
  const known = Uint8Array.from(ramp, (_, p) => {
    const [y, x] = [Math.floor(p / samples), p % samples];
    return Number(y < 2 || y > 5 || x < 3 || x > 7);
  });
  const maps = ramp.map((value, p) => (known[p] ? value : 99));
  fillPixels(maps, known, [lines, samples], 1);
  t.true(distance(maps, ramp) < 1e-3);
});

test('missing bands lie between their neighbours by wavelength, not by number', (t) => {
  const axis = { name: 'band', unit: 'nm', coordinates: [500, 400, 475, 600, 350] };
  // linear in the wavelength, and the nearest beyond the ends
  const factors = Float64Array.from(axis.coordinates.flatMap((nm) => [nm / 100, 1]));
  const [wanted, known] = [factors.slice(), [true, true, false, true, false]];
  factors.fill(0, 4, 6);
  factors.fill(0, 8, 10);
  wanted[8] = 4;
  fillBands(factors, known, axis);
  t.true(distance(factors, wanted) < 1e-12);
});
