import test from 'ava';
import { bytesOf, space, type Space } from '../../core/space.js';
import { regularisers } from '../../src/regularisers/registry.js';
import { solvers } from '../../src/solvers/registry.js';
import { inlineBackend } from '../support/backends.js';
import { atWork } from '../support/regulariser-checks.js';

const planned = (domain: Space, options: object): number => {
  const items = regularisers.get('low-rank').make(options).memory?.(domain) ?? [];
  return items.reduce((sum, { bytes, where }) => (where === 'host' ? sum + bytes : NaN), 0);
};
/** Without what waits to be collected. */
const atWorkOnly = (domain: Space, options: object): number => regularisers.get('low-rank').make(options).memory!(domain)[0].bytes;

/** Bytes of all typed arrays with memory of their own that are made while `work` runs, but for those of the thread's slabs and messages. */
async function arraysMade(work: () => Promise<void>): Promise<number> {
  const kept = { Float32Array, Float64Array, Uint32Array };
  let bytes = 0;
  for (const [name, Kind] of Object.entries(kept)) {
    const counted = new Proxy(Kind, {
      construct(of, given: unknown[], target) {
        const made = Reflect.construct(of, given, target === counted ? of : target) as Float32Array;
        if (!(given[0] instanceof ArrayBuffer)) bytes += made.byteLength;
        return made;
      },
      get: (of, key) =>
        key === 'from'
          ? (...given: unknown[]) => {
              const made = (of.from as (...given: unknown[]) => Float32Array)(...given);
              bytes += made.byteLength;
              return made;
            }
          : (Reflect.get(of, key) as unknown),
    });
    Reflect.set(globalThis, name, counted);
  }
  try {
    await work();
  } finally {
    Object.assign(globalThis, kept);
  }
  return bytes;
}

for (const [slices, rows, columns, dtype] of [
  [12, 24, 20, 'float32'],
  [12, 24, 20, 'complex64'],
  [40, 5, 6, 'float32'],
] as const) {
  test.serial(`what low-rank takes on the host is planned, to 10 %: ${slices} × ${rows} × ${columns}, ${dtype}`, async (t) => {
    const domain = space(['slice', 'y', 'x'], [slices, rows, columns], dtype);
    const made = await atWork(regularisers.get('low-rank').make({}), domain, inlineBackend(), async ({ backend, bound, split, blank }) => {
      const [v, z] = [await split(1), blank()];
      await backend.flush();
      return arraysMade(async () => {
        bound.prox(v, 0.1, z);
        await backend.flush();
      });
    });
    const ratio = atWorkOnly(domain, {}) / made;
    t.log(ratio.toFixed(3));
    t.true(Math.abs(ratio - 1) < 0.1, `${atWorkOnly(domain, {})} of ${made}`);
  });
}

test('blocks take less, by the part of the slice that they are', (t) => {
  const domain = space(['slice', 'y', 'x'], [8, 64, 64]);
  const rest = (options: object): number => atWorkOnly(domain, options) - bytesOf(domain);
  // 1/64 of the pixels; where they lie is as much
  t.true(rest({ block: 8 }) < rest({}) / 10);
  t.is(planned(domain, { block: 64 }), planned(domain, {}));
  t.is(planned(domain, { block: 100 }), planned(domain, {}));
});

test('it is in the plan of methods that take a regulariser', (t) => {
  const domain = space(['slice', 'y', 'x'], [8, 16, 12]);
  for (const name of ['admm', 'dds', 'diffusion-mbir']) {
    const solver = solvers.get(name);
    const bytes = (regulariser: string): number => {
      const items = solver.memory(domain, domain, solver.options({ regulariser, lambda: 0.1 })).items;
      return items.reduce((sum, item) => sum + (item.where === 'host' ? item.bytes : 0), 0);
    };
    t.is(bytes('low-rank'), planned(domain, {}), name);
    t.is(bytes('tv-z'), 0, name);
  }
});
