import { makeVolume, type Volume } from '../../../../volumes/volume.js';
import type { Sample } from '../../sample.js';
import { simulateSpectral } from './simulate.js';

const [BANDS, LINES, SAMPLES] = [32, 64, 64];

/** Reflectances of four materials at a wavelength in nm: smooth curves with the edges and dips that real ones have. */
const MATERIALS: readonly ((nm: number) => number)[] = [
  (nm) => 0.05 + 0.06 * bump(nm, 550, 35) + 0.45 / (1 + Math.exp(-(nm - 715) / 14)) - 0.08 * bump(nm, 970, 30), // leaves
  (nm) => 0.08 + 0.00032 * (nm - 400), // soil
  (nm) => 0.1 * Math.exp(-(nm - 400) / 160), // water
  (nm) => 0.34 + 0.05 * Math.sin(nm / 90) - 0.12 * bump(nm, 870, 40), // a roof
];

const bump = (nm: number, centre: number, width: number): number => Math.exp(-(((nm - centre) / width) ** 2));

/** How much of each material a pixel has: fields with edges, a river, roofs. */
function shares(y: number, x: number): number[] {
  const river = Math.abs(y - 30 - 9 * Math.sin(x / 11)) < 3.5 ? 1 : 0;
  const roof = river === 0 && x % 16 > 9 && y % 20 > 13 && y > 40 ? 1 : 0;
  const leaves = (1 - river - roof) * (0.5 + 0.5 * Math.tanh(Math.sin(x / 9 + y / 14) * 4));
  return [leaves, 1 - river - roof - leaves, river, roof];
}

function cube(): Volume {
  const wavelengths = Array.from({ length: BANDS }, (_, b) => 420 + (b * 580) / (BANDS - 1));
  const spectra = MATERIALS.map((of) => wavelengths.map(of));
  const data = new Float32Array(BANDS * LINES * SAMPLES);
  for (let b = 0, at = 0; b < BANDS; b++) {
    for (let y = 0; y < LINES; y++) {
      for (let x = 0; x < SAMPLES; x++, at++) {
        data[at] = shares(y, x).reduce((sum, share, m) => sum + share * spectra[m][b], 0) * (0.92 + 0.08 * Math.sin((x + 2 * y) / 5));
      }
    }
  }
  const axes = [
    { name: 'band', unit: 'nm', coordinates: wavelengths },
    { name: 'line', unit: '', step: 1 },
    { name: 'sample', unit: '', step: 1 },
  ];
  const rest = { axes, modality: 'hyperspectral', units: 'reflectance', meta: { source: 'a scene of four materials' } } as const;
  return makeVolume(data, [BANDS, LINES, SAMPLES], rest);
}

/** A scene of four materials, noisy, with missing lines. */
export const spectralSample: Sample = {
  words: 'a scene of four materials, noisy, 40% of the entries missing',
  make: () => Promise.resolve(simulateSpectral(cube(), { noiseStd: 0.08, missing: 0.4, seed: 1 })),
};
