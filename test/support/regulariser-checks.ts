import assert from 'node:assert/strict';
import type { Backend, Field, MemoryItem } from '../../compute/backend.js';
import { Workspace } from '../../compute/workspace.js';
import { bytesOf, componentsOf, sliceSize, space, type Space } from '../../core/space.js';
import { createBackend } from '../../src/node.js';
import { allocate, fieldItems } from '../../src/solvers/fields.js';
import type { BoundRegulariser, Regulariser } from '../../src/regularisers/regulariser.js';
import { inlineBackend, testNumbers } from './backends.js';
import { relativeError } from './dense.js';
import { randomField } from './gaussian-problem.js';

/**
 * What every regulariser must do, as functions that throw: the registry is driven through them, and so are
 * regularisers that are wrong on purpose.
 */
export type RegulariserCheck = (regulariser: Regulariser, domain: Space) => Promise<void>;

/** A regulariser at work, with fields to work on. */
export interface AtWork {
  readonly backend: Backend;
  readonly domain: Space;
  readonly components: readonly Space[];
  readonly bound: BoundRegulariser;
  image(seed: number): Promise<Field>;
  split(seed: number): Promise<Field[]>;
  blank(): Field[];
}

/** Runs `use` and frees all. */
export async function atWork<T>(regulariser: Regulariser, domain: Space, backend: Backend, use: (work: AtWork) => Promise<T>): Promise<T> {
  const workspace = new Workspace(backend);
  const fields = allocate(regulariser.fields?.(domain) ?? {}, { domain, range: domain }, workspace);
  const bound = regulariser.bind(domain, backend, fields as { readonly [name: string]: Field });
  const components = regulariser.components(domain);
  const made: Field[] = [];
  const remember = (field: Field): Field => (made.push(field), field);
  try {
    return await use({
      ...{ backend, domain, components, bound },
      image: async (seed) => remember(await randomField(backend, domain, seed)),
      split: async (seed) => Promise.all(components.map(async (s, i) => remember(await randomField(backend, s, seed + i)))),
      blank: () => components.map((s) => remember(backend.field(s))),
    });
  } finally {
    bound.dispose?.();
    for (const field of made) field.dispose();
    workspace.dispose();
  }
}

async function inner(backend: Backend, a: readonly Field[], b: readonly Field[]): Promise<number> {
  let sum = 0;
  for (const [i, field] of a.entries()) sum += (await backend.readScalars(backend.dot(field, b[i], 'volume')))[0];
  return sum;
}

const readAll = (backend: Backend, fields: readonly Field[]): Promise<Float32Array[]> =>
  fields.reduce<Promise<Float32Array[]>>(async (before, field) => [...(await before), await backend.read(field)], Promise.resolve([]));

const here = <T>(regulariser: Regulariser, domain: Space, use: (work: AtWork) => Promise<T>): Promise<T> =>
  atWork(regulariser, domain, inlineBackend(), use);

/** prox(v), and φ's weight. */
const THRESHOLD = 0.3;

export const regulariserChecks: { readonly [property: string]: RegulariserCheck } = {
  'addAdjoint is the transpose of apply: ⟨Kx, d⟩ = ⟨x, Kᴴd⟩': (regulariser, domain) =>
    here(regulariser, domain, async ({ backend, bound, image, split, blank }) => {
      const [x, back, d, kx] = [await image(1), await image(9), await split(2), blank()];
      backend.lincomb(back); // 0
      bound.apply(x, kx);
      bound.addAdjoint(0.7, d, back);
      const [left, right] = [await inner(backend, kx, d), (await inner(backend, [x], [back])) / 0.7];
      const size = Math.sqrt((await inner(backend, kx, kx)) * (await inner(backend, d, d)));
      assert.ok(Math.abs(left - right) <= 1e-5 * size, `${left} and ${right}`);
      // with the edges sent ahead it is the same, to the bit
      const again = await image(9);
      backend.lincomb(again);
      const sent = d.length > 0 ? bound.splitNeighbours?.(d) : undefined;
      bound.addAdjoint(0.7, d, again, sent);
      sent?.dispose();
      assert.deepEqual(await backend.read(again), await backend.read(back));
    }),

  'addNormal is apply and then addAdjoint, added to what is there': (regulariser, domain) =>
    here(regulariser, domain, async ({ backend, bound, image, blank }) => {
      const [x, fused, two, kx] = [await image(1), await image(3), await image(3), blank()];
      const sent = bound.imageNeighbours?.(x);
      bound.addNormal(-0.6, x, fused, sent);
      sent?.dispose();
      bound.apply(x, kx);
      bound.addAdjoint(-0.6, kx, two);
      assert.ok(relativeError(await backend.read(fused), await backend.read(two)) < 1e-6);
    }),

  'prox minimises ½‖z − v‖² + tφ(z): no change of z lowers it': (regulariser, domain) =>
    here(regulariser, domain, async ({ backend, bound, split, blank }) => {
      assert.ok(regulariser.penalty, 'no penalty to check prox against');
      const [v, z] = [await split(4), blank()];
      bound.prox(v, THRESHOLD, z);
      const [from, best] = [await readAll(backend, v), await readAll(backend, z)];
      if (from.length === 0) return;
      const objective = (at: readonly Float32Array[]): number =>
        at.reduce((sum, c, k) => sum + c.reduce((s, value, i) => s + (value - from[k][i]) ** 2, 0), 0) / 2 +
        THRESHOLD * regulariser.penalty!(at, domain);
      const least = objective(best);
      assert.ok(Number.isFinite(least));
      const next = testNumbers(5);
      for (let trial = 0; trial < 60; trial++) {
        // white noise, or one value alone, or towards v, 0 and another random vector
        const one = Math.floor(((next() + 1) / 2) * best[0].length);
        const towards = trial % 4;
        for (const size of [1e-3, 1e-2, 0.1]) {
          const moved = best.map((c, k) =>
            c.map((value, i) => {
              if (towards === 0) return value + size * next();
              if (towards === 1) return value + (i === one ? size * Math.sign(next()) : 0);
              return value + size * ((towards === 2 ? from[k][i] : 0) - value);
            }),
          );
          assert.ok(objective(moved) > least - 1e-6 * Math.max(1, least), `${objective(moved)} < ${least}`);
        }
      }
    }),

  'prox in place gives the bits of prox into other fields; a threshold of 0 leaves a point of the set alone': (regulariser, domain) =>
    here(regulariser, domain, async ({ backend, bound, split, blank }) => {
      const [v, z] = [await split(4), blank()];
      bound.prox(v, THRESHOLD, z);
      bound.prox(v, THRESHOLD, v);
      assert.deepEqual(await readAll(backend, v), await readAll(backend, z));
      bound.prox(z, 0, v);
      for (const [i, values] of (await readAll(backend, v)).entries()) {
        assert.ok(relativeError(values, (await readAll(backend, z))[i]) < 1e-5);
      }
    }),

  'coupling is what it says: a slice alone is what it is among others': (regulariser, domain) =>
    here(regulariser, domain, async ({ backend, bound, image, split, blank, components }) => {
      if (components.length === 0) return;
      const [v, z, x, out] = [await split(4), blank(), await image(1), await image(2)];
      const all = async (): Promise<Float32Array[]> => {
        bound.prox(v, THRESHOLD, z);
        backend.lincomb(out);
        bound.addNormal(1, x, out);
        return [...(await readAll(backend, z)), await backend.read(out)];
      };
      const before = await all();
      for (const field of [...v, x]) {
        const values = await backend.read(field);
        const first = sliceSize(field.space) * componentsOf(field.space);
        await backend.write(
          field,
          values.map((value, i) => (i < first ? 2 * value + 1 : value)),
        );
      }
      const after = await all();
      // the first slice has changed; the last of one slice for itself has not
      const same = before.every((values, k) => {
        const slice = values.length / domain.shape[0];
        return values.slice(slice).every((value, i) => value === after[k][slice + i]);
      });
      assert.equal(same, regulariser.coupling === 'slice');
    }),

  'two and three worker threads give the bits of none': async (regulariser, { shape, dtype }) => {
    // three slabs, so that every thread has one
    const tall = space(['slice', 'y', 'x'], [34, shape[1], shape[2]], dtype);
    const none = await everything(regulariser, tall, inlineBackend());
    for (const workers of [2, 3]) {
      const threads = createBackend({ workers });
      try {
        assert.deepEqual(await everything(regulariser, tall, threads), none, `${workers} workers`);
      } finally {
        await threads.dispose();
      }
    }
  },

  'what it allocates is planned, and given back': async (regulariser, domain) => {
    const target = inlineBackend();
    let bytes = 0;
    const backend = new Proxy(target, {
      get(of, key) {
        if (key === 'field') return (s: Space) => ((bytes += bytesOf(s)), of.field(s));
        const value = Reflect.get(of, key, of) as unknown;
        return typeof value === 'function' ? value.bind(of) : value;
      },
    });
    await atWork(regulariser, domain, backend, async () => undefined);
    const items = [...fieldItems(regulariser.fields?.(domain) ?? {}, { domain, range: domain }), ...(regulariser.memory?.(domain) ?? [])];
    const onBackend = items.filter((item: MemoryItem) => item.where !== 'host');
    assert.equal(
      onBackend.reduce((sum, item) => sum + item.bytes, 0),
      bytes,
    );
    const run = () => everything(regulariser, domain, target);
    await run();
    const before = target.memory().current;
    await run();
    assert.equal(target.memory().current, before);
  },
};

/** Kx, Kᴴd, KᴴKx and prox(v) on one backend. */
export function everything(regulariser: Regulariser, domain: Space, backend: Backend): Promise<Float32Array[]> {
  return atWork(regulariser, domain, backend, async ({ bound, image, split, blank }) => {
    const [x, back, normal, d, kx, z] = [await image(1), await image(2), await image(3), await split(4), blank(), blank()];
    bound.apply(x, kx);
    bound.addAdjoint(0.4, d, back);
    bound.addNormal(0.4, x, normal);
    bound.prox(d, THRESHOLD, z);
    return [...(await readAll(backend, kx)), ...(await readAll(backend, z)), await backend.read(back), await backend.read(normal)];
  });
}

/** Real and complex images of the examples of the registry. */
export const exampleDomains: readonly Space[] = (['float32', 'complex64'] as const).map((dtype) =>
  space(['slice', 'y', 'x'], [5, 4, 6], dtype),
);
