import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { Backend } from '../../compute/backend.js';
import { componentsOf, sizeOf } from '../../core/space.js';
import { isSlicewiseError } from '../../core/errors.js';
import { MU_WATER } from '../../core/units.js';
import type { LinearOperator } from '../../operators/operator.js';
import { operators } from '../../operators/registry.js';
import { createBackend } from '../../src/node.js';
import { Reconstruction, type ReconstructionResult } from '../../src/engine/reconstruct.js';
import { hasComplexImages, resultUnits } from '../../src/engine/request.js';
import { unwrap } from '../../src/engine/schema-text.js';
import { factsOf, scanWarnings } from '../../src/modalities/facts.js';
import { completeScan, modalities, optionsFor } from '../../src/modalities/registry.js';
import type { Modality, ModalityKind } from '../../src/modalities/modality.js';
import { solvers } from '../../src/solvers/registry.js';
import { readMeasurement, writeMeasurement } from '../../volumes/open.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { Volume } from '../../volumes/volume.js';
import { inlineBackend, testArray } from './backends.js';
import { norm, relativeError } from './dense.js';

/**
 * What every modality must do, as functions that throw: each kind of the registry is driven through them with the example that it carries,
 * and so are modalities that are wrong on purpose. They reconstruct as users do, by the kind's name.
 */
export interface ModalityUnderTest {
  readonly modality: Modality;
  readonly physics: ModalityKind;
}
export type ModalityCheck = (under: ModalityUnderTest) => Promise<void>;

/** Slices of an example: odd, fewer than lanes. */
const SLICES = 3;
/** … and so many that they lie in three slabs. */
const TALL = 34;

const exampleOf = ({ physics: { kind } }: ModalityUnderTest, slices = SLICES): Measurement => {
  assert.ok(kind.example, `${kind.name} has no example`);
  return kind.example(slices);
};

/** Options of a run, of any modality. */
interface Asked {
  readonly [option: string]: unknown;
  readonly backend?: Backend;
}

async function run(scan: Measurement, asked: Asked): Promise<ReconstructionResult> {
  return new Reconstruction(scan, { backend: inlineBackend(), holdOut: false, ...asked }).result();
}

/** A short run of an iterative method that every kind can be given. */
const leastSquares = (iterations: number): Asked => ({ method: 'cgls', methodOptions: { iterations } });

/** The operator of the completed example, as it is registered: neither scaled nor weighted. */
async function measuring(under: ModalityUnderTest, scan: Measurement, backend: Backend): Promise<LinearOperator> {
  const completed = await completeScan(scan, { options: defaultsOf(under) });
  return operators.get(scan.kind)(completed, scan.grid, backend);
}

/** The example with the data that its operator measures of a random image, without noise; where an image is of few spectra, as it is. */
async function consistent(under: ModalityUnderTest): Promise<Measurement> {
  const example = exampleOf(under);
  if (under.physics.slicing?.(example, example.grid, defaultsOf(under)).mixes) return example;
  const backend = inlineBackend();
  const operator = await measuring(under, example, backend);
  const { domain, range } = operator;
  const [x, y] = [backend.field(domain), backend.field(range)];
  await backend.write(
    x,
    testArray(sizeOf(domain) * componentsOf(domain), 3).map((v) => 2 + v),
  );
  operator.apply(x, y);
  return { ...example, data: await backend.read(y), shape: range.shape, noise: { type: 'none' } };
}

/** A scan that says this of its noise, of that of bands too. */
function withNoise(scan: Measurement, std: number): Measurement {
  const { noise, ...arrays } = scan.arrays ?? {};
  const bands = noise && { noise: { ...noise, data: noise.data.map(() => std) } };
  return { ...scan, noise: { type: 'gaussian', std }, arrays: scan.arrays && { ...arrays, ...bands } };
}

/** What a kind says that an image says of the data, or the operator of the numbers: HU are 1000 (μ/μ_water − 1), others as they are. */
async function measuredOf(under: ModalityUnderTest, scan: Measurement, volume: Volume): Promise<Float32Array> {
  if (under.physics.predict) return under.physics.predict(volume, scan);
  const { data, units } = volume;
  const backend = inlineBackend();
  const operator = await measuring(under, scan, backend);
  const [x, y] = [backend.field(operator.domain), backend.field(operator.range)];
  const muWater = scan.meta.muWater ?? MU_WATER;
  await backend.write(x, units === 'HU' ? data.map((hu) => muWater * (1 + hu / 1000)) : (data as Float32Array));
  operator.apply(x, y);
  return backend.read(y);
}

const defaultsOf = ({ modality }: ModalityUnderTest): { readonly [name: string]: unknown } => modality.options.parse({});

export const modalityChecks: { readonly [property: string]: ModalityCheck } = {
  'the problem has an operator of norm 1, and its noise level goes with the noise': async (under) => {
    const { physics } = under;
    const backend = inlineBackend();
    const problem = async (std: number) => {
      const scan = withNoise(exampleOf(under), std);
      const completed = await completeScan(scan, { options: defaultsOf(under) });
      return physics.normalise(completed, scan.grid, backend, { options: defaultsOf(under) });
    };
    const [one, two] = [await problem(0.002), await problem(0.004)];
    const { operator } = one;
    const [x, out] = [backend.field(operator.domain), backend.field(operator.domain)];
    let values = testArray(sizeOf(operator.domain) * componentsOf(operator.domain), 5);
    for (let i = 0; i < 100; i++) {
      const length = norm(values);
      await backend.write(
        x,
        values.map((v) => v / length),
      );
      operator.normal(x, out);
      values = await backend.read(out);
    }
    assert.ok(Math.abs(Math.sqrt(norm(values)) - 1) < 0.01, `‖A‖ = ${Math.sqrt(norm(values))}`);
    assert.ok(one.noiseLevel! > 0 && Math.abs(two.noiseLevel! / one.noiseLevel! - 2) < 0.01, `${one.noiseLevel} and ${two.noiseLevel}`);
  },

  'an image of least squares, in the units that are written out, says of the data what they are': async (under) => {
    const scan = await consistent(under);
    const { volume } = await run(scan, { ...leastSquares(150), complex: hasComplexImages(scan) });
    const [predicted, measured] = [await measuredOf(under, scan, volume), scan.data];
    assert.ok(norm(measured) > 0);
    const known = measured.map((value, i) => (value === 0 ? 0 : predicted[i]));
    assert.ok(relativeError(known, measured) < 0.01, `off by ${relativeError(known, measured)}`);
  },

  'what is done without a method gives the grid that was asked for, in the units told, and numbers': async (under) => {
    const scan = exampleOf(under, 5);
    const { volume, manifest } = await run(scan, {});
    assert.deepEqual([...volume.shape], [...scan.grid.shape]);
    assert.deepEqual(volume.axes, scan.grid.axes);
    assert.equal(volume.units, resultUnits(scan, {}));
    assert.ok(volume.data.every(Number.isFinite) && norm(volume.data) > 0);
    assert.equal(manifest.measurement.kind, scan.kind);
  },

  'a direct method gives numbers on the grid, or says why it cannot': async (under) => {
    const scan = exampleOf(under, 5);
    for (const method of Object.keys(under.physics.direct ?? {})) {
      const { volume } = await run(scan, { method }).catch((error: unknown) => {
        assert.ok(isSlicewiseError(error), `${method}: ${String(error)}`);
        return { volume: undefined };
      });
      if (volume)
        assert.ok(volume.data.length === scan.grid.shape.reduce((a, n) => a * n, 1) && volume.data.every(Number.isFinite), method);
    }
  },

  'one, two and three worker threads give the bits of none': async (under) => {
    const images = async (backend: Backend): Promise<Float32Array[]> => {
      const scan = exampleOf(under, TALL);
      const direct = under.physics.direct?.[under.physics.method] ? [{}] : [];
      const all: Float32Array[] = [];
      for (const asked of [...direct, leastSquares(3)]) all.push((await run(scan, { ...asked, backend })).volume.data as Float32Array);
      return all;
    };
    const none = await images(inlineBackend());
    for (const workers of [1, 2, 3]) {
      const backend = createBackend({ workers });
      try {
        assert.deepEqual(await images(backend), none, `${workers} workers`);
      } finally {
        await backend.dispose();
      }
    }
  },

  'nothing stays allocated when a run ends or is stopped': async (under) => {
    const backend = inlineBackend();
    const all = async (): Promise<number> => {
      for (const asked of [{}, leastSquares(2)]) await run(exampleOf(under), { ...asked, backend });
      const error = await failure(run(exampleOf(under), { ...leastSquares(2), backend, signal: AbortSignal.abort() }));
      assert.equal(error.code, 'ABORTED');
      return backend.memory().current;
    };
    const before = await all();
    assert.equal(await all(), before);
  },

  'options that nobody knows, those of other modalities and those of other methods are refused by name': async (under) => {
    const scan = exampleOf(under);
    const refused = async (asked: Asked, words: RegExp): Promise<void> => {
      const error = await failure(run(scan, asked));
      assert.equal(error.code, 'ARGUMENT', error.message);
      assert.match(error.message, words);
    };
    await refused({ nonsense: 1 }, /no option 'nonsense'/);
    await refused({ method: 'nonsense' }, /unknown method 'nonsense'/);
    await refused({ ...leastSquares(2), methodOptions: { nonsense: 1 } }, /cgls has no option 'nonsense'/);
    for (const name of Object.keys(under.physics.direct ?? {})) {
      await refused({ method: name, methodOptions: { nonsense: 1 } }, /no option 'nonsense'/);
    }
    for (const [, other] of modalities.entries()) {
      for (const option of Object.keys(other.options.shape)) {
        if (!(option in under.modality.options.shape)) await refused({ [option]: 1 }, /is not for these data/);
      }
    }
  },

  'every option has a description for the help, and the defaults are its own': async ({ modality, physics }) => {
    const schemas: { readonly [option: string]: z.ZodType }[] = [
      modality.options.shape,
      modality.reading?.options ?? {},
      modality.simulation?.schema.shape ?? {},
      ...Object.values(physics.direct ?? {}).map(({ schema }) => schema.shape),
    ] as { readonly [option: string]: z.ZodType }[];
    for (const schema of schemas) for (const [option, type] of Object.entries(schema)) assert.ok(unwrap(type).description, option);
    for (const option of Object.keys(modality.elsewhere ?? {})) assert.ok(option in modality.options.shape, option);
    // what these data have for defaults is known to the methods
    const scan = physics.kind.example!(SLICES);
    for (const method of Object.keys(physics.defaults?.(scan, {}) ?? {})) {
      if (physics.direct?.[method]) continue;
      assert.doesNotThrow(() => solvers.get(method).options(optionsFor(scan, method)), method);
    }
  },

  'facts, warnings, figures and the drawing of its scans are text and pictures': async (under) => {
    const scan = exampleOf(under);
    const { own, values, noise } = factsOf(scan);
    for (const text of [...own.flat(), values, noise, ...scanWarnings(scan)]) assert.ok(typeof text === 'string' && text.length > 0);
    assert.ok(!own.flat().some((text) => /undefined|NaN|\[object/.test(text)), own.flat().join());
    const figures = under.physics.figures?.(scan) ?? [];
    for (const figure of figures) {
      assert.ok(figure.alt && figure.caption);
      if (!('svg' in figure)) continue;
      assert.match(figure.svg, /^<svg [^>]*>[\s\S]*<\/svg>\s*$|^<svg [^>]*\/>$/);
      assert.doesNotMatch(figure.svg, /NaN|undefined/);
    }
    const drawing = under.physics.drawing?.(scan);
    if (drawing !== undefined) assert.match(drawing, /<svg [\s\S]*<\/svg>\s*$/);
  },

  'a scan that was written and read gives the same bits': async (under) => {
    const scan = exampleOf(under);
    const bytes = await writeMeasurement('scan.h5', structuredClone(scan));
    const again = await readMeasurement([{ name: 'scan.h5', bytes }]);
    const [one, two] = [await run(scan, leastSquares(3)), await run(again, leastSquares(3))];
    assert.deepEqual(two.volume.data, one.volume.data);
    assert.deepEqual(two.volume.axes, one.volume.axes);
  },
};

/** A short run on another backend gives the image of the CPU. */
export async function backendsAgree(under: ModalityUnderTest, gpu: Backend): Promise<void> {
  const scan = exampleOf(under);
  const image = async (backend: Backend) => (await run(scan, { ...leastSquares(3), backend })).volume.data as Float32Array;
  const [here, there] = [await image(inlineBackend()), await image(gpu)];
  assert.ok(relativeError(there, here) < 1e-4, `off by ${relativeError(there, here)}`);
}

async function failure(running: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await running;
  } catch (error) {
    assert.ok(isSlicewiseError(error), String(error));
    return error;
  }
  assert.fail('did not fail');
}
