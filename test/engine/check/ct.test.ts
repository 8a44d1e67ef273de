import test from 'ava';
import { createCpuBackend } from '../../../compute/cpu/backend.js';
import { detectorFields } from '../../../volumes/kinds/radon/schema.js';
import { checkScan, type ScanCheck } from '../../../src/engine/check-scan.js';
import { phantoms, simulateCt, type Measurement, type SimulateCtOptions } from '../../../src/index.js';
import { flipped } from '../../../src/modalities/ct/flip.js';

const backend = createCpuBackend({ workers: 0 });
const scanOf = (options: SimulateCtOptions): Promise<Measurement> =>
  simulateCt(phantoms.get('thorax').make(), { size: 64, depth: 3, views: 72, photons: 1e5, seed: 4, ...options }, backend);

const geometry = (scan: Measurement, change: object): Measurement => ({ ...scan, geometry: { ...scan.geometry, ...change } });
const angles = (scan: Measurement, change: (angle: number) => number): Measurement =>
  geometry(scan, { angles: (scan.geometry.angles as number[]).map(change) });
/** The axis as read is `share` of the detector away from where it is. */
const moved = (scan: Measurement, share: number): Measurement => {
  const { pitch, offset, count } = detectorFields(scan.kind);
  const g = scan.geometry as { readonly [field: string]: number };
  return geometry(scan, { [offset]: (g[offset] ?? 0) + share * g[count] * g[pitch] });
};

const parallel = await scanOf({ geometry: 'parallel' });
const fan = await scanOf({ geometry: 'fan' });
const check = (scan: Measurement): Promise<ScanCheck> => checkScan(scan, backend);
const shown = ({ asRead, others }: ScanCheck): string =>
  [asRead, ...others].map(({ what, snr, score }) => `${what} ${snr?.toFixed(1)} / ${score?.toFixed(1)}`).join('; ');

for (const [name, scan] of [
  ['parallel', parallel],
  ['fan', fan],
  ['cone', await scanOf({ geometry: 'cone' })],
  ['noisy fan', await scanOf({ geometry: 'fan', photons: 300 })],
  ['sparse parallel', await scanOf({ geometry: 'parallel', views: 24 })],
  ['arc', await scanOf({ geometry: 'fan', arc: 90 })],
] as const) {
  test(`${name}: right as read`, async (t) => {
    const found = await check(scan);
    t.log(shown(found));
    t.is(found.better, undefined);
    t.true(found.explained);
  });
}

test('a fan whose views go the other way round is told, and the option that mends it', async (t) => {
  const found = await check(angles(fan, (angle) => -angle));
  t.log(shown(found));
  t.is(found.better?.what, 'views the other way round');
  t.regex(found.better!.mend!, /--clockwise/);
  // a flipped detector is the same but for a mirror
  const other = await check(flipped(fan, 'detector'));
  t.regex(other.better!.mend!, /--flip detector/);
});

test('a cone, too', async (t) => {
  const found = await check(angles(await scanOf({ geometry: 'cone' }), (angle) => -angle));
  t.log(shown(found));
  t.is(found.better?.what, 'views the other way round');
});

for (const scan of [parallel, fan]) {
  test(`${scan.kind}: angles in radians are told`, async (t) => {
    const found = await check(angles(scan, (angle) => (angle * Math.PI) / 180));
    t.log(shown(found));
    t.is(found.better?.what, 'angles in radians');
    t.regex(found.better!.mend!, /^--angle-unit rad \(--angles 0:/);
  });

  test(`${scan.kind}: an axis that lies elsewhere is found`, async (t) => {
    const found = await check(moved(scan, 0.06));
    t.log(shown(found));
    // of a fan to half a bin; half a turn of parallel views tells it less well, and --center auto is named beside it
    const column = Number(/column (\d+\.\d)/.exec(found.better!.what)![1]);
    t.true(Math.abs(column - (scan.shape[2] - 1) / 2) < (scan === fan ? 0.6 : 1.6), found.better!.what);
    t.regex(found.better!.mend!, scan === fan ? /^--offset/ : /--center auto/);
  });
}

test('views and detectors that were exchanged are told', async (t) => {
  const [slices, views, bins] = parallel.shape;
  const data = new Float32Array(parallel.data.length);
  for (let n = 0; n < data.length; n++) {
    const [slice, view, bin] = [Math.floor(n / (views * bins)), Math.floor(n / bins) % views, n % bins];
    data[(slice * bins + bin) * views + view] = parallel.data[n];
  }
  const even = Array.from({ length: bins }, (_, n) => (180 * n) / bins);
  const wrong = geometry({ ...parallel, data, shape: [slices, bins, views] }, { angles: even, detectorCount: views });
  const found = await check(wrong);
  t.log(shown(found));
  t.is(found.better?.what, 'views and detectors exchanged');
  t.is(found.better?.mend, '--axes slice,detector,view of an array that was read as slice,view,detector');
});

test('a scan that no reading explains is not called right', async (t) => {
  const [, views, bins] = parallel.shape;
  // views of objects that have nothing to do with each other
  const data = parallel.data.map((_, n) => {
    const [view, bin] = [Math.floor(n / bins) % views, n % bins];
    return Math.abs(bin - ((view * 37) % bins)) < 5 ? 1 : 0;
  });
  const found = await check({ ...parallel, data });
  t.log(shown(found));
  t.is(found.better, undefined);
  t.false(found.explained);
});

test('too few views are refused', async (t) => {
  await t.throwsAsync(check(await scanOf({ views: 10 })), { code: 'ARGUMENT', message: /10 views are too few/ });
});
