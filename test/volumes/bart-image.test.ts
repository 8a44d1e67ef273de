import test from 'ava';
import { makeComplexVolume, makeVolume, readVolume, shapeOf, volumeData, writeVolume, writeVolumeFiles } from '../../volumes/index.js';
import { bartFiles, kspaceTruth } from '../support/golden-kspace.js';
import { spacingOf } from '../../core/placement.js';
import { partsOf } from '../support/parts.js';
import { relativeError } from '../support/kspace.js';

/** Coil 1 of BART's images [slice, coil, y, x], interleaved. */
function coilOf(name: string): number[] {
  const { shape, data } = kspaceTruth(name);
  const [slices, coils, ny, nx] = shape;
  const size = 2 * ny * nx;
  return Array.from({ length: slices }, (_, s) => data.slice((s * coils + 1) * size, (s * coils + 2) * size)).flat();
}

test("BART's images: slices along dimension 13, or along dimension 2 of a block", async (t) => {
  const flat = await readVolume(bartFiles('image-2d'), { complex: 'keep' });
  t.deepEqual(shapeOf(flat), [2, 7, 8]);
  t.true(relativeError(flat.data, coilOf('bart-images')) < 2e-6);

  const block = await readVolume(bartFiles('image-3d'), { complex: 'keep', spacing: [1, 2, 3] });
  t.deepEqual(shapeOf(block), [4, 6, 5]);
  const turned = coilOf('bart-block'); // [x, y, z]
  const wanted: number[] = [];
  for (let z = 0; z < 4; z++)
    for (let y = 0; y < 6; y++)
      for (let x = 0; x < 5; x++) wanted.push(...turned.slice(2 * ((x * 6 + y) * 4 + z), 2 * ((x * 6 + y) * 4 + z) + 2));
  t.true(relativeError(block.data, wanted) < 2e-6);
  t.deepEqual(spacingOf(block), [1, 2, 3]);
  t.deepEqual([...block.placement!.origin], [-2, -6, -6]);
  t.deepEqual([flat.meta.warnings, block.meta.warnings], [['the file has no voxel size: 1 mm assumed'], []]);
});

test('what is written is what BART wrote', async (t) => {
  const files = bartFiles('image-2d');
  const image = await readVolume(files, { complex: 'keep' });
  const [cfl, hdr] = await writeVolumeFiles('out.cfl', image);
  t.deepEqual(cfl.bytes, files[0].bytes);
  t.is(new TextDecoder().decode(hdr.bytes).trim(), new TextDecoder().decode(files[1].bytes).trim());
  t.deepEqual([cfl.name, hdr.name], ['out.cfl', 'out.hdr']);
});

test('real images come back real, complex ones as asked', async (t) => {
  const data = Float32Array.from({ length: 24 }, (_, n) => n - 7.5);
  const real = await readVolume(await writeVolumeFiles('a.cfl', makeVolume(data, [2, 3, 4])));
  t.deepEqual(volumeData(real), data);
  t.is(real.dtype, 'float32');
  const both = makeComplexVolume(data, [1, 3, 4]);
  const files = await writeVolumeFiles('a.cfl', both);
  await t.throwsAsync(readVolume(files), { code: 'FORMAT_UNSUPPORTED', message: /--complex magnitude/ });
  const size = volumeData(await readVolume(files, { complex: 'magnitude' }));
  const [re, im] = partsOf(both);
  t.deepEqual(
    size,
    re.map((value, n) => Math.hypot(value, im[n])),
  );
});

test('arrays with coils are no images; a pair is not one file', async (t) => {
  const code = 'FORMAT_UNSUPPORTED';
  await t.throwsAsync(readVolume(bartFiles('kspace-2d')), { code, message: /dimension 3 \(coil\)/ });
  await t.throwsAsync(readVolume(bartFiles('image-2d').slice(0, 1)), { code: 'FORMAT', message: /two files/ });
  const volume = makeVolume(new Float32Array(8), [2, 2, 2]);
  await t.throwsAsync(writeVolume('a.cfl', volume), { code: 'FORMAT', message: /a\.cfl, a\.hdr.*writeVolumeFiles/s });
});
