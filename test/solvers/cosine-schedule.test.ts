import test from 'ava';
import { cosineAlphaBar, cosineSchedule, respaced } from '../../src/solvers/cosine-schedule.js';

test('ᾱ of the cosine schedule telescopes to f((t + 1)/T)/f(0) up to the bounded last step', (t) => {
  const f = (u: number): number => Math.cos((((u / 1000 + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  const alphaBar = cosineAlphaBar();
  for (const time of [0, 1, 10, 249, 499, 750, 998]) {
    t.true(Math.abs(alphaBar[time] / (f(time + 1) / f(0)) - 1) < 1e-9, `${time}`);
  }
  t.true(Math.abs(alphaBar[999] / alphaBar[998] - 0.001) < 1e-12);
});

test('its first β are those that improved-diffusion has, 4.1284e-05 and 4.6142e-05', (t) => {
  const alphaBar = cosineAlphaBar();
  const betas = [1 - alphaBar[0], 1 - alphaBar[1] / alphaBar[0]];
  t.deepEqual(
    betas.map((b) => b.toExponential(4)),
    ['4.1284e-5', '4.6142e-5'],
  );
});

test('1000 steps respaced to 250 begin and end with the first and the last, 4 apart and now and then 5', (t) => {
  const kept = respaced(1000, 250);
  t.deepEqual(kept.slice(0, 5), [0, 4, 8, 12, 16]);
  t.is(kept[249], 999);
  const gaps = kept.slice(1).map((time, i) => time - kept[i]);
  t.deepEqual([gaps.filter((g) => g === 4).length, gaps.filter((g) => g === 5).length], [246, 3]);
  t.deepEqual(respaced(1000, 1), [999]);
});

test('its noise levels fall from pure noise to σ of the first step, then 0', (t) => {
  const sigma = cosineSchedule(250);
  t.is(sigma.length, 251);
  t.true(sigma.every((s, i) => i === 0 || s < sigma[i - 1]));
  t.is(sigma[250], 0);
  const alphaBar = cosineAlphaBar();
  t.true(Math.abs(sigma[249] - Math.sqrt(1 / alphaBar[0] - 1)) < 1e-12);
  t.throws(() => cosineSchedule(1001), { message: /1000 levels/ });
});
