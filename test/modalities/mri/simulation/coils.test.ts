import test from 'ava';
import {
  coilArray,
  coilMaps,
  ellipticIntegrals,
  loopField,
  sensitivity,
  type CoilLoop,
  type Vector,
} from '../../../../src/modalities/mri/simulation/coils.js';
import { phaseOf, smoothPhase } from '../../../../src/modalities/mri/simulation/phase.js';
import { testNumbers } from '../../../support/backends.js';

const loop: CoilLoop = { centre: [10, -5, 3], normal: [0.6, 0, 0.8], radius: 60, gain: [1, 0] };

test('the complete elliptic integrals have their tabulated values', (t) => {
  // Abramowitz and Stegun, tables 17.1 and 17.2
  for (const [m, k, e] of [
    [0, Math.PI / 2, Math.PI / 2],
    [0.5, 1.854074677301372, 1.350643881047675],
    [0.9, 2.578092113348173, 1.104774732704073],
  ]) {
    const got = ellipticIntegrals(m);
    t.true(Math.abs(got.k - k) < 1e-12 && Math.abs(got.e - e) < 1e-12, `${m}: ${got.k} ${got.e}`);
  }
});

test('the field on the axis of a loop is μ₀IR²/(2(R² + z²)^{3/2}), along the axis', (t) => {
  for (const z of [-150, -20, 0, 7, 60, 300]) {
    const point = loop.centre.map((c, n) => c + z * loop.normal[n]) as unknown as Vector;
    const field = loopField(loop, point);
    const expected = 60 ** 2 / (2 * (60 ** 2 + z ** 2) ** 1.5);
    field.forEach((b, n) => t.true(Math.abs(b - expected * loop.normal[n]) < 1e-9 * expected, `z ${z}: ${b}`));
  }
});

test('the field anywhere is the line integral of Biot and Savart round the loop', (t) => {
  const random = testNumbers(1);
  const u = [0.8, 0, -0.6]; // with normal × u = v, a right-handed frame in the plane of the loop
  const v = [0, 1, 0];
  for (let trial = 0; trial < 20; trial++) {
    const point = [10 + 150 * random(), -5 + 150 * random(), 3 + 150 * random()] as const;
    const segments = 4000;
    const sum = [0, 0, 0];
    for (let s = 0; s < segments; s++) {
      const angle = (2 * Math.PI * (s + 0.5)) / segments;
      const [c, d] = [Math.cos(angle), Math.sin(angle)];
      const wire = [0, 1, 2].map((n) => loop.centre[n] + 60 * (c * u[n] + d * v[n]));
      const dl = [0, 1, 2].map((n) => ((2 * Math.PI * 60) / segments) * (-d * u[n] + c * v[n]));
      const r = [0, 1, 2].map((n) => point[n] - wire[n]);
      const cube = Math.hypot(...r) ** 3;
      for (let n = 0; n < 3; n++) {
        const [a, b] = [(n + 1) % 3, (n + 2) % 3];
        sum[n] += (dl[a] * r[b] - dl[b] * r[a]) / cube / (4 * Math.PI);
      }
    }
    const field = loopField(loop, point);
    const size = Math.hypot(...sum);
    field.forEach((b, n) => t.true(Math.abs(b - sum[n]) < 1e-6 * size, `${point.join()}: ${field.join()} ${sum.join()}`));
  }
});

const extent = { centre: [3, -4, 20], radius: 100, height: 150 } as const;

test('coils lie on a cylinder around the object, evenly, and face it; the seed turns them', (t) => {
  for (const count of [1, 3, 8, 16, 20]) {
    const loops = coilArray(count, extent, 5);
    t.is(loops.length, count);
    for (const { centre, normal } of loops) {
      const out = [centre[0] - 3, centre[1] + 4];
      t.true(Math.abs(Math.hypot(...out) - 125) < 1e-9);
      t.true(Math.abs(out[0] * normal[0] + out[1] * normal[1] + 125) < 1e-9);
    }
    const heights = new Set(loops.map((l) => l.centre[2].toFixed(6)));
    t.is(heights.size, Math.ceil(count / 8));
    const mean = loops.reduce((sum, l) => sum + l.centre[2], 0) / count;
    t.true(Math.abs(mean - 20) < 10);
  }
  const angles = coilArray(8, extent, 5).map((l) => Math.atan2(l.centre[1] + 4, l.centre[0] - 3));
  angles.slice(1).forEach((a, n) => t.true(Math.abs(Math.cos(a - angles[n]) - Math.SQRT1_2) < 1e-9));
  t.deepEqual(coilArray(8, extent, 5), coilArray(8, extent, 5));
  t.notDeepEqual(coilArray(8, extent, 5), coilArray(8, extent, 6));
});

const plane = { shape: [90, 110], origin: [-97, -104, 35], row: [0.1, 2, 0.3], column: [1.9, -0.1, 0.2] } as const;
const worldOf = (y: number, x: number): Vector =>
  [0, 1, 2].map((w) => plane.origin[w] + y * plane.row[w] + x * plane.column[w]) as unknown as Vector;

test('maps are the sensitivities divided by their root sum of squares, at every pixel', (t) => {
  const loops = coilArray(8, extent, 2);
  const maps = coilMaps(loops, plane);
  const pixels = 90 * 110;
  let worst = 0;
  for (let at = 0; at < pixels; at += 7) {
    const point = worldOf(Math.floor(at / 110), at % 110);
    const direct = loops.map((l) => sensitivity(l, point));
    const size = Math.hypot(...direct.flat());
    let squares = 0;
    direct.forEach(([re, im], coil) => {
      const n = 2 * (coil * pixels + at);
      squares += maps[n] ** 2 + maps[n + 1] ** 2;
      if (Math.hypot(point[0] - 3, point[1] + 4) > 100) return; // outside of the object, near the wires
      worst = Math.max(worst, Math.hypot(maps[n] - re / size, maps[n + 1] - im / size));
    });
    t.true(Math.abs(squares - 1) < 1e-12);
  }
  t.log(worst);
  t.true(worst < 2e-4); // cubic splines through nodes a sixteenth of a loop's radius apart
});

test('coils see different parts, complex, smoothly', (t) => {
  const loops = coilArray(8, extent, 2);
  const maps = coilMaps(loops, plane);
  const pixels = 90 * 110;
  const brightest = loops.map((_, coil) => {
    let [best, where] = [0, 0];
    for (let at = 0; at < pixels; at++) {
      const n = 2 * (coil * pixels + at);
      const [x, y] = worldOf(Math.floor(at / 110), at % 110);
      const size = Math.hypot(maps[n], maps[n + 1]);
      if (Math.hypot(x - 3, y + 4) < 90 && size > best) [best, where] = [size, at];
      if (at % 110 === 109 || Math.hypot(x - 3, y + 4) > 90) continue;
      // over the 2 mm to the next pixel: a map goes from 0 to 1 over a loop, no faster than 1 in half a radius of 54 mm
      t.true(Math.hypot(maps[n + 2] - maps[n], maps[n + 3] - maps[n + 1]) < 2 / 27);
    }
    return where;
  });
  // the brightest point of a coil lies towards it, within half of the angle between neighbours and some
  brightest.forEach((at, coil) => {
    const [x, y] = worldOf(Math.floor(at / 110), at % 110);
    const [cx, cy] = [loops[coil].centre[0] - 3, loops[coil].centre[1] + 4];
    t.true(((x - 3) * cx + (y + 4) * cy) / Math.hypot(x - 3, y + 4) / Math.hypot(cx, cy) > Math.cos(Math.PI / 4));
  });
});

test('the phase is a sum of plane waves, smooth in the slice and along the slices, and not constant', (t) => {
  const size = 220;
  for (const seed of [0, 1, 2]) {
    const waves = smoothPhase(size, seed);
    const phase = phaseOf(waves, plane);
    for (const at of [0, 57, 4321, 90 * 110 - 1]) {
      const p = worldOf(Math.floor(at / 110), at % 110);
      const direct = waves.reduce(
        (sum, { amplitude, wave, offset }) => sum + amplitude * Math.cos(wave[0] * p[0] + wave[1] * p[1] + wave[2] * p[2] + offset),
        0,
      );
      t.true(Math.abs(phase[at] - direct) < 1e-12);
    }
    const steepest = (3 * 2 * Math.PI) / size; // radians per mm
    for (let at = 0; at < 90 * 110 - 110; at++) {
      t.true(Math.abs(phase[at + 110] - phase[at]) <= steepest * Math.hypot(...plane.row) + 1e-12);
    }
    const next = phaseOf(waves, { ...plane, origin: [-97, -104, 37] });
    const along = next.map((value, at) => value - phase[at]);
    t.true(along.every((d) => Math.abs(d) <= 2 * steepest));
    t.true(along.some((d) => Math.abs(d) > 1e-3));
    t.true(Math.max(...phase) - Math.min(...phase) > 0.5);
  }
  t.notDeepEqual(smoothPhase(size, 1), smoothPhase(size, 2));
});
