import test from 'ava';
import { hiddenLines } from '../../../src/modalities/spectral/hidden-lines.js';
import { gapsOf, heldOutEntries, type Gaps } from '../../../src/modalities/spectral/held-out.js';
import { simulateSpectral, type SimulateSpectralOptions } from '../../../src/modalities/spectral/simulation/simulate.js';
import { smallCube } from '../../support/cube.js';

const cube = smallCube([12, 20, 24]);
const CASES: readonly (readonly [gaps: Gaps, options: SimulateSpectralOptions])[] = [
  ['entries', { noiseStd: 0.1 }],
  ['entries', { missing: 0.6 }],
  ['pixels', { missingPixels: 0.3 }],
  ['lines', { lines: 4 }],
  ['bands', { bands: 2 }],
];

test('entries are hidden as entries are missing, only measured ones, and nothing of them stays', (t) => {
  for (const [gaps, options] of CASES) {
    const scan = simulateSpectral(cube, { ...options, seed: 3 });
    const mask = scan.arrays!.mask.data;
    t.is(gapsOf(mask, scan.shape), gaps);
    const [{ scan: rest, hidden, units, places, count }] = heldOutEntries.draw(scan, { seed: 1 });
    const hide = hidden(scan.shape);
    t.is(
      hide.reduce((a, b) => a + b, 0),
      count,
    );
    t.is(units!(scan.shape).length, count);
    t.is(places?.(scan.shape).length, gaps === 'lines' || gaps === 'bands' ? count : undefined);
    t.true(hide.every((one, n) => rest.arrays!.mask.data[n] === (one ? 0 : mask[n]) && (one ? mask[n] === 1 && rest.data[n] === 0 : true)));
    t.is(gaps === 'entries' ? 'entries' : gapsOf(rest.arrays!.mask.data, scan.shape), gaps);
    const again = heldOutEntries.draw(scan, { seed: 1 })[0].hidden(scan.shape);
    t.deepEqual(again, hide);
  }
});

test('four lines and bands are hidden at least, and each is a place of its own', (t) => {
  for (const [options, perPlace] of [
    [{ lines: 4 }, 12 * 24],
    [{ bands: 2 }, 20 * 24],
  ] as const) {
    const scan = simulateSpectral(cube, { ...options, seed: 3 });
    const [{ places, hidden }] = heldOutEntries.draw(scan, { seed: 1 });
    const hide = hidden(scan.shape);
    const at = Array.from(hide.keys()).filter((n) => hide[n]);
    const unitOf = (n: number): number => ('lines' in options ? Math.floor(n / 24) % 20 : Math.floor(n / 480));
    const told = places!(scan.shape);
    t.deepEqual([...new Set(told)], [0, 1, 2, 3]);
    for (const place of [0, 1, 2, 3]) {
      const own = at.filter((_, n) => told[n] === place);
      t.is(own.length, perPlace);
      t.is(new Set(own.map(unitOf)).size, 1);
    }
  }
});

test('lines are hidden in runs as wide as the missing ones, between measured lines', (t) => {
  const lines = 40;
  const all = Array.from({ length: lines }, (_, line) => line);
  const runs = (gone: readonly number[]): number[] => {
    const sorted = [...gone].sort((a, b) => a - b);
    const widths: number[] = [];
    sorted.forEach((line, n) => (n > 0 && sorted[n - 1] === line - 1 ? widths[widths.length - 1]++ : widths.push(1)));
    return widths.sort((a, b) => b - a);
  };
  for (const [missing, count, wanted] of [
    [[3, 12, 20, 30, 37], 4, [1, 1, 1, 1]],
    [[3, 12, 13, 30], 4, [2, 1, 1]],
    // the last run may be wider than what is left
    [[10, 11, 12], 4, [3, 3]],
    // half of a cube cannot be hidden in one run
    [all.slice(10, 20), 4, [4]],
  ] as const) {
    const present = all.filter((line) => !(missing as readonly number[]).includes(line));
    for (const seed of [0, 1, 2, 3, 4]) {
      const hidden = hiddenLines(present, lines, count, seed);
      t.deepEqual(runs(hidden), [...wanted]);
      // the gaps that are there are no wider, and none is at an end
      t.deepEqual(
        runs([...missing, ...hidden]),
        [...runs(missing), ...wanted].sort((a, b) => b - a),
      );
      t.true(hidden.every((line) => line > 0 && line < lines - 1));
      t.deepEqual(hiddenLines(present, lines, count, seed), hidden);
    }
    t.notDeepEqual(hiddenLines(present, lines, count, 0), hiddenLines(present, lines, count, 1));
  }
  // too few lines for that: single ones, wherever they lie, and never a missing one
  const few = hiddenLines([0, 2, 3, 5], 6, 3, 1);
  t.is(new Set(few).size, 3);
  t.true(few.every((line) => [0, 2, 3, 5].includes(line)));
});
