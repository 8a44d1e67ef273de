import test from 'ava';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { packZip } from '../../volumes/formats/npy/zip.js';
import { writeCfl } from '../../volumes/formats/bart/cfl.js';
import { readMeasurement, selectionsOf } from '../../volumes/open.js';
import { eachSelection, everyEntry, parseSelect } from '../../volumes/select.js';
import { scanImages } from '../../src/engine/scan-images.js';
import { kspaceFile } from '../support/golden-kspace.js';

const numbers = (length: number): Float32Array => Float32Array.from({ length }, (_, n) => n + 1);
/** Complex k-space [echo 2, time 3, coil 2, ky 8, kx 6]. */
const DYNAMIC = { shape: [2, 3, 2, 8, 6], axes: 'echo,time,coil,ky,kx' };
const array = () => ({ name: 'k.npy', bytes: packNpy(numbers(2 * 2 * 3 * 2 * 8 * 6), DYNAMIC.shape, true) });

test('all is every entry that is there, in order of the numbers, beside what is picked', (t) => {
  const there = [
    { echo: 10, set: 0 },
    { echo: 2, set: 0 },
    { echo: 2, set: 0 },
    { echo: 2, set: 1 },
  ];
  t.deepEqual(eachSelection(parseSelect('echo=all'), there), ['echo=2', 'echo=10']);
  t.deepEqual(eachSelection(parseSelect('set = all, echo=2'), there), ['set=0,echo=2', 'set=1,echo=2']);
  t.deepEqual(eachSelection(parseSelect('set=all,echo=all'), there), ['set=0,echo=2', 'set=0,echo=10', 'set=1,echo=2']);
  t.deepEqual(eachSelection(parseSelect('echo=7,set=all'), there), []);
  t.is(
    everyEntry([
      ['a', 2],
      ['b', 3],
    ]).length,
    6,
  );
  for (const text of ['echo', 'echo=', 'echo=-1', 'echo=one', 'echo=1,echo=all']) {
    t.throws(() => parseSelect(text), { code: 'ARGUMENT' }, text);
  }
});

test('arrays: every entry of further axes, and what is no further axis is refused', async (t) => {
  const { axes } = DYNAMIC;
  t.deepEqual(await selectionsOf([array()], { axes, select: 'echo=1,time=all' }), ['echo=1,time=0', 'echo=1,time=1', 'echo=1,time=2']);
  t.is((await selectionsOf([array()], { axes, select: 'echo=all,time=all' })).length, 6);
  // without all it is itself
  t.deepEqual([await selectionsOf([array()], { axes, select: 'echo=1' }), await selectionsOf([array()], { axes })], [['echo=1'], []]);
  for (const select of ['coil=all', 'phase=all']) {
    await t.throwsAsync(selectionsOf([array()], { axes, select }), { code: 'ARGUMENT', message: /further axis/ });
  }
  await t.throwsAsync(selectionsOf([array()], { axes, select: 'echo=2,time=all' }), { code: 'ARGUMENT', message: /got none/ });
  await t.throwsAsync(readMeasurement([array()], { axes, select: 'echo=0,time=all' }), {
    code: 'ARGUMENT',
    message: /time=all is several images.*recon takes all.*time=0/s,
  });
});

test('samples along a trajectory: further axes share it', async (t) => {
  const samples = numbers(2 * 3 * 2 * 4 * 5);
  const coord = Float32Array.from({ length: 2 * 4 * 5 }, (_, n) => Math.sin(n) * 4);
  const bytes = packZip({ 'ksp.npy': packNpy(samples, [3, 2, 4, 5], true), 'coord.npy': packNpy(coord, [4, 5, 2]) });
  const [file, axes] = [{ name: 'radial.npz', bytes }, 'time,coil,spoke,sample'];
  t.deepEqual(await selectionsOf([file], { axes, select: 'time=all' }), ['time=0', 'time=1', 'time=2']);
  const one = await readMeasurement([file], { axes, select: 'time=2', size: [12] });
  t.deepEqual([...one.shape], [1, 2, 20]);
  t.deepEqual(one.data, samples.slice(160));
  await t.throwsAsync(readMeasurement([file], { axes, size: [12] }), { code: 'ARGUMENT', message: /'time'.*--select time=0/s });
});

test('BART: echoes, times and averages are dimensions of which one is read', async (t) => {
  // readout 6, phase 8, coils 2, echoes 3, times 2
  const dims = [6, 8, 1, 2, 1, 3, 1, 1, 1, 1, 2];
  const data = numbers(2 * 6 * 8 * 2 * 3 * 2);
  const files = writeCfl('k', data, dims);
  t.is((await selectionsOf(files, { select: 'echo=all,time=all' })).length, 6);
  const one = await readMeasurement(files, { select: 'echo=1,time=1' });
  t.deepEqual([...one.shape], [1, 2, 8, 6]);
  t.deepEqual(one.data, data.slice(4 * 192, 5 * 192));
  t.deepEqual((await readMeasurement(files, { select: 'time=1,echo=1' })).data, one.data);
  await t.throwsAsync(readMeasurement(files, { select: 'echo=1' }), { message: /\(time\).*--select time=0.*time=all/s });
  await t.throwsAsync(readMeasurement(files, { select: 'echo=3,time=0' }), { code: 'ARGUMENT', message: /echo 0 … 2/ });
  await t.throwsAsync(readMeasurement(files, { select: 'maps=0' }), { code: 'ARGUMENT', message: /echo, time/ });
});

test('ISMRMRD: counters that are there; one image of each', async (t) => {
  const file = kspaceFile('ismrmrd-wrong.h5');
  const options = { dataset: 'contrasts' };
  t.deepEqual(await selectionsOf([file], { ...options, select: 'contrast=all' }), ['contrast=0', 'contrast=1']);
  await t.throwsAsync(selectionsOf([file], { ...options, select: 'colour=all' }), { code: 'ARGUMENT', message: /contrast, phase/ });
  // slices along different trajectories, each by itself
  t.deepEqual(await selectionsOf([kspaceFile('ismrmrd-2d.h5')], { select: 'average=all,slice=all' }), [
    'average=0,slice=0',
    'average=0,slice=1',
    'average=1,slice=0',
    'average=1,slice=1',
  ]);
});

test('scanImages: names fit for files, numbers of equal length, other options as they were', async (t) => {
  const many = { name: 'k.npy', bytes: packNpy(numbers(2 * 11 * 48), [11, 1, 8, 6], true) };
  const images = await scanImages([many], { axes: 'time,coil,ky,kx', select: 'time=all', spacing: [2] });
  t.is(images.length, 11);
  t.deepEqual(images[3], { name: 'time03', options: { axes: 'time,coil,ky,kx', select: 'time=3', spacing: [2] } });
  t.deepEqual(await scanImages([many], { axes: 'time,coil,ky,kx' }), [{ name: '', options: { axes: 'time,coil,ky,kx' } }]);
  await t.throwsAsync(scanImages([many], { axis: 'x' } as object), { code: 'ARGUMENT' });
});
