import { readdirSync } from 'node:fs';
import test from 'ava';
import * as z from 'zod';
import type { Backend } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import type { LinearOperator } from '../../operators/operator.js';
import { defineModality, type DirectMethod, type Modality, type ModalityKind } from '../../src/modalities/modality.js';
import { inUnitNorm, writtenData } from '../../src/modalities/normalise.js';
import { modalities, registerModality } from '../../src/modalities/registry.js';
import { defineKind, kinds } from '../../volumes/kinds/registry.js';
import type { Measurement } from '../../volumes/measurement.js';
import { testArray } from '../support/backends.js';
import { onWebGpu } from '../support/every-backend.js';
import { backendsAgree, modalityChecks, type ModalityUnderTest } from '../support/modality-checks.js';
import { sources, unregistered } from '../support/unregistered.js';

/* Every registered modality, on the example of each of its kinds. */

for (const [name, modality] of modalities.entries()) {
  for (const physics of modality.kinds) {
    for (const [property, check] of Object.entries(modalityChecks)) {
      test(`${property}: ${name}, ${physics.kind.name}`, async (t) => t.notThrowsAsync(check({ modality, physics })));
    }
    onWebGpu(`the image of the CPU: ${name}, ${physics.kind.name}`, async (t, gpu) => {
      await t.notThrowsAsync(backendsAgree({ modality, physics }, gpu));
    });
  }
}

const MADE = /defineModality\(\{\s*name: '([^']+)'/g;

// before those below are
const ours = modalities.entries();
const registered = kinds.names();

test('every modality of the folder is registered, and every kind has one; one that is not is found', (t) => {
  const names = ours.map(([name]) => name);
  t.deepEqual(unregistered(sources('src/modalities'), MADE, names), []);
  const folders = readdirSync('src/modalities', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  t.deepEqual(folders.map((entry) => entry.name).sort(), names.sort());
  const known = ours.flatMap(([, modality]) => modality.kinds.map(({ kind }) => kind.name));
  t.deepEqual(registered.sort(), known.sort());
  const planted = new Map([['src/modalities/sonar/sonar.ts', "export const sonar = defineModality({\n  name: 'sonar',"]]);
  t.deepEqual(unregistered(planted, MADE, names), ['sonar (src/modalities/sonar/sonar.ts)']);
});

// ---- modalities that are wrong, each of which one check must find ----

/** What of a right modality is changed. */
interface Changes {
  readonly modality?: Partial<Modality>;
  readonly physics?: Partial<ModalityKind>;
}

let made = 0;

/** Values seen through a mask, twice as large as they are: a modality that is right, and what `changes` makes of it. */
function plain(changes: Changes = {}): ModalityUnderTest {
  const name = `plain-${++made}`;
  const kind = defineKind({
    name: `mask.${name}`,
    title: 'Some values',
    axes: ['slice', 'row', 'column'],
    dtype: 'float32',
    geometry: z.object({}),
    arrays: { mask: { axes: ['slice', 'row', 'column'], dtype: 'float32', what: '1 where a value was measured' } },
    example: (slices): Measurement => {
      const shape = [slices, 3, 4];
      const mask = testArray(12 * slices, 2).map((v) => Number(v < 0.5));
      const axes = ['slice', 'row', 'column'].map((axis) => ({ name: axis, unit: '', step: 1 }));
      return {
        ...{ kind: `mask.${name}`, shape, dtype: 'float32', geometry: {}, noise: { type: 'none' }, meta: {} },
        data: mask.map((m, i) => m * (3 + Math.sin(i))),
        grid: { shape, axes, units: 'arbitrary', modality: 'other' },
        arrays: { mask: { data: mask, shape, dtype: 'float32' } },
      };
    },
  });
  const physics: ModalityKind = {
    kind,
    operator: ({ shape, arrays }, _, backend) => doubled(shape!, arrays!.mask.data, backend),
    method: 'as-is',
    direct: { 'as-is': asIs() },
    units: () => 'arbitrary',
    async normalise(scan, grid, backend) {
      const operator = await this.operator!(scan, grid, backend, {});
      const y = await writtenData(scan, operator);
      const noiseStd = scan.noise.type === 'gaussian' ? scan.noise.std : undefined;
      return inUnitNorm(operator, y, { norm: 2, scale: 5, offset: 1, noiseStd, source: 'five', units: 'arbitrary' });
    },
    ...changes.physics,
  };
  const modality = defineModality({
    ...{ name, title: name, images: ['values'] as const, options: z.strictObject({}), kinds: [physics] },
    ...changes.modality,
  });
  registerModality(modality as Modality);
  return { modality: modality as Modality, physics };
}

async function doubled(shape: readonly number[], values: Float32Array, backend: Backend): Promise<LinearOperator> {
  const domain = space(['slice', 'y', 'x'], shape);
  const mask = backend.field(domain);
  await backend.write(
    mask,
    values.map((m) => 2 * m),
  );
  const apply: LinearOperator['apply'] = (x, y) => backend.multiply(x, mask, y);
  return {
    ...{ name: 'doubled', domain, range: domain, backend, coupling: 'slice', norm: async () => 2 },
    ...{ apply, adjoint: apply, normal: (x, out) => (apply(x, out), apply(out, out)) },
    bytes: () => ({ items: [] }),
    dispose: () => mask.dispose(),
  };
}

const asIs = (change: (data: Float32Array, backend: Backend) => Float32Array = (data) => data): DirectMethod => ({
  schema: z.strictObject({}),
  run: async ({ data }, _, { backend }) => ({
    data: change(
      data.map((v) => v / 2),
      backend,
    ),
    ...{ units: 'arbitrary', map: { scale: 1, offset: 0 } },
  }),
});

test('the suite lets a modality pass that is right', async (t) => {
  for (const check of Object.values(modalityChecks)) await t.notThrowsAsync(check(plain()));
});

const normalised = plain().physics.normalise;
const changed = (change: (problem: Awaited<ReturnType<typeof normalised>>) => object): Partial<ModalityKind> => ({
  async normalise(...given) {
    const problem = await normalised.apply(this, given);
    return { ...problem, ...change(problem) };
  },
});

const faults: readonly (readonly [what: string, property: string, changes: Changes])[] = [
  [
    'an operator 5 % too large',
    'the problem has',
    { physics: { normalise: (...given) => normalised.apply({ ...plain().physics, operator: larger }, given) } },
  ],
  ['a noise level that is made up', 'the problem has', { physics: changed(() => ({ noiseLevel: 0.01 })) }],
  ['an offset that is not in the data', 'an image of', { physics: changed(({ map }) => ({ map: { ...map, offset: 1.2 } })) }],
  ['numbers written out 3 % too large', 'an image of', { physics: changed(({ map }) => ({ map: { ...map, scale: 1.03 * map.scale } })) }],
  ['units other than told', 'what is done', { physics: { units: () => 'HU' } }],
  ['an image of no numbers', 'what is done', { physics: { direct: { 'as-is': asIs((data) => data.fill(NaN)) } } }],
  [
    'other bits on other threads',
    'one, two',
    { physics: { direct: { 'as-is': asIs((data, { workers }) => data.map((v) => v * (workers > 1 ? 1 + 1e-6 : 1))) } } },
  ],
  [
    'memory that is not given back',
    'nothing stays',
    { physics: { direct: { 'as-is': asIs((data, backend) => (backend.field(space(['slice', 'y', 'x'], [1, 2, 2])), data)) } } },
  ],
  [
    'options of a method that are not strict',
    'options that',
    { physics: { direct: { 'as-is': { ...asIs(), schema: z.looseObject({}) } } } },
  ],
  ['an option without words', 'every option', { modality: { options: z.strictObject({ mute: z.boolean().default(true) }) } }],
  ['defaults that a method does not know', 'every option', { physics: { defaults: () => ({ cgls: { nonsense: 1 } }) } }],
  ['facts that are not there', 'facts', { physics: { facts: () => ({ rows: [['size', `${undefined}`]] }) } }],
];

async function larger(...[{ shape, arrays }, , backend]: Parameters<NonNullable<ModalityKind['operator']>>): Promise<LinearOperator> {
  return doubled(
    shape!,
    arrays!.mask.data.map((m) => 1.05 * m),
    backend,
  );
}

for (const [what, property, changes] of faults) {
  test(`the suite finds ${what}`, async (t) => {
    const [, check] = Object.entries(modalityChecks).find(([name]) => name.startsWith(property))!;
    await t.throwsAsync(async () => check(plain(changes)));
  });
}
