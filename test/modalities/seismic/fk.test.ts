import { decode } from 'fast-png';
import test from 'ava';
import { makeVolume } from '../../../volumes/volume.js';
import { fkFigures, fkPower } from '../../../src/modalities/seismic/fk.js';

const [LINES, TRACES, SAMPLES] = [2, 60, 90];

const wave = (f: number, k: number): Float32Array =>
  Float32Array.from({ length: LINES * TRACES * SAMPLES }, (_, n) => {
    const [j, t] = [Math.floor(n / SAMPLES) % TRACES, n % SAMPLES];
    return Math.cos(2 * Math.PI * ((f * t) / SAMPLES + (k * j) / TRACES));
  });

const peakOf = ({ power, nk }: ReturnType<typeof fkPower>): [f: number, k: number] => {
  const at = power.indexOf(Math.max(...power));
  return [Math.floor(at / nk), (at % nk) - Math.floor(nk / 2)];
};

test('the spectrum of a plane wave has its peak at its frequency and wavenumber, with their signs', (t) => {
  for (const [f, k] of [
    [20, 9],
    [20, -9],
    [3, 0],
    [40, -29],
  ]) {
    t.deepEqual(peakOf(fkPower({ data: wave(f, k), shape: [LINES, TRACES, SAMPLES] })), [f, k]);
  }
});

test('every second trace zeroed copies the spectrum by half a cycle a trace, a quarter of the power each', (t) => {
  const data = wave(20, 9).map((v, n) => (Math.floor(n / SAMPLES) % 2 === 0 ? v : 0));
  const { power, nk } = fkPower({ data, shape: [LINES, TRACES, SAMPLES] });
  const whole = fkPower({ data: wave(20, 9), shape: [LINES, TRACES, SAMPLES] }).power;
  const at = (k: number): number => 20 * nk + k + nk / 2;
  for (const k of [9, 9 - 30]) t.true(Math.abs(power[at(k)] / whole[at(9)] - 0.25) < 0.01, `${k}: ${power[at(k)] / whole[at(9)]}`);
});

test('figures tell the axes and what 0 dB is; of nothing there is none', (t) => {
  const axes = [
    { name: 'inline', unit: '', first: 1, step: 1 },
    { name: 'crossline', unit: '', first: 1, step: 1 },
    { name: 'time', unit: 'ms', first: 0, step: 4 },
  ];
  const volume = makeVolume(wave(20, 9), [LINES, TRACES, SAMPLES], { axes, modality: 'seismic' });
  const [one, two] = fkFigures([
    { name: 'the result', volume },
    { name: 'result − reference', volume, difference: true },
  ]);
  t.regex(one.caption, /f downwards from 0 to 125 Hz, k from −½ to ½ cycles a trace; white 0 dB of the result, black −60 dB/);
  t.true(one.width >= 280 && one.height >= 280);
  if (!('chart' in one)) return t.fail();
  // the brightest pixel of the image lies in the chart where its axes say 9/60 cycles a trace and 20/90 of 250 Hz
  const { chart } = one;
  const source = /href="data:image\/png;base64,([^"]*)"/.exec(chart)![1];
  const { data, width, height } = decode(Uint8Array.from(atob(source), (c) => c.charCodeAt(0)));
  const [left, top, across, down] = /<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/.exec(chart)!.slice(1).map(Number);
  const peak = data.indexOf(255);
  const at = (label: string, axis: 'x' | 'y'): number =>
    Number(new RegExp(`${axis}="([\\d.]+)"[^>]*text-anchor="${axis === 'x' ? 'middle' : 'end'}"[^>]*>${label}</text>`).exec(chart)?.[1]);
  const value = (pixel: number, axis: 'x' | 'y', [a, b]: [number, number]): number =>
    a + ((pixel - at(`${a}`, axis)) / (at(`${b}`, axis) - at(`${a}`, axis))) * (b - a);
  const bin = across / width;
  // wraps in k: a real wave has its peak at (f, k) alone, for f > 0
  t.true(Math.abs(value(left + bin * ((peak % width) + 0.5), 'x', [0, 0.4]) - 9 / 60) < 0.002);
  const frequency = value(top + (down / height) * (Math.floor(peak / width) + 0.5), 'y', [0, 100]);
  t.true(Math.abs(frequency - (250 * 20) / 90) < 0.2, `${frequency}`);
  t.regex(two.caption, /^result − reference/);
  t.deepEqual(fkFigures([{ name: 'nothing', volume: makeVolume(new Float32Array(volume.data.length), volume.shape, volume) }]), []);
});
