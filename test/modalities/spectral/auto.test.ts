import test from 'ava';
import * as z from 'zod';
import { defineKind, defineModality, reconstruct, registerModality, type DirectMethod } from '../../../src/index.js';
import { normals, philoxKey } from '../../../core/philox.js';
import { entriesOfScan } from '../../../operators/sampling/entries-mask.js';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import { spectral } from '../../../src/modalities/spectral/spectral.js';
import { spectralEntries } from '../../../src/modalities/spectral/entries.js';
import { entries } from '../../../volumes/kinds/spectral/kind.js';
import { smallCube } from '../../support/cube.js';

const [bands, lines, samples] = [20, 30, 30];
const small = smallCube([bands, lines, samples]);
const pixels = lines * samples;
/** One band is a thousand times brighter than the others. */
const cube = { ...small, data: small.data.map((value, n) => (n < pixels ? 1000 * value : value)) };
const scan = { ...simulateSpectral(cube, { noiseStd: 0.1, seed: 2 }), kind: 'planted.entries' };
const noise = scan.arrays!.noise.data;

/** The truth and errors of so many σ, in the bright band and in the others. */
function planted(seed: number, bright: number, others: number): DirectMethod {
  const of = normals(cube.data.length, philoxKey(seed), 0, 0, 0);
  return {
    schema: z.strictObject({}),
    run: async () => ({
      data: cube.data.map((value, n) => value + (n < pixels ? bright : others) * noise[Math.floor(n / pixels)] * of[n]),
      units: 'arbitrary',
      map: { scale: 1, offset: 0 },
    }),
  };
}

const direct = { a: planted(1, 0.1, 0.5), b: planted(2, 1, 0.5), c: planted(3, 3, 3) };
registerModality(
  defineModality({
    name: 'planted',
    title: 'planted',
    images: ['planted'],
    options: spectral.options,
    kinds: [
      {
        ...spectralEntries,
        kind: defineKind({ ...entries, name: 'planted.entries' }),
        operator: entriesOfScan,
        direct,
        candidates: () => Object.keys(direct).map((method) => ({ method })),
      },
    ],
  }),
);

test('auto adds methods up by weights in which all bands count alike', async (t) => {
  const { volume, manifest } = await reconstruct(scan, { method: 'auto' }).result();
  const chosen = Object.fromEntries(manifest.heldOut!.chosen!.map(({ method, weight }) => [method, weight]));
  t.log(chosen);
  // by the values as they are the bright band alone would speak, and there a is ten times as near as b
  t.true(chosen.b! > 0.25 && chosen.b! < 0.6);
  t.true(Math.abs(chosen.a! + chosen.b! - 1) < 0.05);
  t.is(chosen.c, undefined);
  const squares = (image: ArrayLike<number>): number =>
    cube.data.reduce((sum, value, n) => sum + (n < pixels ? 0 : ((image[n] - value) / noise[Math.floor(n / pixels)]) ** 2), 0);
  const { volume: alone } = await reconstruct(scan, { method: 'a' }).result();
  t.true(squares(volume.data) < 0.7 * squares(alone.data));
});

test('where whole lines are missing one method is chosen: too few lines are hidden for weights', async (t) => {
  const gaps = { ...simulateSpectral(cube, { lines: 4, noiseStd: 0.1, seed: 2 }), kind: 'planted.entries' };
  const { manifest } = await reconstruct(gaps, { method: 'auto' }).result();
  t.is(manifest.heldOut!.chosen!.length, 1);
});
