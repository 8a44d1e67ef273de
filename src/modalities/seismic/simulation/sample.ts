import { makeVolume, type Volume } from '../../../../volumes/volume.js';
import type { Sample } from '../../sample.js';
import { seismicSimulation } from './offer.js';

const [LINES, TRACES, SAMPLES, MS] = [12, 64, 160, 4];

/** Ricker's wavelet of 25 Hz at t ms. */
function ricker(t: number): number {
  const u = (Math.PI * 25 * t) / 1000;
  return (1 - 2 * u * u) * Math.exp(-u * u);
}

/** Reflections of a section: a dipping one, a dome, two flat ones with a fault, a diffraction. Times in ms at line l and trace x. */
const EVENTS: readonly { readonly size: number; readonly at: (l: number, x: number) => number }[] = [
  { size: 1, at: (l, x) => 80 + 1.1 * x + 0.8 * l },
  { size: -0.8, at: (l, x) => 230 - 60 * Math.exp(-(((x - 30) / 14) ** 2) - ((l - 6) / 9) ** 2) },
  { size: 0.9, at: (_, x) => (x < 40 ? 330 : 352) },
  { size: 0.6, at: (_, x) => (x < 40 ? 400 : 422) },
  { size: -0.7, at: (l, x) => 500 - 0.9 * x + 0.5 * l },
  { size: 0.5, at: (_, x) => Math.hypot(440, 9 * (x - 46)) },
];

function section(): Volume {
  const data = new Float32Array(LINES * TRACES * SAMPLES);
  for (let l = 0, at = 0; l < LINES; l++) {
    for (let x = 0; x < TRACES; x++) {
      for (let n = 0; n < SAMPLES; n++, at++) {
        for (const { size, at: time } of EVENTS) data[at] += size * ricker(n * MS - time(l, x));
      }
    }
  }
  const axes = [
    { name: 'line', unit: '', first: 1, step: 1 },
    { name: 'trace', unit: '', first: 1, step: 1 },
    { name: 'time', unit: 'ms', first: 0, step: MS },
  ];
  return makeVolume(data, [LINES, TRACES, SAMPLES], { axes, modality: 'seismic', meta: { source: 'synthetic reflections' } });
}

/** Synthetic reflections, half of whose traces are gone. */
export const seismicSample: Sample = {
  words: 'synthetic reflections, half of the traces missing',
  make: (backend) => seismicSimulation.run(section(), { missing: 0.5, pattern: 'random', snr: 20, seed: 1 }, { backend: () => backend }),
};
