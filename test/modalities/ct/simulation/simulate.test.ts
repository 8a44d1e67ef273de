import test from 'ava';
import { MU_WATER } from '../../../../core/units.js';
import { phantomGrid, phantoms, rasterise } from '../../../../src/modalities/ct/phantoms/index.js';
import { inverseCrimeWarning } from '../../../../src/modalities/inverse-crime.js';
import { scannedObject, simulateCt } from '../../../../src/modalities/ct/simulation/simulate.js';
import { cropSlices, reorient } from '../../../../volumes/orientation.js';
import { makeVolume, volumeData, type Volume } from '../../../../volumes/volume.js';
import { affineOf, spacingOf, placed, latticeOf, shapeOf } from '../../../../core/placement.js';
import { inlineBackend } from '../../../support/backends.js';

/** A small head in HU; asymmetric, so that a wrong axis or sign shows. */
function head(slices = 4, size = 64, spacing?: [number, number, number]): Volume {
  const phantom = phantoms.get('shepp-logan').make();
  const volume = rasterise(phantom, phantomGrid(phantom, [slices, size, size]), 4);
  return spacing ? { ...volume, ...placed({ ...latticeOf(volume), spacing }) } : volume;
}

const relativeRms = (a: Float32Array, b: Float32Array): number => {
  let [error, size] = [0, 0];
  a.forEach((v, i) => {
    error += (v - b[i]) ** 2;
    size += b[i] ** 2;
  });
  return Math.sqrt(error / size);
};

test('a simulated scan of voxels agrees with the exact line integrals of the phantom', async (t) => {
  const phantom = phantoms.get('shepp-logan').make();
  const volume = rasterise(phantom, phantomGrid(phantom, [4, 128, 128]), 4);
  for (const geometry of ['parallel', 'fan'] as const) {
    const options = { geometry, views: 12, oversample: 2, size: 128, depth: 4 };
    const voxels = await simulateCt(volume, options, inlineBackend());
    const exact = await simulateCt(phantom, { ...options, oversample: 4 }, inlineBackend());
    t.deepEqual(voxels.shape, exact.shape);
    t.deepEqual(voxels.geometry, exact.geometry);
    const error = relativeRms(voxels.data, exact.data);
    t.true(error < 0.012, `${geometry}: ${error}`); // skull edges of half a pixel in a 128² image
  }
});

test('a simulated cone-beam scan agrees with the exact line integrals, and its detector sees the whole grid', async (t) => {
  const phantom = phantoms.get('shepp-logan').make();
  const volume = rasterise(phantom, phantomGrid(phantom, [48, 48, 48]), 4);
  const options = { geometry: 'cone', views: 6, size: 48, depth: 48 } as const;
  const voxels = await simulateCt(volume, options, inlineBackend());
  const exact = await simulateCt(phantom, { ...options, oversample: 4 }, inlineBackend());
  t.deepEqual(voxels.shape, exact.shape);
  t.is(voxels.meta.warnings, undefined);
  const [views, rows, columns] = voxels.shape;
  t.deepEqual([views, rows, columns], [6, voxels.geometry.rows, voxels.geometry.columns]);
  const error = relativeRms(voxels.data, exact.data);
  t.true(error < 0.09, `${error}`); // edges of half a voxel in 48; half of it in 96
  // mass, and where it lies along z: what half a voxel or a flip would move
  const moment = (data: Float32Array, weight: (row: number) => number): number =>
    data.reduce((sum, v, i) => sum + v * weight(Math.floor(i / columns) % rows), 0);
  const [m, e] = [voxels.data, exact.data].map((data) => ({
    mass: moment(data, () => 1),
    height: moment(data, (r) => r),
  }));
  t.true(Math.abs(m.mass / e.mass - 1) < 1e-3);
  t.true(Math.abs(m.height / m.mass - e.height / e.mass) < 0.01);
});

test('oversampling only refines: bins stay where they are and mass is kept', async (t) => {
  const volume = head();
  const sum = async (oversample: number) => {
    const scan = await simulateCt(volume, { views: 6, oversample }, inlineBackend());
    return { scan, mass: scan.data.reduce((s, v) => s + v, 0) };
  };
  const [one, three] = [await sum(1), await sum(3)];
  t.deepEqual(one.scan.shape, three.scan.shape);
  t.true(Math.abs(one.mass / three.mass - 1) < 2e-3);
  t.true(relativeRms(one.scan.data, three.scan.data) < 0.06);
});

test('every parallel view of a slice has its mass: Σ bins · pitch = Σ μ · area, with μ ≥ 0', async (t) => {
  const volume = head(3);
  const scan = await simulateCt(volume, { views: 5 }, inlineBackend());
  const [dx, dy] = spacingOf(volume);
  const [slices, views, bins] = scan.shape;
  for (let k = 0; k < slices; k++) {
    const slice = volumeData(volume).slice(k * 64 * 64, (k + 1) * 64 * 64);
    const mass = slice.reduce((s, hu) => s + Math.max(0, MU_WATER * (1 + hu / 1000)), 0) * dx * dy;
    for (let v = 0; v < views; v++) {
      const row = scan.data.slice((k * views + v) * bins, (k * views + v + 1) * bins);
      const measured = row.reduce((s, p) => s + p, 0) * (scan.geometry.detectorPitch as number);
      t.true(Math.abs(measured / mass - 1) < 5e-3, `slice ${k} view ${v}: ${measured / mass}`);
    }
  }
});

test('slices are counted from 0 and both ends are included, and the grid lies on them in the world', async (t) => {
  const volume = head(10, 32);
  const scan = await simulateCt(volume, { views: 3, slices: [3, 6] }, inlineBackend());
  t.is(scan.shape[0], 4);
  const want = cropSlices(volume, 3, 7);
  t.deepEqual(scan.grid.shape, shapeOf(want));
  t.deepEqual(affineOf(scan.grid), affineOf(want));
  const alone = await simulateCt(want, { views: 3 }, inlineBackend());
  t.deepEqual(scan.data, alone.data);
  await t.throwsAsync(simulateCt(volume, { views: 3, slices: [3, 10] }, inlineBackend()), { message: /included/ });
});

test('a volume stored in another order gives the same scan', async (t) => {
  const volume = head(5, 32);
  const stored = reorient(volume, { axis: [2, 0, 1], flip: [true, false, true] });
  const [a, b] = [volume, stored].map((v) => simulateCt(v, { views: 4 }, inlineBackend()));
  t.deepEqual((await a).data, (await b).data);
  t.true(affineOf((await a).grid).every((v, i, other) => Math.abs(v - other[i]) < 1e-9));
});

test('the default detector sees the corners of the slice in every geometry', async (t) => {
  const bright = makeVolume(new Float32Array(2 * 40 * 60).fill(1), [2, 40, 60], {
    units: '1/mm',
    modality: 'CT',
    ...placed({ spacing: [1.5, 0.7, 2] }),
  });
  for (const geometry of ['parallel', 'fan'] as const) {
    const scan = await simulateCt(bright, { geometry, views: 31 }, inlineBackend());
    t.is(scan.meta.warnings, undefined);
    // every view of a parallel beam holds the whole mass
    if (geometry === 'parallel') {
      const mass = 40 * 60 * 1.5 * 0.7;
      const bins = scan.shape[2];
      for (let v = 0; v < 31; v++) {
        const row = scan.data.slice(v * bins, (v + 1) * bins);
        t.true(Math.abs((row.reduce((s, p) => s + p, 0) * 0.7) / mass - 1) < 5e-3);
      }
    }
  }
  const narrow = await simulateCt(bright, { views: 5, detectorCount: 30 }, inlineBackend());
  t.regex(narrow.meta.warnings?.[0] ?? '', /leave the field of view/);
});

test('photon noise has its variance e^p/I₀ in the measured data, and the same seed gives the same bits', async (t) => {
  const volume = head(4, 64);
  const options = { views: 60, photons: 1e5, seed: 5 };
  const clean = await simulateCt(volume, { views: 60 }, inlineBackend());
  const scan = await simulateCt(volume, options, inlineBackend());
  let sum = 0;
  scan.data.forEach((y, i) => (sum += (y - clean.data[i]) ** 2 / (Math.exp(clean.data[i]) / 1e5)));
  const n = scan.data.length;
  t.true(Math.abs(sum / n - 1) < 5 * Math.sqrt(2 / n), `${sum / n}`);
  t.deepEqual(scan.noise, { type: 'poisson', photons: 1e5 });
  t.deepEqual((await simulateCt(volume, options, inlineBackend())).data, scan.data);
  t.notDeepEqual((await simulateCt(volume, { ...options, seed: 6 }, inlineBackend())).data, scan.data);
});

test('angles follow views, arc and start: 180° for parallel, 360° for fan, the end left out', async (t) => {
  const volume = head(1, 16);
  const angles = async (options: object) => (await simulateCt(volume, options, inlineBackend())).geometry.angles;
  t.deepEqual(await angles({ views: 4 }), [0, 45, 90, 135]);
  t.deepEqual(await angles({ views: 4, geometry: 'fan' }), [0, 90, 180, 270]);
  t.deepEqual(await angles({ views: 3, arc: 90, startAngle: 10 }), [10, 40, 70]);
  t.deepEqual(await angles({ angles: [5, 1] }), [5, 1]);
});

test('a crop of a phantom is the phantom at that height', async (t) => {
  const phantom = phantoms.get('thorax').make();
  const options = { size: 48, depth: 8, views: 5 };
  const whole = await simulateCt(phantom, options, inlineBackend());
  const part = await simulateCt(phantom, { ...options, slices: [2, 4] }, inlineBackend());
  const perSlice = whole.data.length / 8;
  t.true(relativeRms(part.data, whole.data.slice(2 * perSlice, 5 * perSlice)) < 1e-6);
  const object = scannedObject(phantom, { ...options, slices: [2, 4] });
  t.deepEqual(affineOf(object), affineOf(part.grid));
  t.deepEqual(volumeData(object), volumeData(cropSlices(scannedObject(phantom, options), 2, 5)));
});

test('the inverse crime is named only where it is committed', async (t) => {
  const volume = head(1, 16);
  const crime = await simulateCt(volume, { views: 3, oversample: 1 }, inlineBackend());
  t.regex(inverseCrimeWarning(crime, crime.grid) ?? '', /inverse crime/);
  t.is(inverseCrimeWarning(crime, { ...crime.grid, shape: [1, 20, 20] }), undefined);
  const fair = await simulateCt(volume, { views: 3 }, inlineBackend());
  t.is(inverseCrimeWarning(fair, fair.grid), undefined);
  const exact = await simulateCt(phantoms.get('thorax').make(), { views: 3, size: 16, depth: 1, oversample: 1 }, inlineBackend());
  t.is(inverseCrimeWarning(exact, exact.grid), undefined);
});

test('what cannot be simulated is refused with the way out', async (t) => {
  const volume = head(1, 16);
  await t.throwsAsync(simulateCt({ ...volume, units: 'arbitrary' }, {}, inlineBackend()), { message: /units/ });
  await t.throwsAsync(simulateCt(volume, { photons: 1e4, noiseStd: 1 }, inlineBackend()), {
    message: /two kinds of noise/,
  });
  await t.throwsAsync(simulateCt(volume, { geometry: 'fan', sourceToAxis: 20 }, inlineBackend()), {
    message: /impossible/,
  });
  await t.throwsAsync(simulateCt(volume, { views: 0 }, inlineBackend()), { message: /views/ });
});

test('a volume that lies obliquely is scanned as it lies: the same data, its own place, and that is told', async (t) => {
  const volume = head(3, 32);
  const [cos, sin] = [Math.cos(Math.PI / 12), Math.sin(Math.PI / 12)];
  const tilted = { ...volume, ...placed({ ...latticeOf(volume), direction: [1, 0, 0, 0, cos, -sin, 0, sin, cos] }) };
  const options = { views: 6, oversample: 1 } as const;
  const [upright, leaning] = [await simulateCt(volume, options, inlineBackend()), await simulateCt(tilted, options, inlineBackend())];
  t.deepEqual(leaning.shape, upright.shape);
  t.true(relativeRms(leaning.data, upright.data) < 1e-5);
  t.regex((leaning.meta.warnings ?? []).join(), /obliquely .*lean 15\.0°/);
  t.notRegex((upright.meta.warnings ?? []).join(), /obliquely/);
});
