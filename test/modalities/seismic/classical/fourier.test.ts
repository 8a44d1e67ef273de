import test from 'ava';
import fc from 'fast-check';
import { AxisFft, fastLength } from '../../../../src/modalities/seismic/classical/fourier.js';

test('the transform of an axis is the sum of its definition, and exchanged planes are its inverse', (t) => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 5 }), fc.nat());
  fc.assert(
    fc.property(sizes, ([outer, least, inner, seed]) => {
      const n = fastLength(least);
      const total = outer * n * inner;
      const value = (k: number): number => Math.sin(1 + k * 12.9898 + (seed % 1000)) * 2;
      const [re, im] = [
        Float64Array.from({ length: total }, (_, k) => value(k)),
        Float64Array.from({ length: total }, (_, k) => value(k + 0.5)),
      ];
      const [xr, xi] = [re.slice(), im.slice()];
      const spare = [new Float64Array(n * inner), new Float64Array(n * inner)] as const;
      new AxisFft(n).run(xr, xi, outer, inner, spare);
      for (let o = 0; o < outer; o++) {
        for (let q = 0; q < inner; q++) {
          for (let k = 0; k < n; k++) {
            let [sr, si] = [0, 0];
            for (let j = 0; j < n; j++) {
              const angle = (-2 * Math.PI * ((j * k) % n)) / n;
              const at = (o * n + j) * inner + q;
              sr += re[at] * Math.cos(angle) - im[at] * Math.sin(angle);
              si += re[at] * Math.sin(angle) + im[at] * Math.cos(angle);
            }
            const at = (o * n + k) * inner + q;
            if (Math.hypot(xr[at] - sr, xi[at] - si) > 1e-11 * n) return false;
          }
        }
      }
      new AxisFft(n).run(xi, xr, outer, inner, [spare[1], spare[0]]);
      return xr.every((v, k) => Math.abs(v / n - re[k]) < 1e-12) && xi.every((v, k) => Math.abs(v / n - im[k]) < 1e-12);
    }),
    { numRuns: 60 },
  );
  t.pass();
});

test('elements that are said to be 0 are taken as 0', (t) => {
  for (const n of [8, 64, 96, 128]) {
    const values = Float64Array.from({ length: 3 * n }, (_, k) => (k < 3 * (n / 2) ? Math.sin(k * k) : 0));
    const run = (filled: number): Float64Array[] => {
      const planes = [values.slice(), values.slice()];
      new AxisFft(n).run(planes[0], planes[1], 1, 3, [new Float64Array(3 * n), new Float64Array(3 * n)], filled);
      return planes;
    };
    const [some, all] = [run(n / 2), run(n)];
    t.true(some.every((plane, p) => plane.every((v, k) => Math.abs(v - all[p][k]) < 1e-12)));
  }
});

test('fast lengths are made of 2, 3 and 5 and the least such', (t) => {
  t.deepEqual([1, 7, 11, 13, 31, 97, 241].map(fastLength), [1, 8, 12, 15, 32, 100, 243]);
});
