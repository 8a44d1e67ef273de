import test from 'ava';
import { searchInRounds, searchValue } from '../../../src/engine/judge/search.js';

/** dB that fall by the square of octaves from `best`. */
const peak =
  (best: number, calls: number[] = []) =>
  (value: number): Promise<number> => {
    calls.push(value);
    return Promise.resolve(-(Math.log2(value / best) ** 2));
  };

test('the top of a parabola over the logarithm is found, up to 60 times from the start, in few trials', async (t) => {
  for (const best of [0.0173, 0.09, 0.51, 0.97, 1, 1.4, 3.3, 11, 58]) {
    const calls: number[] = [];
    const at = peak(best, calls);
    const { value } = await searchValue({ value: 1, score: await at(1) }, at);
    t.true(Math.abs(value / best - 1) < 1e-9 || value === 1, `${value} for ${best}`);
    t.true(calls.length <= 11, `${calls.length} trials for ${best}`);
    t.is(new Set(calls).size, calls.length);
  }
});

test('in rounds: within a third of an octave of the top, unless the start does nearly as well', async (t) => {
  const same = (value: number): number => value;
  for (const best of [0.02, 0.11, 0.3, 0.71, 2.2, 9, 50]) {
    const at = peak(best);
    const { value } = await searchInRounds({ value: 1, score: await at(1) }, at, same, 0.05);
    t.true(Math.abs(Math.log2(value / best)) <= 0.36, `${value} for ${best}`);
  }
  const flat = (value: number): Promise<number> => Promise.resolve(-0.01 * Math.log2(value / 4) ** 2);
  t.is((await searchInRounds({ value: 1, score: await flat(1) }, flat, same, 0.05)).value, 1);
});

test('values that cannot be told are passed over, whole numbers stay whole, and the start stays where nothing is better', async (t) => {
  const at = peak(6);
  const refusing = (value: number) => (value > 3 ? Promise.resolve(undefined) : at(value));
  const { value } = await searchValue({ value: 1, score: await at(1) }, refusing);
  t.true(value > 1 && value <= 3, `${value}`);
  const whole = await searchValue({ value: 20, score: await at(20) }, at, (v) => Math.max(1, Math.round(v)));
  t.true(Number.isInteger(whole.value) && Math.abs(whole.value - 6) <= 1, `${whole.value}`);
  t.deepEqual(await searchValue({ value: 2, score: 5 }, () => Promise.resolve(undefined)), { value: 2, score: 5 });
  t.deepEqual(await searchValue({ value: 2, score: 5 }, () => Promise.resolve(5)), { value: 2, score: 5 });
});
