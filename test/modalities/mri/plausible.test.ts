import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { plausibleKspace } from '../../../src/modalities/mri/plausible.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { mrScan } from '../../support/mr-scans.js';

const { scan } = await mrScan({ coils: 6, snr: 20, seed: 2 });
const [slices, coils, ny, nx] = scan.shape;
const toldOf = (other: Measurement): string => plausibleKspace(other).join('\n');
/** Samples changed by place: slice, coil, ky, kx. */
const changed = (at: (s: number, c: number, y: number, x: number, re: number, im: number) => readonly [number, number]): Measurement => {
  const data = new Float32Array(scan.data.length);
  for (let n = 0; n < data.length / 2; n++) {
    const [s, c, y, x] = [Math.floor(n / (coils * ny * nx)), Math.floor(n / (ny * nx)) % coils, Math.floor(n / nx) % ny, n % nx];
    data.set(at(s, c, y, x, scan.data[2 * n], scan.data[2 * n + 1]), 2 * n);
  }
  return { ...scan, data };
};

test('a plausible scan is silent', (t) => {
  t.true(slices >= 3 && coils === 6);
  t.is(toldOf(scan), '');
});

test('noise that is less than numbers hold is told', (t) => {
  const reach = Math.min(ny, nx) / 4;
  const noise = normals(scan.data.length, philoxKey(5), 0, 0, 0);
  let n = 0;
  // zeros that became 1e-9 of the signal beyond the middle
  const signal = Math.sqrt(scan.data.reduce((sum, value) => sum + value * value, 0) / scan.data.length);
  const padded = changed((_s, _c, y, x, re, im) => {
    const inside = Math.abs(y - ny / 2) < reach && Math.abs(x - nx / 2) < reach;
    return inside ? [re, im] : [1e-9 * signal * noise[n++], 1e-9 * signal * noise[n++]];
  });
  t.regex(toldOf(padded), /noise at the edge of k-space is \S+e-\d+ of the signal.*--noise-std/);
});

test('a coil with more than ten times the noise of the others is told', (t) => {
  const noise = normals(scan.data.length, philoxKey(7), 0, 0, 0);
  const edge = Math.sqrt(scan.data.slice(0, 2 * nx).reduce((sum, value) => sum + value * value, 0) / (2 * nx));
  let n = 0;
  const broken = changed((_s, c, _y, _x, re, im) => (c === 2 ? [re + 40 * edge * noise[n++], im + 40 * edge * noise[n++]] : [re, im]));
  t.regex(toldOf(broken), /coil 2 of 0 … 5: noise more than 10 times/);
});

test('slices that lie a quarter of the field of view apart are told, with --mode 2d', (t) => {
  const ramp = changed((s, _c, y, _x, re, im) => {
    const phase = s % 2 === 1 ? (-2 * Math.PI * (y - ny / 2)) / 4 : 0;
    const [cos, sin] = [Math.cos(phase), Math.sin(phase)];
    return [re * cos - im * sin, re * sin + im * cos];
  });
  t.regex(toldOf(ramp), /shifted against each other along the rows \(ky\).*--mode 2d/);
});

for (const [axes, words] of [
  ['ky,kx', /corners of k-space.*--fftshift ky,kx/],
  ['ky', /ends of ky.*--fftshift ky\)/],
  ['kx', /ends of kx.*--fftshift kx\)/],
] as const) {
  test(`DC first along ${axes} is told, with the option`, (t) => {
    const [dy, dx] = [axes.includes('ky') ? ny / 2 : 0, axes.includes('kx') ? nx / 2 : 0];
    const rolled = changed((s, c, y, x) => {
      const at = 2 * (((s * coils + c) * ny + ((y + dy) % ny)) * nx + ((x + dx) % nx));
      return [scan.data[at], scan.data[at + 1]];
    });
    t.regex(toldOf(rolled), words);
  });
}
