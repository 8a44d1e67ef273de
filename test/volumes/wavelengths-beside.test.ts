import test from 'ava';
import { writeHdf5 } from '../../volumes/formats/hdf5/write.js';
import { wavelengthsOf } from '../../volumes/bands.js';
import { cubeMeasurement, isCube } from '../../volumes/kinds/spectral/from-volume.js';
import { readVolume } from '../../volumes/open.js';
import { cubeFacts } from '../../src/modalities/spectral/facts.js';
import { goldenFile } from '../support/golden-arrays.js';

/** As test/golden/scripts/wavelengths.py has them. */
const NM = [450.5, 550, 650, 640, 900];
const [LINES, SAMPLES, BANDS] = [3, 4, 5];

for (const [name, dataset, warned] of [
  ['cube-v7.mat', undefined, /can only be nm/],
  ['cube-v7.mat', 'cube', /can only be nm/],
  ['cube-v73.mat', undefined, /can only be nm/],
  ['cube-in-struct.mat', 'scene.cube', undefined],
  ['cube.h5', undefined, undefined],
] as const) {
  test(`${name}${dataset ? `, ${dataset}` : ''}: the vector of wavelengths becomes those of the bands, whatever their place`, async (t) => {
    const volume = await readVolume([goldenFile(name)], dataset === undefined ? {} : { dataset });
    t.true(isCube(volume));
    t.is(volume.modality, 'hyperspectral');
    const scan = cubeMeasurement(volume);
    t.deepEqual(scan.shape, [BANDS, LINES, SAMPLES]);
    const wavelengths = wavelengthsOf(scan.grid.axes[0])!;
    t.true(NM.every((nm, band) => Math.abs(wavelengths[band] - nm) < 1e-9));
    for (const [line, sample, band] of [
      [0, 0, 0],
      [2, 1, 4],
      [1, 3, 2],
    ]) {
      t.is(scan.data[(band * LINES + line) * SAMPLES + sample], 100 * line + 10 * sample + band);
    }
    t.true(
      cubeFacts(scan).rows.some(([what, text]) => what === 'wavelengths' && text === '450.5 to 900 nm, not in the order of the bands'),
    );
    const warnings = (volume.meta.warnings ?? []).join('\n');
    if (warned) t.regex(warnings, warned);
    else t.is(warnings, '');
  });
}

const file = async (shape: readonly number[], beside: { readonly [name: string]: readonly number[] }) => [
  {
    name: 'x.h5',
    bytes: await writeHdf5((h5) => {
      h5.array('data', new Float32Array(shape.reduce((a, n) => a * n, 1)), shape);
      for (const [name, values] of Object.entries(beside)) h5.numbers(name, values);
    }),
  },
];

test('vectors that fit no axis, or several, are told and not used; others are no wavelengths', async (t) => {
  const five = [400, 500, 600, 700, 800];
  for (const [shape, beside, told] of [
    [[2, 3, 4], { wl: five }, /5 wavelengths, the array 2×3×4: not used, since no axis/],
    [[5, 5, 4], { wl: five }, /not used, since several of its axes/],
    [[2, 3, 5], { wl: [0, 0, 0, 0, 0] }, undefined],
    [[2, 3, 5], { counts: five }, undefined],
  ] as const) {
    const volume = await readVolume(await file(shape, beside));
    t.false(isCube(volume));
    const warnings = (volume.meta.warnings ?? []).join('\n');
    t.regex(warnings, /no voxel size/);
    if (told) t.regex(warnings, told);
    else t.notRegex(warnings, /wavelength/);
  }
});

test('what the caller says of the array goes before wavelengths', async (t) => {
  const given = await file([2, 3, 5], { wavelength: [400, 500, 600, 700, 800] });
  t.false(isCube(await readVolume(given, { modality: 'CT' })));
  t.false(isCube(await readVolume(given, { spacing: [1, 1, 1] })));
  t.true(isCube(await readVolume(given)));
});
