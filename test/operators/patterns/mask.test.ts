import test from 'ava';
import fc from 'fast-check';
import { summariseMask } from '../../../core/sampling-mask.js';
import { calibrationBlock, maskPatterns, samplingMask } from '../../../operators/patterns/index.js';

const names = maskPatterns.names();
const dimensions = (name: string): 1 | 2 => maskPatterns.get(name).dimensions;
const total = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0);
const oneSlice = (pattern: string, ny: number, nx: number, acceleration: number, seed = 1, rest: object = {}) =>
  samplingMask({ pattern, shape: [ny, nx], acceleration, seed, ...rest }).data;

test('a mask has exactly as many distinct lines or points as the acceleration asks, and the calibration region among them', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.integer({ min: 40, max: 97 }),
      fc.integer({ min: 40, max: 97 }),
      fc.double({ min: 1, max: 7.5, noNaN: true }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      (pattern, ny, nx, acceleration, seed) => {
        const lines = dimensions(pattern) === 1;
        const calibration = Math.min(12, Math.floor(ny / acceleration));
        const mask = samplingMask({ pattern, shape: [ny, nx], acceleration, calibration, seed });
        t.deepEqual(mask.shape, [1, ny, nx]);
        t.true(mask.data.every((value) => value === 0 || value === 1));
        const rows = Array.from({ length: ny }, (_, y) => mask.data.slice(y * nx, (y + 1) * nx));
        if (lines) {
          t.true(rows.every((row) => row.every((value) => value === row[0])));
          t.is(total(rows.map((row) => row[0])), Math.round(ny / acceleration));
        } else {
          t.is(total(mask.data), Math.round((ny * nx) / acceleration));
        }
        // DC is at ⌊n/2⌋, and the region starts ⌊size/2⌋ before it
        const [top, left] = [ny, nx].map((n) => Math.floor(n / 2) - Math.floor(calibration / 2));
        for (let y = top; y < top + calibration; y++) {
          for (let x = left; x < left + calibration; x++) t.is(rows[y][x], 1, `${pattern} ${y} ${x}`);
        }
      },
    ),
    { numRuns: 60, seed: 5 },
  );
});

test('the summary measures the acceleration that was asked', (t) => {
  for (const pattern of names) {
    const mask = samplingMask({ pattern, shape: [256, 200], acceleration: 4, seed: 3 });
    const summary = summariseMask(mask);
    t.is(summary.acceleration, 4, pattern); // 64 of 256 lines, 12,800 of 51,200 points
    t.is(summary.points, 12800);
    t.is(summary.lines, dimensions(pattern) === 1 ? 64 : undefined);
    t.is(summary.dimensions, dimensions(pattern));
    t.true(summary.centre);
  }
});

test('the same seed gives the same mask, another seed and another slice another one', (t) => {
  for (const pattern of names) {
    const draw = (seed: number) => oneSlice(pattern, 96, 80, 4, seed, { calibration: 8 });
    t.deepEqual(draw(7), draw(7), pattern);
    t.notDeepEqual(draw(7), draw(8), pattern);
    const all = oneSlice(pattern, 96, 80, 4, 7, { calibration: 8, slices: 3 });
    const slices = [0, 1, 2].map((k) => all.slice(k * 96 * 80, (k + 1) * 96 * 80));
    t.deepEqual(slices[0], draw(7), `${pattern}: the first slice is the mask that all could share`);
    t.notDeepEqual(slices[1], slices[0]);
    t.notDeepEqual(slices[2], slices[1]);
    for (const slice of slices) t.is(total(slice), 96 * 20);
  }
});

test('equispaced lines are a whole acceleration apart, or that rounded down or up where it is not whole', (t) => {
  const rows = (acceleration: number, seed: number) => {
    const mask = oneSlice('equispaced', 120, 1, acceleration, seed, { calibration: 0 });
    return [...mask.keys()].filter((y) => mask[y] === 1);
  };
  const starts = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    const whole = rows(5, seed);
    t.true(whole.slice(1).every((y, n) => y - whole[n] === 5));
    starts.add(whole[0]);
    const broken = rows(4.5, seed); // 27 lines of 120: 4 or 5 apart
    const steps = broken.slice(1).map((y, n) => y - broken[n]);
    t.true(broken.length === 27 && steps.includes(4) && steps.includes(5) && steps.every((s) => s === 4 || s === 5));
  }
  t.deepEqual([...starts].sort(), [0, 1, 2, 3, 4]); // missed by one of 5 in 30 draws: 0.6 %
});

/** How often each line is drawn over many seeds, outside a calibration region of 16 lines of 128. */
function frequencies(pattern: string, seeds: number): number[] {
  const counts = new Array<number>(128).fill(0);
  for (let seed = 0; seed < seeds; seed++) {
    oneSlice(pattern, 128, 1, 4, seed, { calibration: 16 }).forEach((one, y) => (counts[y] += one));
  }
  return counts.map((count) => count / seeds);
}

test('random lines are uniform, Gaussian lines as likely as drawing one after the other makes them', (t) => {
  const seeds = 2000;
  const outside = (y: number): boolean => y < 56 || y >= 72;
  // 16 of 112 lines: 1/7, with a binomial error of 0.0078; 4.5 of them for the largest of 112
  const uniform = frequencies('random', seeds);
  t.true(uniform.every((f, y) => !outside(y) || Math.abs(f - 1 / 7) < 0.035));

  // the oracle draws one line after the other, in proportion to the weights that are left
  const expected = new Array<number>(128).fill(0);
  let state = 12345;
  const next = (): number => (state = (1103515245 * state + 12345) % 2 ** 31) / 2 ** 31;
  for (let trial = 0; trial < seeds; trial++) {
    const weights = Array.from({ length: 128 }, (_, y) => (outside(y) ? Math.exp(-0.5 * ((y - 64) / (128 / 6)) ** 2) : 0));
    for (let drawn = 0; drawn < 16; drawn++) {
      let rest = next() * total(weights);
      let y = 0;
      while (rest >= weights[y]) rest -= weights[y++];
      expected[y] += 1 / seeds;
      weights[y] = 0;
    }
  }
  const measured = frequencies('gaussian', seeds);
  // the difference of two binomial estimates has a standard error of at most 0.0158; 4.5 of them
  measured.forEach((f, y) => t.true(!outside(y) || Math.abs(f - expected[y]) < 0.071, `line ${y}: ${f}, ${expected[y]}`));
  t.true(measured[50] > 5 * measured[5]);
});

test('points of the Poisson disc keep their distance, which grows with the distance from DC', (t) => {
  for (const [ny, nx, acceleration] of [
    [128, 128, 4],
    [96, 160, 8],
    [64, 64, 12],
    [101, 67, 6],
  ] as const) {
    const mask = oneSlice('poisson', ny, nx, acceleration, 2, { calibration: 10 });
    const inside = calibrationBlock([ny, nx], [10, 10]);
    const points = [...mask.keys()].filter((at) => mask[at] === 1);
    const place = (at: number) => [Math.floor(at / nx), at % nx];
    const rho = (at: number) => Math.hypot((place(at)[0] - Math.floor(ny / 2)) / (ny / 2), (place(at)[1] - Math.floor(nx / 2)) / (nx / 2));
    // the smallest distance to any other point, by brute force
    const nearest = points.map((at) => {
      const [y, x] = place(at);
      return Math.min(...points.map((other) => (other === at ? Infinity : Math.hypot(place(other)[0] - y, place(other)[1] - x))));
    });
    const free = points.map((_, n) => n).filter((n) => !inside[points[n]]);
    // one growth a explains all: distance ≥ 1 + aρ with the a that leaves the point tightest, and it is not zero
    const growth = Math.min(...free.filter((n) => rho(points[n]) > 0.3).map((n) => (nearest[n] - 1) / rho(points[n])));
    t.log(ny, nx, acceleration, growth);
    t.true(growth > 0.5, `growth ${growth}`);
    // all space is used: darts that all fit would leave a far point; mean distance at the edge is at most twice the radius
    const edge = free.filter((n) => Math.abs(rho(points[n]) - 1) < 0.1);
    const mean = total(edge.map((n) => nearest[n])) / edge.length;
    t.true(mean < 1.5 * (1 + growth), `${mean} at the edge, radius ${1 + growth}`);
  }
});

test('Poisson discs get thinner from the centre to the corners', (t) => {
  const size = 256;
  for (const acceleration of [2, 4, 8, 15]) {
    const mask = oneSlice('poisson', size, size, acceleration, 4);
    const rings = [0.2, 0.4, 0.6, 0.8, 1, 1.2].map((middle) => {
      let [points, all] = [0, 0];
      mask.forEach((one, at) => {
        const rho = Math.hypot(Math.floor(at / size) - 128, (at % size) - 128) / 128;
        if (Math.abs(rho - middle) > 0.1) return;
        all++;
        points += one;
      });
      return points / all;
    });
    // flat where the grid has no distance between two radii (√2 to 2 samples); counts of 1000 and more have 3 % noise
    rings.slice(1).forEach((density, n) => t.true(density < 1.05 * rings[n], `${acceleration}: ${rings.join(' ')}`));
    t.true(rings[5] < 0.7 * rings[0]);
  }
});

test('radial and spiral points lie on lines through DC, and on arms that reach the corners', (t) => {
  const size = 129;
  const angles = (mask: Float32Array, radius: number): number => {
    // runs of sampled points around a circle: each crossing of a spoke or arm is one
    let crossings = 0;
    let before = 0;
    for (let step = 0; step < 4000; step++) {
      const angle = (2 * Math.PI * step) / 4000;
      const [y, x] = [64 + Math.round(radius * Math.sin(angle)), 64 + Math.round(radius * Math.cos(angle))];
      const one = mask[y * size + x];
      if (one === 1 && before === 0) crossings++;
      before = one;
    }
    return crossings;
  };
  const spokes = oneSlice('radial', size, size, 12, 1, { calibration: 0 });
  // a spoke of 129 to 182 points, without the ones near DC that spokes share: 1387 points are 9 to 12 spokes, crossed twice each
  const crossed = angles(spokes, 55);
  t.true(crossed >= 17 && crossed <= 25, `${crossed}`);
  t.is(spokes[64 * size + 64], 1);
  const spiral = oneSlice('spiral', size, size, 8, 1, { calibration: 0 });
  t.is(spiral[64 * size + 64], 1);
  t.true(angles(spiral, 40) >= 8);
  const corners = [...spiral.keys()].filter((at) => spiral[at] && Math.hypot(Math.floor(at / size) - 64, (at % size) - 64) > 80);
  t.true(corners.length > 0);
});

test('corners can be left out, and count as not sampled', (t) => {
  const size = 120;
  for (const pattern of ['poisson', 'radial', 'spiral']) {
    const mask = oneSlice(pattern, size, size, 5, 1, { corners: false });
    t.is(total(mask), (size * size) / 5);
    mask.forEach((one, at) => {
      const rho = Math.hypot(Math.floor(at / size) - 60, (at % size) - 60) / 60;
      if (rho > 1) t.is(one, 0, pattern);
    });
  }
  // a disc holds π/4 of the square, 1/1.273 of it; its grid points are a little fewer
  t.throws(() => oneSlice('poisson', size, size, 1.2, 1, { corners: false }), { message: /at least 1\.2[78]/ });
  t.throws(() => oneSlice('random', size, size, 4, 1, { corners: false }), { message: /2-D mask/ });
});

test('requests that cannot be met are refused with what is possible', (t) => {
  const refuse = (options: object, message: RegExp) =>
    t.throws(() => samplingMask({ pattern: 'random', shape: [64, 64], acceleration: 4, ...options }), { code: 'ARGUMENT', message });
  refuse({}, /24 lines.*--acs 16/); // 16 of 64 lines, less than the 24 of the default
  refuse({ pattern: 'poisson', acceleration: 8 }, /24 × 24 = 576 points.*--acs 22/); // 512 points
  refuse({ acceleration: 0.5 }, /at least 1/);
  refuse({ acceleration: NaN }, /at least 1/);
  refuse({ acceleration: 1000, calibration: 0 }, /nothing to measure/);
  refuse({ calibration: 80, acceleration: 1 }, /larger than k-space/);
  refuse({ calibration: 2.5 }, /whole number/);
  refuse({ shape: [0, 64] }, /whole number/);
  refuse({ pattern: 'nonsense' }, /one of equispaced, random, gaussian, poisson, radial, spiral/);
  refuse({ pattern: 'spiral', acceleration: 60, calibration: 0 }, /a turn of a spiral/);
  t.notThrows(() => samplingMask({ pattern: 'random', shape: [64, 64], acceleration: 4, calibration: 16 }));
});

test('the summary of any mask tells lines from points and sees a missing DC', (t) => {
  const data = new Float32Array(2 * 4 * 3);
  data.fill(1, 0, 3); // line 0 of slice 0
  data.fill(5, 15, 18); // line 1 of slice 1
  const summary = summariseMask({ data, shape: [2, 4, 3] });
  t.deepEqual(summary, { acceleration: 4, points: 3, lines: 1, dimensions: 1, centre: false });
  data[3] = 1;
  t.like(summariseMask({ data, shape: [2, 4, 3] }), { acceleration: 24 / 7, points: 3.5, dimensions: 2 });
});
