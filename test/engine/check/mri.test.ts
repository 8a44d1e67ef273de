import test from 'ava';
import { createCpuBackend } from '../../../compute/cpu/backend.js';
import { checkScan, type ScanCheck } from '../../../src/engine/check-scan.js';
import {
  makeVolume,
  phantoms,
  scannedObject,
  simulateMri,
  volumeData,
  type Measurement,
  type SimulateMriOptions,
} from '../../../src/index.js';
import { dcFirst, parseKAxes, type KAxis } from '../../../src/modalities/mri/dc-first.js';

const backend = createCpuBackend({ workers: 0 });
const attenuation = scannedObject(phantoms.get('thorax').make(), { size: 64, depth: 2 });
/** Its densities as brightness. */
const object = makeVolume(
  volumeData(attenuation).map((hu) => 1000 + hu),
  attenuation.shape,
  { ...attenuation, units: 'arbitrary', modality: 'MR' },
);
const scanOf = (options: SimulateMriOptions): Promise<Measurement> =>
  simulateMri(object, { coils: 4, acs: 16, snr: 30, seed: 3, ...options });
const lines = await scanOf({ mask: 'random', accel: 3 });
const points = await scanOf({ mask: 'poisson', accel: 3 });
const full = await scanOf({});
const check = (scan: Measurement): Promise<ScanCheck> => checkScan(scan, backend);
const shown = ({ asRead, others }: ScanCheck): string =>
  [asRead, ...others].map(({ what, snr, left }) => `${what} ${snr?.toFixed(1) ?? left}`).join('; ');

/** As an unshifted transform leaves it: rolled the other way. Sizes are even. */
const unshifted = dcFirst;

for (const [name, scan] of [
  ['lines', lines],
  ['points', points],
  ['full', full],
  ['noisy points', await scanOf({ mask: 'poisson', accel: 3, snr: 5 })],
  ['one coil', await scanOf({ coils: 1, mask: 'poisson', accel: 3 })],
] as const) {
  test(`${name}: right as read`, async (t) => {
    const found = await check(scan);
    t.log(shown(found));
    t.is(found.better, undefined);
  });
}

for (const [name, scan] of [
  ['lines', lines],
  ['points', points],
  ['full', full],
] as const) {
  for (const axes of [['ky', 'kx'], ['ky'], ['kx']] as const satisfies readonly (readonly KAxis[])[]) {
    test(`${name}: DC first along ${axes.join(', ')} is told, and the option that mends it`, async (t) => {
      const found = await check(unshifted(scan, axes));
      t.log(shown(found));
      t.is(found.better?.mend, `--fftshift ${axes.join(',')}`);
    });
  }
}

test('coils and ky that were exchanged are told', async (t) => {
  const [slices, coils, ny, nx] = full.shape;
  const data = new Float32Array(full.data.length);
  for (let n = 0; n < data.length / 2; n++) {
    const [s, c, y, x] = [Math.floor(n / (coils * ny * nx)), Math.floor(n / (ny * nx)) % coils, Math.floor(n / nx) % ny, n % nx];
    const to = ((s * ny + y) * coils + c) * nx + x;
    data.set(full.data.subarray(2 * n, 2 * n + 2), 2 * to);
  }
  const mask = { data: new Float32Array(coils * nx).fill(1), shape: [1, coils, nx], dtype: 'float32' } as const;
  const grid = { ...full.grid, shape: [slices, coils, nx] };
  const found = await check({ ...full, data, shape: [slices, ny, coils, nx], arrays: { mask }, grid });
  t.log(shown(found));
  t.is(found.better?.what, 'coils and ky exchanged');
  t.is(found.better?.mend, '--axes slice,ky,coil,kx of an array that was read as slice,coil,ky,kx');
});

test('maps of a file that do not go with k-space are told; those that do are not', async (t) => {
  const scan = await scanOf({ mask: 'poisson', accel: 3, withMaps: true });
  const right = await check(scan);
  t.log(shown(right));
  t.is(right.better, undefined);
  const { maps } = scan.arrays!;
  const conjugated = maps.data.map((value, n) => (n % 2 === 1 ? -value : value));
  const found = await check({ ...scan, arrays: { ...scan.arrays, maps: { ...maps, data: conjugated } } });
  t.log(shown(found));
  t.is(found.better?.what, 'coil maps conjugated');
});

test('samples roll by half of either axis, the mask with them', (t) => {
  const scan = dcFirst(lines, ['ky']);
  const [, , ny, nx] = lines.shape;
  t.deepEqual(scan.data.subarray(0, 2 * nx), lines.data.subarray(2 * nx * (ny / 2), 2 * nx * (ny / 2 + 1)));
  t.deepEqual(scan.arrays!.mask.data.subarray(0, nx), lines.arrays!.mask.data.subarray(nx * (ny / 2), nx * (ny / 2 + 1)));
  t.deepEqual(dcFirst(scan, ['ky']).data, lines.data);
  t.deepEqual(parseKAxes('KX, ky'), ['kx', 'ky']);
  t.throws(() => parseKAxes('kz'), { code: 'ARGUMENT', message: /fftshift/ });
});
