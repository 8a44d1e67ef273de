import test from 'ava';
import { space } from '../../../core/space.js';
import {
  calibrationFor,
  halfWidths,
  meanTexture,
  objectOf,
  uncertaintyTerms,
  uncertaintyText,
  unlikeTexture,
} from '../../../src/engine/trust/uncertainty.js';
import { testNumbers } from '../../support/backends.js';
import { calibrationOf } from '../../support/calibrations.js';
import { smallScan } from '../../support/scans.js';

const calibration = calibrationOf({
  ...{ kind: 'radon.parallel', axes: { view: [10, 14] }, spans: { angles: [160, 180] }, steps: [20, 40], samples: 4 },
  noise: { type: 'poisson', photons: [5e4, 2e5] },
});

async function run(changes: object = {}, scanChanges: object = {}) {
  const { scan } = await smallScan(2, 16, 12);
  const noise = { type: 'poisson', photons: 1e5 } as const;
  const settings = { steps: 20 };
  return { scan: { ...scan, noise, ...scanChanges }, method: 'dds', settings, given: { steps: 20 }, samples: 4, known: true, ...changes };
}

test('a calibration is found for the scans and runs that it was made of', async (t) => {
  t.is(calibrationFor([calibration], await run()), calibration);
  const ranges: [string, object, object][] = [
    ['no calibration', { empty: true }, {}],
    ['5 to 6 views, these are 12', { of: { axes: { view: [5, 6] } } }, {}],
    ['of radon.fan, this is radon.parallel', { of: { kind: 'radon.fan' } }, {}],
    ['its angles cover 300 to 360, these 165', { of: { spans: { angles: [300, 360] } } }, {}],
    ['of 20 to 40 steps, these are 50', { settings: { steps: 50 } }, {}],
    ['another eta', { given: { eta: 1 } }, {}],
    ['of 4 samples, these are 2', { samples: 2 }, {}],
    ['of dds, this is ddnm', { method: 'ddnm' }, {}],
    ['photons', {}, { noise: { type: 'poisson', photons: 10 } }],
    ['not known|gaussian', {}, { noise: { type: 'gaussian', std: 1 } }],
    ['does not know such images', { known: false }, {}],
  ];
  for (const [words, changes, scan] of ranges) {
    const { of = {}, empty = false, ...rest } = changes as { of?: object; empty?: boolean };
    const got = calibrationFor(empty ? [] : [{ ...calibration, ...of }], await run(rest, scan));
    t.is(typeof got, 'string', words);
    t.regex(got as string, new RegExp(words.startsWith('no calibration') ? 'has no calibration' : words));
  }
});

test('half widths are the formula, with windows mirrored at the edges', (t) => {
  const domain = space(['slice', 'y', 'x'], [2, 6, 7]);
  const next = testNumbers(4);
  const [mean, std] = [0, 1].map(() => Float32Array.from({ length: 84 }, () => Math.abs(next())));
  const got = halfWidths(mean, std, domain, calibration);
  const mirrored = (i: number, n: number): number => (i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i);
  const around = (at: number, side: number, f: (i: number) => number): number => {
    const [k, y, x] = [Math.floor(at / 42), Math.floor(at / 7) % 6, at % 7];
    const half = (side - 1) / 2;
    let sum = 0;
    for (let b = -half; b <= half; b++) for (let a = -half; a <= half; a++) sum += f((k * 6 + mirrored(y + b, 6)) * 7 + mirrored(x + a, 7));
    return sum / side ** 2;
  };
  const variance = (at: number, side: number): number => around(at, side, (i) => mean[i] ** 2) - around(at, side, (i) => mean[i]) ** 2;
  // bright nearly everywhere: all of it is the object
  const crowded = (mean.reduce((sum, _, i) => sum + variance(i, 5) / 84, 0) / 0.05) ** 2;
  for (let i = 0; i < 84; i++) {
    const spread = 1.2 * std[i] ** 2 + 4.6 * around(i, 5, (j) => std[j] ** 2);
    const square = spread + crowded * (0.4 * variance(i, 3) + 0.02 * variance(i, 9)) + 4e-5;
    t.true(Math.abs(got[i] - 1.6 * Math.sqrt(square)) < 1e-4 * got[i]);
  }
  const terms = uncertaintyTerms(mean, std, domain, calibration);
  t.true(Math.abs(terms[4][0] - 1) < 1e-6 && Math.abs(terms[0][5] - std[5] ** 2) < 1e-5);
});

test('the object is what is more than air and three pixels around, slice by slice, and crowded ones have wider intervals', (t) => {
  const domain = space(['slice', 'y', 'x'], [2, 9, 9]);
  const mean = new Float32Array(162);
  mean[81 + 4 * 9 + 1] = 0.5;
  const object = objectOf(mean, domain);
  t.is(object.subarray(0, 81).indexOf(1), -1);
  t.is(
    object.reduce((sum, v) => sum + v, 0),
    7 * 5,
  );
  t.deepEqual([object[81 + 9], object[81 + 9 + 4], object[81 + 9 + 5]], [1, 1, 0]);
  const unlike = (textures: [number, number]) => unlikeTexture(mean, domain, { ...calibration, textures });
  const texture = meanTexture(mean, domain, 5);
  t.is(unlike([0.9 * texture, 1.1 * texture]), undefined);
  t.regex(unlike([1.1 * texture, 1.2 * texture])!, /the object has a texture of \S+ .* calibrated for \S+ to \S+/);
  // the same edge, once alone in a large object and once among others
  const stripes = (every: number): Float32Array =>
    Float32Array.from({ length: 162 }, (_, i) => (i % 9 < 4 || (every > 0 && i % every === 0) ? 0.9 : 0.4));
  const width = (image: Float32Array): number => halfWidths(image, new Float32Array(162), domain, { ...calibration, coarse: 0 })[4 * 9 + 3];
  t.true(meanTexture(stripes(7), domain, 5) > meanTexture(stripes(0), domain, 5));
  t.true(width(stripes(7)) > 1.1 * width(stripes(0)));
});

test('what is told', (t) => {
  t.is(uncertaintyText({ refused: 'x' }, 'HU'), 'no calibrated interval: x');
  const told = uncertaintyText({ level: 0.9, meanHalfWidth: 35.2, calibrated: calibration }, 'HU');
  t.is(told, '90 % interval around the mean: ±35.2 HU on average (it held 90 to 90 % on volumes it had not seen)');
});
