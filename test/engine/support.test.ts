import test from 'ava';
import type { Backend } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import { placed } from '../../core/placement.js';
import { functionPrior } from '../../models/index.js';
import { matrixOperator } from '../../operators/algebra/matrix.js';
import { reconstruct } from '../../src/index.js';
import type { UnmeasuredRecord } from '../../src/engine/support.js';
import { defineRegulariser } from '../../src/regularisers/define.js';
import { admm } from '../../src/solvers/classical/admm.js';
import { solvers } from '../../src/solvers/registry.js';
import { kinds } from '../../volumes/kinds/registry.js';
import type { Measurement } from '../../volumes/measurement.js';
import { inlineBackend } from '../support/backends.js';
import { relativeError } from '../support/dense.js';
import { onEveryBackend } from '../support/every-backend.js';
import { result } from '../support/gaussian-problem.js';
import { smallScan } from '../support/scans.js';

const SLICES = 3;

/** The example with nothing of the middle slice, and coils that see nothing of the first two columns: as ESPIRiT leaves maps. */
function gappy(): Measurement {
  const scan = kinds.get('fourier.cartesian').example!(SLICES);
  const [slices, coils, rows, columns] = scan.shape;
  const maps = scan.arrays!.maps;
  const data = maps.data.map((value, n) => {
    const pixel = (n >> 1) % (rows * columns);
    const slice = Math.floor(n / (2 * coils * rows * columns));
    return slice === 1 || pixel % columns < 2 ? 0 : value;
  });
  const lost = scan.data.map((value, n) => (Math.floor(n / (scan.data.length / slices)) === 1 ? 0 : value));
  return { ...scan, data: lost, arrays: { ...scan.arrays, maps: { ...maps, data } } };
}

/** Draws a bright image everywhere, as a network draws anatomy. */
const drawing = functionPrior({
  ...{ name: 'draws', range: { unit: 'arbitrary', low: 0, high: 1 }, sigma: [0.001, 100] },
  denoise: async (images, _, sigma) => images.map((v) => (v + sigma) / (1 + sigma)),
});

const unseen = ([, rows, columns]: readonly number[]): boolean[] =>
  Array.from({ length: SLICES * rows * columns }, (_, i) => Math.floor(i / (rows * columns)) === 1 || i % columns < 2);

const runs: readonly (readonly [method: string, methodOptions: object])[] = [
  ['cgls', { iterations: 3 }],
  ['sense', { iterations: 3 }],
  ['admm', { iterations: 4 }],
  ['admm', { iterations: 4, regulariser: 'low-rank', lambda: 0.01 }],
  ['admm-tv', { iterations: 4 }],
  ['cs-tv', { iterations: 4, axes: '3d' }],
  ['cs-wavelet', { iterations: 4, wavelet: 'haar', levels: 1 }],
  ['dds', { steps: 4 }],
  ['dds', { steps: 4, start: 'classical', order: 2, tail: 0.5 }],
  ['dds', { steps: 4, quadrature: 0.3, air: 0.5, edges: 1.4, phase: 'random' }],
  ['dds', { steps: 4, regulariser: 'wavelet', wavelet: 'haar', levels: 1, gamma: 'none' }],
  ['dds', { compat: 'mri', steps: 4 }],
  ['diffusion-mbir', { steps: 4, sigmaMax: 1 }],
  ['diffusion-mbir', { compat: 'mri', steps: 4, sigmaMax: 1 }],
  ['dds', { steps: 4, sampler: 'unipc' }],
  ['dds', { steps: 4, sampler: 'edm' }],
  ['ddnm', { steps: 4 }],
  ['ddnm', { steps: 4, mode: '3d', jumps: 2, jumpLength: 2 }],
  ['diffpir', { steps: 4 }],
  ['diffpir', { steps: 4, sampler: 'heun', mode: '3d' }],
  ['red-diff', { steps: 4 }],
  ['red-prox', { steps: 4, theta: 0.5 }],
  ['daps', { steps: 4, innerEvaluations: 2 }],
  ['pnp-dm', { steps: 4, innerEvaluations: 2 }],
  ['gdp', { steps: 4 }],
  ['flowchef', { steps: 4 }],
];

test('every method that takes complex images is among these', (t) => {
  // real images alone, masks of them, one coil alone, or priors with a derivative
  const elsewhere = ['sirt', 'seisfusion', 'ddrm', 'repaint', 'pigdm', 'moment-matching', 'dps'];
  t.deepEqual([...new Set(runs.map(([name]) => name)), ...elsewhere].sort(), solvers.names().sort());
});

async function image(backend: Backend, method: string, methodOptions: object, unmeasured?: 'zero' | 'prior') {
  const prior = solvers.get(method).needsPrior ? { prior: drawing } : {};
  const run = reconstruct(gappy(), { method, methodOptions, backend, seed: 3, complex: true, unmeasured, ...prior } as object);
  return run.result();
}

for (const [method, methodOptions] of runs) {
  const title = `${method} ${JSON.stringify(methodOptions)}`;
  onEveryBackend(`what no coil sees stays 0, between full slices and beside tissue: ${title}`, async (t, { backend }) => {
    const { volume, manifest, support } = await image(backend, method, methodOptions);
    const gone = unseen(volume.shape);
    t.true(gone.every((none, i) => !none || (volume.data[2 * i] === 0 && volume.data[2 * i + 1] === 0)));
    t.true(volume.data.some((v) => v !== 0));
    const values = gone.filter(Boolean).length;
    t.deepEqual(manifest.unmeasured, { values, of: gone.length, slices: [1], filled: 'zero' } as UnmeasuredRecord);
    t.deepEqual(
      [...support!.data],
      gone.map((none) => Number(!none)),
    );
    t.deepEqual(support!.axes, volume.axes);
  });
}

test('left to prior and regulariser it is filled in, and the manifest says so', async (t) => {
  for (const [method, methodOptions] of runs.filter(([name]) => ['dds', 'diffusion-mbir', 'cs-tv'].includes(name))) {
    const { volume, manifest, support } = await image(inlineBackend(), method, methodOptions, 'prior');
    const slice = volume.data.length / SLICES;
    t.true(
      volume.data.subarray(slice, 2 * slice).some((v) => Math.abs(v) > 1e-4),
      method,
    );
    t.is(manifest.unmeasured?.filled, 'prior');
    t.true(support!.data.includes(0));
  }
});

test('where everything is seen nothing is held, and no bit is another', async (t) => {
  const { scan } = await smallScan(3, 24, 9);
  for (const [method, methodOptions] of [
    ['admm-tv', { iterations: 3 }],
    ['cgls', { iterations: 3 }],
  ] as const) {
    const [held, free] = [undefined, 'prior' as const].map((unmeasured) =>
      reconstruct(scan, { method, methodOptions, backend: inlineBackend(), unmeasured } as object).result(),
    );
    const { volume, manifest, support } = await held;
    t.deepEqual(volume.data, (await free).volume.data);
    t.is(manifest.unmeasured, null);
    t.is(support, undefined);
  }
});

test('CT: voxels that no ray meets are air, by whichever method; those are the columns beside a narrow detector', async (t) => {
  const columns = 12;
  const scan: Measurement = {
    ...kinds.get('radon.parallel').example!(SLICES),
    // from the front alone: a detector of 8 mm sees 8 columns of 1 mm, and half of a column on either side by interpolation
    geometry: { angles: [0], detectorCount: 8, detectorPitch: 1 },
    data: new Float32Array(SLICES * 8).fill(0.1),
    shape: [SLICES, 1, 8],
    grid: { shape: [SLICES, 5, columns], ...placed({ spacing: [1, 1.5, 2] }), units: 'HU', modality: 'CT' },
  };
  const prior = functionPrior({
    ...{ name: 'draws', range: { unit: 'HU', low: -1000, high: 1000 }, sigma: [0.001, 100] },
    denoise: async (images, _, sigma) => images.map((v) => (v + sigma) / (1 + sigma)),
  });
  for (const [method, methodOptions] of [
    ['dds', { steps: 3 }],
    ['diffusion-mbir', { steps: 3, sigmaMax: 1 }],
    ['admm-tv', { iterations: 4, low: 0.2 }],
    ['sirt', { iterations: 3 }],
  ] as const) {
    const given = solvers.get(method).needsPrior ? { prior } : {};
    const run = reconstruct(scan, { method, methodOptions, backend: inlineBackend(), seed: 1, ...given } as object);
    const { volume, support } = await run.result();
    for (const [i, value] of volume.data.entries()) {
      const outside = i % columns < 2 || i % columns >= 10;
      t.is(support!.data[i], outside ? 0 : 1, `${i}`);
      if (outside) t.is(value, -1000, method);
    }
  }
});

test('the step along the data is that of the image held at 0: y/(1 + λ) for a pixel beside one that is not seen', async (t) => {
  // minimise ½(x₀ − y)² + λ/2 (x₁ − x₀)²; with x₁ = 0 held, x₀ = y/(1 + λ), without x₀ = x₁ = y
  const backend = inlineBackend();
  const domain = space(['slice', 'y', 'x'], [SLICES, 1, 2]);
  const operator = matrixOperator({ rows: 1, columns: 2, real: Float64Array.of(1, 0) }, domain, backend);
  const y = backend.field(operator.range);
  await backend.write(y, Float32Array.of(1, 2, -3));
  const support = backend.field(domain);
  await backend.write(support, Float32Array.of(1, 0, 1, 0, 1, 0));
  const regulariser = defineRegulariser({
    ...{ name: 'squares of differences', coupling: 'slice' },
    operator: {
      components: () => [domain, domain],
      apply: (x, [a, b]) => backend.gradient(x, a, b),
      adjoint(d, x) {
        backend.fill(x, 0);
        backend.addGradientAdjoint(1, d[0], d[1], x);
      },
    },
    prox: (v, threshold, out) => v.forEach((part, i) => backend.lincomb(out[i], [1 / (1 + threshold), part])),
  });
  const lambda = 0.5;
  const options = { iterations: 200, lambda, rho: 0.5, innerIterations: 6, regulariser } as object;
  const held = await result(admm, { backend, operator, y, support, seed: 0 }, options);
  const free = await result(admm, { backend, operator, y, seed: 0 }, options);
  t.true(
    relativeError(
      held,
      Float32Array.of(1, 0, 2, 0, -3, 0).map((v) => v / (1 + lambda)),
    ) < 1e-4,
    held.join(),
  );
  t.true(relativeError(free, Float32Array.of(1, 1, 2, 2, -3, -3)) < 1e-3, free.join());
});
