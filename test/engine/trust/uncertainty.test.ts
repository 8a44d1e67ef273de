import test from 'ava';
import { space } from '../../../core/space.js';
import type { Calibration } from '../../../models/card/calibration-card.js';
import { calibrationFor, halfWidths, uncertaintyTerms, uncertaintyText, widening } from '../../../src/engine/trust/uncertainty.js';
import { testNumbers } from '../../support/backends.js';
import { smallScan } from '../../support/scans.js';

const calibration: Calibration = {
  ...{ kind: 'radon.parallel', axes: { view: [10, 14] }, spans: { angles: [160, 180] }, noise: { type: 'poisson', photons: [5e4, 2e5] } },
  ...{
    method: 'dds',
    steps: [20, 40],
    samples: 4,
    window: 5,
    spread: 1.2,
    around: 4.6,
    texture: 0.04,
    floor: 4e-5,
    factor: 1.6,
    overconfidence: 0.3,
    level: 0.9,
  },
  coverage: [{ of: 'chest', share: 0.9, trained: false }],
};

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
  for (let k = 0; k < 2; k++) {
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 7; x++) {
        const window: number[] = [];
        for (let b = -2; b <= 2; b++) for (let a = -2; a <= 2; a++) window.push((k * 6 + mirrored(y + b, 6)) * 7 + mirrored(x + a, 7));
        const average = (f: (i: number) => number): number => window.reduce((sum, i) => sum + f(i), 0) / 25;
        const texture = average((i) => mean[i] ** 2) - average((i) => mean[i]) ** 2;
        const at = (k * 6 + y) * 7 + x;
        const square = 1.2 * std[at] ** 2 + 4.6 * average((i) => std[i] ** 2) + 0.04 * texture + 4e-5;
        t.true(Math.abs(got[at] - 1.6 * Math.sqrt(square)) < 1e-5);
      }
    }
  }
  const terms = uncertaintyTerms(mean, std, domain, 5);
  t.true(Math.abs(terms[3][0] - 1) < 1e-6 && Math.abs(terms[0][5] - std[5] ** 2) < 1e-5);
});

test('what is told', (t) => {
  t.is(uncertaintyText({ refused: 'x' }, 'HU'), 'no calibrated interval: x');
  const told = uncertaintyText({ level: 0.9, meanHalfWidth: 35.2, calibrated: calibration }, 'HU');
  t.is(told, '90 % interval around the mean: ±35.2 HU on average (it held 90 to 90 % on volumes it had not seen)');
});

test('images on which the prior is too sure of itself have wider intervals', (t) => {
  t.is(widening(calibration, [{ sigma: 0.3, error: 4, belief: 1 }]), 2);
  t.is(widening(calibration, [{ sigma: 0.3, error: 1, belief: 4 }]), 1);
  t.is(widening(calibration, [{ sigma: 0.1, error: 4, belief: 1 }]), 1);
  const domain = space(['slice', 'y', 'x'], [1, 3, 3]);
  const [mean, std] = [new Float32Array(9), new Float32Array(9).fill(0.1)];
  t.true(Math.abs(halfWidths(mean, std, domain, calibration, 2)[4] / halfWidths(mean, std, domain, calibration)[4] - 2) < 1e-6);
});
