import test from 'ava';
import fc from 'fast-check';
import { coverage, redundancyWeights, shortScanWeight } from '../../../operators/radon/fbp/view-weights.js';

test('every line of a short scan counts once: the two views that measure it share a weight of 1', (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 0.5, noNaN: true }), // half fan, rad
      fc.double({ min: 0.1, max: 1, noNaN: true }), // arc: 10 … 100 % of the circle
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      (halfFan, part, at, side) => {
        const arc = part * 2 * Math.PI;
        const [along, gamma] = [at * arc, side * halfFan];
        // (θ, γ) and (θ ± 180° − 2γ, −γ) are the same line
        const opposite = [1, -1].map((sign) => along + sign * Math.PI - 2 * gamma).find((a) => a > 0 && a < arc);
        const own = shortScanWeight(arc, along, gamma, halfFan);
        const other = opposite === undefined ? 0 : shortScanWeight(arc, opposite, -gamma, halfFan);
        return own >= 0 && Math.abs(own + other - 1) < 1e-9;
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});

test('views weigh half the gap to their neighbours, whatever their order, direction and spacing', (t) => {
  const degrees = (list: Float64Array): number[] => [...list].map((w) => (w * 180) / Math.PI);
  const near = (got: Float64Array, expected: number[]): void => {
    degrees(got).forEach((w, i) => t.true(Math.abs(w - expected[i]) < 1e-9, `${degrees(got)} against ${expected}`));
  };
  near(coverage([0, 60, 120], 180).weights, [60, 60, 60]);
  near(coverage([-120, 0, -60], 180).weights, [60, 60, 60]);
  near(coverage([0, 30, 60, 120], 180).weights, [45, 30, 45, 60]);
  near(coverage([0, 45, 90, 135, 180, 225, 270, 315], 180).weights, new Array(8).fill(22.5));
  // a limited arc: the outermost views stand for as much outside as inside
  near(coverage([40, 10, 20, 30], 180).weights, [10, 10, 10, 10]);
  t.is(Math.round((coverage([40, 10, 20, 30], 180).arc * 180) / Math.PI), 40);
  near(coverage([77], 180).weights, [180]);
});

test('a detector off the axis in a full circle: lines s and −s share a weight of 1, one-sided lines have it alone', (t) => {
  const angles = Array.from({ length: 90 }, (_, v) => 4 * v);
  const perView = (2 * Math.PI) / 90;
  const [w] = redundancyWeights({ angles, bins: 60, pitch: 1, offset: 20 }).map((row) => row.map((v) => v / perView));
  // bin b lies at b − 9.5 mm: both views see |s| < 10
  for (let b = 0; b < 20; b++) t.true(Math.abs(w[b] + w[19 - b] - 1) < 1e-12);
  for (let b = 20; b < 60; b++) t.true(Math.abs(w[b] - 1) < 1e-12);
});
