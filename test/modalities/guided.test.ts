import test from 'ava';
import * as z from 'zod';
import {
  createBackend,
  defineKind,
  defineModality,
  inUnitNorm,
  reconstruct,
  registerModality,
  space,
  writtenData,
  type GuideMethod,
  type Measurement,
} from '../../src/index.js';
import { functionPrior } from '../../models/index.js';
import { volumeData } from '../../volumes/volume.js';
import { network } from '../support/networks.js';

/*
 * A modality of public names alone whose guide is its own: gaps in the rows of images, filled in three ways. A plain function and a
 * network are shown it.
 */

const gappy = defineKind({
  name: 'mask.gappy',
  title: 'Images with gaps',
  axes: ['slice', 'row', 'column'],
  dtype: 'float32',
  geometry: z.object({}),
  arrays: { mask: { axes: ['slice', 'row', 'column'], dtype: 'float32', what: '1 where a value is known' } },
});

/** m y, m, and y with gaps filled by the nearest known value of the row times `scale`. */
const filled: GuideMethod = {
  schema: z.strictObject({ scale: z.number().default(1).describe('factor of what is filled in') }),
  planes: () => 3,
  async make({ scan, problem: { operator, scale: unit }, guideOptions: { scale }, progress }) {
    const { domain, backend } = operator;
    const [, , columns] = scan.shape;
    const known = scan.arrays!.mask.data;
    const inRange = scan.data.map((v) => v / unit);
    const nearest = inRange.map((v, i) => {
      if (known[i] === 1) return v;
      const row = i - (i % columns);
      for (let by = 1; by < columns; by++) {
        for (const at of [i - by, i + by]) if (at >= row && at < row + columns && known[at] === 1) return (scale as number) * inRange[at];
      }
      return 0;
    });
    const planes = [inRange, known, nearest].map((data) => ({ data, field: backend.field(domain) }));
    for (const [i, { data, field }] of planes.entries()) {
      await backend.write(field, data);
      progress?.('fills', i + 1, 3);
    }
    return planes.map(({ field }) => field);
  },
};

registerModality(
  defineModality({
    name: 'gappy',
    title: 'gappy image',
    images: ['amplitudes'],
    options: z.strictObject({}),
    kinds: [
      {
        kind: gappy,
        method: 'cgls',
        guides: { shown: filled },
        units: () => 'arbitrary',
        operator: async (scan, _, backend) => {
          const { shape, arrays } = scan as Measurement;
          const domain = space(['slice', 'y', 'x'], shape);
          const mask = backend.field(domain);
          await backend.write(mask, arrays!.mask.data);
          const apply = (x: typeof mask, y: typeof mask): void => backend.multiply(x, mask, y);
          return {
            ...{ name: 'mask.gappy', domain, range: domain, backend, coupling: 'slice' as const },
            ...{ apply, adjoint: apply, normal: apply, norm: async () => 1 },
            bytes: () => ({ items: [] }),
            dispose: () => mask.dispose(),
          };
        },
        async normalise(scan, grid, backend) {
          const operator = await this.operator!(scan, grid, backend, {});
          const y = await writtenData(scan, operator);
          return inUnitNorm(operator, y, { norm: 1, scale: 4, source: 'four', units: 'arbitrary' });
        },
      },
    ],
  }),
);

/** A wave with every third column missing, and what it is without gaps. */
function scanned(shape: readonly [number, number, number]): { scan: Measurement; truth: Float32Array } {
  const [slices, rows, columns] = shape;
  const truth = Float32Array.from({ length: slices * rows * columns }, (_, i) => 4 * Math.sin(0.4 * (i % columns) + 0.1 * i));
  const mask = truth.map((_, i) => ((i % columns) % 3 === 1 ? 0 : 1));
  const axes = ['slice', 'row', 'column'].map((name) => ({ name, unit: '', step: 1 }));
  const scan: Measurement = {
    ...{ kind: 'mask.gappy', data: truth.map((v, i) => v * mask[i]), shape, dtype: 'float32' as const, geometry: {} },
    ...{ noise: { type: 'none' }, grid: { shape: [...shape], axes, units: 'arbitrary', modality: 'other' }, meta: {} },
    arrays: { mask: { data: mask, shape: [...shape], dtype: 'float32' } },
  };
  return { scan, truth };
}

test('a function is shown the planes of a modality of one’s own, in order, with its options', async (t) => {
  const { scan } = scanned([3, 4, 7]);
  const shown: Float32Array[][] = [];
  const prior = functionPrior({
    ...{
      name: 'mine',
      range: { unit: 'arbitrary', low: 0, high: 1 },
      sigma: [0.01, 2] as const,
      scope: 'volume' as const,
    },
    guide: { kind: 'shown', options: { scale: 0.5 }, planes: 3, start: { plane: 2, noise: false } },
    denoise(images, _, __, { guide }) {
      shown.push(guide.map((plane) => plane.slice()));
      return images;
    },
  });
  const backend = createBackend({ workers: 1 });
  const { volume, manifest } = await reconstruct(scan, {
    method: 'dds',
    prior,
    methodOptions: { steps: 1, mode: '2d' },
    backend,
  }).result();
  await backend.dispose();
  const data = scan.data.map((v) => v / 4);
  t.deepEqual([...shown[0][0]], [...data]);
  t.deepEqual([...shown[0][1]], [...scan.arrays!.mask.data]);
  t.is(shown[0][2][1], 0.5 * data[0]);
  t.like(manifest.prior, { guide: { kind: 'shown', options: { scale: 0.5 } } });
  // the start is plane 2, the denoiser leaves it, and the data are known where they are known
  const image = volumeData(volume);
  t.true(image.every((v, i) => Math.abs(v - 4 * (scan.arrays!.mask.data[i] ? data[i] : shown[0][2][i])) < 1e-5));
});

test('a guided network gets them too: the same bits for every worker and batch, others for other options of the guide', async (t) => {
  const { scan } = scanned([19, 6, 7]);
  const run = async (workers: number, batch: number, scale = 1): Promise<Float32Array> => {
    const { card, weights } = network('guided');
    const range = { unit: 'arbitrary', low: 0, high: 1 };
    const prior = { card: { ...card, range, guide: { ...card.guide!, options: { scale } } }, weights };
    const backend = createBackend({ workers });
    const { volume, manifest } = await reconstruct(scan, {
      ...{ method: 'dds', prior, backend, batch, seed: 2 },
      methodOptions: { steps: 3, order: 2, sigmaMin: 1 },
    }).result();
    await backend.dispose();
    t.is(manifest.method.options.start, 'guide');
    return volumeData(volume) as Float32Array;
  };
  const one = await run(1, 1);
  t.deepEqual(await run(2, 3), one);
  t.deepEqual(await run(3, 16), one);
  t.notDeepEqual(await run(1, 1, 0.5), one);
});

test('a prior whose planes are others than this modality makes is refused before any work', async (t) => {
  const { card, weights } = network('guided');
  const { scan } = scanned([2, 4, 7]);
  const backend = createBackend({ workers: 1 });
  const ready = (guide: object) =>
    reconstruct(scan, { method: 'dds', prior: { card: { ...card, guide: { ...card.guide!, ...guide } }, weights }, backend }).ready;
  const message = /guide that gappy image data \(mask\.gappy\) have: cgls, cs-wavelet, shown; got 'slopes'/;
  await t.throwsAsync(ready({ kind: 'slopes' }), { code: 'MODEL', message });
  await t.throwsAsync(ready({ planes: 2 }), { code: 'MODEL', message: /3 planes.*got 2/ });
  await backend.dispose();
});
