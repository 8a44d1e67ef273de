import assert from 'node:assert/strict';
import type { Backend, Field } from '../../compute/backend.js';
import { componentsOf, sizeOf, sliceSize, space, type Space } from '../../core/space.js';
import { withoutUndefined } from '../../core/options.js';
import { isSlicewiseError } from '../../core/errors.js';
import type { Prior } from '../../models/prior.js';
import { createBackend } from '../../src/node.js';
import { testArray } from './backends.js';
import { relativeError } from './dense.js';

/**
 * What every prior must do, as functions that throw: analytic ones, those of functions and blocks and every model of the zoo are driven
 * through them, and so are priors that are wrong on purpose.
 */
export interface PriorUnderTest {
  readonly make: (backend: Backend, images: Space) => Prior | Promise<Prior>;
  readonly dtype: Space['dtype'];
  /** Rows and columns of the images that it is tried on. */
  readonly size: readonly [number, number];
  /** It is made for the CPU's workers alone. */
  readonly cpuOnly?: boolean;
}
export type PriorCheck = (under: PriorUnderTest) => Promise<void>;

/** Slices that lie in three slabs. */
const TALL = 34;
const FEW = 3;

const imagesOf = ({ dtype, size }: PriorUnderTest, slices: number): Space => space(['slice', 'y', 'x'], [slices, ...size], dtype);

/** A noise level inside the range, 0.2 where that is. */
const levelOf = ({ sigmaMin, sigmaMax }: Prior): number => Math.min(Math.max(0.2, sigmaMin), sigmaMax);

/** A smooth image with noise; slices differ. */
function noisy(images: Space, sigma: number): Float32Array {
  const slice = sliceSize(images) * componentsOf(images);
  const noise = testArray(slice * images.shape[0], 3);
  return noise.map((n, i) => 0.4 + 0.2 * Math.sin((i % slice) / 9) + 0.02 * Math.floor(i / slice) + sigma * n);
}

/** Runs `use` with a prior and fields, and frees all. */
async function withPrior<T>(
  under: PriorUnderTest,
  backend: Backend,
  slices: number,
  use: (prior: Prior, denoised: (x: Float32Array, options?: { sigma?: number; inPlace?: boolean }) => Promise<Float32Array>) => Promise<T>,
): Promise<T> {
  const images = imagesOf(under, slices);
  const prior = await under.make(backend, images);
  const fields: Field[] = [backend.field(images), backend.field(images)];
  const [x, out] = fields;
  try {
    const guide: Field[] = [];
    for (let p = 0; p < (prior.guide?.planes ?? 0); p++) {
      guide.push(backend.field(images));
      fields.push(guide[p]);
      // of each slice alike: one alone is compared with one among others
      const slice = sliceSize(images) * componentsOf(images);
      await backend.write(
        guide[p],
        Float32Array.from({ length: sizeOf(images) * componentsOf(images) }, (_, i) => 0.3 * Math.sin(((i % slice) + p) / 5)),
      );
    }
    const shown = guide.length > 0 ? { guide } : {};
    return await use(prior, async (values, { sigma = levelOf(prior), inPlace = false } = {}) => {
      await backend.write(x, values);
      await backend.write(
        out,
        values.map((v) => 7 - v),
      ); // what is not overwritten is seen
      const to = inPlace ? x : out;
      prior.denoise(x, sigma, to, shown);
      const result = await backend.read(to);
      if (!inPlace) assert.deepEqual(await backend.read(x), values, 'x has changed');
      return result;
    });
  } finally {
    for (const field of fields) field.dispose();
    await prior.dispose();
  }
}

/** The same with one worker. */
async function here<T>(under: PriorUnderTest, slices: number, use: Parameters<typeof withPrior<T>>[3]): Promise<T> {
  const backend = createBackend({ workers: 1 });
  try {
    return await withPrior(under, backend, slices, use);
  } finally {
    await backend.dispose();
  }
}

export const priorChecks: { readonly [property: string]: PriorCheck } = {
  'D gives numbers, the same bits in place as into another field, and leaves x alone': (under) =>
    here(under, FEW, async (prior, denoised) => {
      const x = noisy(imagesOf(under, FEW), levelOf(prior));
      const apart = await denoised(x);
      assert.ok(apart.every(Number.isFinite));
      assert.deepEqual(await denoised(x, { inPlace: true }), apart);
      assert.deepEqual(await denoised(x), apart, 'another answer the second time');
    }),

  'noise levels outside of the range that it tells are refused, its ends are not': (under) =>
    here(under, FEW, async (prior, denoised) => {
      const x = noisy(imagesOf(under, FEW), levelOf(prior));
      const { sigmaMin, sigmaMax } = prior;
      for (const sigma of [sigmaMin, Math.min(sigmaMax, 1e3)]) {
        // a network of whole time steps may refuse one between, never an end
        assert.ok((await denoised(x, { sigma })).every(Number.isFinite), `σ = ${sigma}`);
      }
      for (const sigma of [...(sigmaMin > 0 ? [0.9 * sigmaMin] : []), ...(Number.isFinite(sigmaMax) ? [1.1 * sigmaMax] : [])]) {
        await assert.rejects(
          async () => denoised(x, { sigma }),
          (error) => isSlicewiseError(error) && error.code === 'SIGMA_RANGE',
          `σ = ${sigma}`,
        );
      }
    }),

  'a guided prior without its guide is refused': (under) =>
    here(under, FEW, async (prior) => {
      if (!prior.guide) return;
      const backend = createBackend({ workers: 1 });
      const x = backend.field(imagesOf(under, FEW));
      try {
        assert.throws(
          () => prior.denoise(x, levelOf(prior), x),
          (error) => isSlicewiseError(error) && error.code === 'MODEL',
        );
      } finally {
        await backend.dispose();
      }
    }),

  'one, two and three worker threads give the same bits': async (under) => {
    const results: Float32Array[] = [];
    for (const workers of [1, 2, 3]) {
      const backend = createBackend({ workers });
      try {
        results.push(await withPrior(under, backend, TALL, (prior, denoised) => denoised(noisy(imagesOf(under, TALL), levelOf(prior)))));
      } finally {
        await backend.dispose();
      }
    }
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[2], results[0]);
  },

  'scope is what it says: a slice is denoised alone as among others': (under) =>
    here(under, FEW, async (prior, denoised) => {
      if (prior.scope === 'volume') return;
      const images = imagesOf(under, FEW);
      const x = noisy(images, levelOf(prior));
      const slice = sliceSize(images) * componentsOf(images);
      const among = await denoised(x);
      const other = await denoised(x.map((v, i) => (i < slice ? 1 - v : v)));
      assert.deepEqual(other.subarray(slice), among.subarray(slice));
    }),

  'what it allocates is given back when it ends': async (under) => {
    const backend = createBackend({ workers: 1 });
    try {
      const once = (): Promise<unknown> =>
        withPrior(under, backend, FEW, (prior, denoised) => denoised(noisy(imagesOf(under, FEW), levelOf(prior))));
      await once();
      const before = backend.memory().current;
      for (let i = 0; i < 2; i++) await once();
      assert.equal(backend.memory().current, before);
    } finally {
      await backend.dispose();
    }
  },

  'its description is plain data and the same every time; its memory plan is finite': async (under) => {
    const told: string[] = [];
    for (let i = 0; i < 2; i++) {
      told.push(
        await here(under, FEW, async (prior) => {
          const description = prior.describe();
          assert.deepEqual(JSON.parse(JSON.stringify(description)), withoutUndefined(description));
          assert.ok(prior.bytes(imagesOf(under, FEW)).items.every(({ what, bytes }) => what && bytes >= 0 && Number.isFinite(bytes)));
          assert.ok(prior.range.high > prior.range.low && prior.sigmaMax > prior.sigmaMin);
          return JSON.stringify([prior.name, description]);
        }),
      );
    }
    assert.equal(told[1], told[0]);
  },
};

/** The GPU gives what the CPU gives. */
export async function backendsAgree(under: PriorUnderTest, gpu: Backend): Promise<void> {
  const work = (prior: Prior, denoised: (x: Float32Array) => Promise<Float32Array>) =>
    denoised(noisy(imagesOf(under, FEW), levelOf(prior)));
  const off = relativeError(await withPrior(under, gpu, FEW, work), await here(under, FEW, work));
  assert.ok(off < 1e-4, `off by ${off}`);
}
