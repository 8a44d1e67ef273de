import assert from 'node:assert/strict';
import type { Backend, Field } from '../../compute/backend.js';
import { componentsOf, sizeOf, sliceSize, type Space } from '../../core/space.js';
import { isSlicewiseError } from '../../core/errors.js';
import type { LinearOperator } from '../../operators/operator.js';
import type { OperatorFactory } from '../../operators/registry.js';
import { createBackend } from '../../src/node.js';
import type { Geometry, Measurement } from '../../volumes/measurement.js';
import { inlineBackend, testArray } from './backends.js';
import { dot, norm, relativeError } from './dense.js';

/**
 * What every operator must do, as functions that throw: the registry is driven through them with the example of each kind, and so are
 * operators that are wrong on purpose. Products are taken here, in float64, not by the backend.
 */
export interface OperatorUnderTest {
  readonly build: OperatorFactory;
  example(slices: number): Measurement;
}
export type OperatorCheck = (under: OperatorUnderTest) => Promise<void>;

/** Slices of an example: odd, fewer than lanes. */
const SLICES = 3;
/** … and so many that they lie in three slabs. */
const TALL = 34;

/** An operator at work on the host's arrays. */
export interface AtWork {
  readonly operator: LinearOperator;
  readonly backend: Backend;
  apply(x: Float32Array): Promise<Float32Array>;
  adjoint(y: Float32Array): Promise<Float32Array>;
  normal(x: Float32Array): Promise<Float32Array>;
}

/** Random numbers for a space, real and imaginary parts. */
export const random = (of: Space, seed: number): Float32Array => testArray(sizeOf(of) * componentsOf(of), seed);

/** Builds the operator of a scan, runs `use` and frees all. */
export async function atWork<T>(
  { build, example }: OperatorUnderTest,
  slices: number,
  backend: Backend,
  use: (work: AtWork) => Promise<T>,
): Promise<T> {
  const scan = example(slices);
  const operator = await build(scan, scan.grid, backend);
  const through = async (
    from: Space,
    values: Float32Array,
    to: Space,
    act: (input: Field, output: Field) => void,
  ): Promise<Float32Array> => {
    const [input, output] = [backend.field(from), backend.field(to)];
    try {
      await backend.write(input, values);
      await backend.write(output, random(to, 99)); // what is not overwritten is seen
      act(input, output);
      return await backend.read(output);
    } finally {
      input.dispose();
      output.dispose();
    }
  };
  const { domain, range } = operator;
  try {
    return await use({
      operator,
      backend,
      apply: (x) => through(domain, x, range, (input, output) => operator.apply(input, output)),
      adjoint: (y) => through(range, y, domain, (input, output) => operator.adjoint(input, output)),
      normal: (x) => through(domain, x, domain, (input, output) => operator.normal(input, output)),
    });
  } finally {
    operator.dispose();
  }
}

const here = <T>(under: OperatorUnderTest, use: (work: AtWork) => Promise<T>): Promise<T> => atWork(under, SLICES, inlineBackend(), use);

/** AᴴA of some operators is an approximation: Toeplitz embedding is one to the accuracy of the gridding. */
const NORMAL = 1e-4;

export const operatorChecks: { readonly [property: string]: OperatorCheck } = {
  'its spaces are those of the example: data as measured, an image of the grid': (under) =>
    here(under, async ({ operator: { domain, range } }) => {
      const { shape, dtype, grid } = under.example(SLICES);
      assert.deepEqual([[...range.shape], range.dtype], [[...shape], dtype]);
      assert.deepEqual([...domain.shape], [...grid.shape]);
    }),

  'adjoint is the transpose of apply: Re⟨Ax, y⟩ = Re⟨x, Aᴴy⟩, and neither is 0': (under) =>
    here(under, async ({ operator: { domain, range }, apply, adjoint }) => {
      for (const seed of [1, 2, 3]) {
        const [x, y] = [random(domain, seed), random(range, seed + 10)];
        const [ax, aty] = [await apply(x), await adjoint(y)];
        const [left, right] = [dot(ax, y), dot(x, aty)];
        assert.ok(norm(ax) > 0 && norm(aty) > 0);
        assert.ok(Math.abs(left - right) <= 1e-6 * norm(ax) * norm(y), `${left} and ${right}`);
      }
    }),

  'apply is linear and overwrites what was there': (under) =>
    here(under, async ({ operator: { domain }, apply }) => {
      const [x, z] = [random(domain, 4), random(domain, 5)];
      const both = await apply(x.map((v, i) => 0.5 * v - 2 * z[i]));
      const [ax, az] = [await apply(x), await apply(z)];
      assert.ok(
        relativeError(
          both,
          ax.map((v, i) => 0.5 * v - 2 * az[i]),
        ) < 1e-5,
      );
    }),

  'normal is adjoint after apply': (under) =>
    here(under, async ({ operator: { domain }, apply, adjoint, normal }) => {
      const x = random(domain, 6);
      const [fused, two] = [await normal(x), await adjoint(await apply(x))];
      assert.ok(relativeError(fused, two) < NORMAL, `${relativeError(fused, two)}`);
    }),

  'norm is the largest singular value': (under) =>
    here(under, async ({ operator, apply, adjoint }) => {
      // power iteration on the host, from two starts; both end in the same number, which no vector exceeds
      let largest = 0;
      for (const seed of [7, 8]) {
        let x = random(operator.domain, seed);
        for (let i = 0; i < 150; i++) {
          const length = norm(x);
          x = await adjoint(await apply(x.map((v) => v / length)));
        }
        largest = Math.max(largest, Math.sqrt(norm(x)));
      }
      const said = await operator.norm();
      assert.ok(Math.abs(said / largest - 1) < 0.01, `${said}, and ${largest} by 150 power iterations`);
    }),

  'coupling is what it says: a slice of the data is what it would be without the others': (under) =>
    here(under, async ({ operator: { domain, range, coupling }, apply, adjoint }) => {
      if (coupling === 'volume') return;
      const alone = (values: Float32Array, of: Space): Float32Array => {
        const slice = sliceSize(of) * componentsOf(of);
        return values.map((v, i) => (i < slice ? 3 * v + 1 : v));
      };
      const rest = (values: Float32Array, of: Space): Float32Array => values.subarray(sliceSize(of) * componentsOf(of));
      const [x, y] = [random(domain, 8), random(range, 9)];
      assert.deepEqual(rest(await apply(alone(x, domain)), range), rest(await apply(x), range));
      assert.deepEqual(rest(await adjoint(alone(y, range)), domain), rest(await adjoint(y), domain));
    }),

  'one, two and three worker threads give the bits of none': async (under) => {
    const none = await everything(under, TALL, inlineBackend());
    for (const workers of [1, 2, 3]) {
      const threads = createBackend({ workers });
      try {
        assert.deepEqual(await everything(under, TALL, threads), none, `${workers} workers`);
      } finally {
        await threads.dispose();
      }
    }
  },

  'what it allocates is given back': async (under) => {
    const backend = inlineBackend();
    await everything(under, SLICES, backend);
    const before = backend.memory().current;
    for (let run = 0; run < 2; run++) await everything(under, SLICES, backend);
    assert.equal(backend.memory().current, before);
  },

  'a geometry with a field that is no such thing is refused': async ({ build, example }) => {
    const scan = example(SLICES);
    for (const [field, value] of Object.entries(scan.geometry)) {
      if (field === 'acceleration') continue; // what readers found out, for people
      const wrongs = typeof value === 'number' ? [Number.NaN, 'wide'] : [null, 7, 'no such'];
      for (const wrong of wrongs) {
        const geometry: Geometry = { ...scan.geometry, [field]: wrong };
        await assert.rejects(
          async () => build({ ...scan, geometry }, scan.grid, inlineBackend()),
          (error) => isSlicewiseError(error) && error.code === 'GEOMETRY',
          `${field} ${String(wrong)}`,
        );
      }
    }
  },
};

/** Ax, Aᴴy and AᴴAx on one backend. */
export function everything(under: OperatorUnderTest, slices: number, backend: Backend): Promise<Float32Array[]> {
  return atWork(under, slices, backend, async ({ operator: { domain, range }, apply, adjoint, normal }) => {
    const [x, y] = [random(domain, 11), random(range, 12)];
    return [await apply(x), await adjoint(y), await normal(x)];
  });
}
