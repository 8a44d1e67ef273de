import { readFileSync } from 'node:fs';
import test from 'ava';
import { placed } from '../../core/placement.js';
import { SlicewiseError } from '../../core/errors.js';
import { withHdf5 } from '../../volumes/formats/hdf5/open.js';
import { writeHdf5 } from '../../volumes/formats/hdf5/write.js';
import { textOf } from '../../volumes/formats/npy/array.js';
import { zipEntries } from '../../volumes/formats/npy/zip.js';
import { readMeasurement, readVolume, writeMeasurement, writeVolume } from '../../volumes/open.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';

const count = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => i / 8 - 3);

/** A seismic volume of four axes, a hyperspectral cube, a seismic line, a picture of a microscope. */
const volumes: { readonly [name: string]: Volume } = {
  prestack: makeVolume(count(2 * 3 * 2 * 5), [2, 3, 2, 5], {
    axes: [
      { name: 'inline', unit: '', first: 1001, step: 2 },
      { name: 'crossline', unit: '', first: 300, step: 1 },
      { name: 'offset', unit: 'm', coordinates: [150, 400] },
      { name: 'time', unit: 'ms', step: 4 },
    ],
    modality: 'seismic',
  }),
  cube: makeVolume(count(3 * 2 * 4), [3, 2, 4], {
    axes: [
      { name: 'band', unit: 'nm', coordinates: [402.5, 411.25, 430] },
      { name: 'y', unit: 'm', step: 0.5 },
      { name: 'x', unit: 'm', step: 0.5 },
    ],
    units: 'reflectance',
    modality: 'hyperspectral',
  }),
  line: makeVolume(count(2 * 7 * 5), [1, 7, 5], {
    axes: [
      { name: 'line', unit: '', step: 1 },
      { name: 'trace', unit: 'm', step: 12.5 },
      { name: 'time', unit: 'ms', first: 200, step: 2 },
    ],
    modality: 'seismic',
    dtype: 'complex64',
  }),
  gated: makeVolume(count(2 * 2 * 3 * 2), [2, 2, 3, 2], {
    axes: [{ name: 'gate', unit: 'ms', step: 40 }, ...placed({ spacing: [1, 2, 3] }).axes],
    placement: { origin: [5, 6, 7], direction: [0, -1, 0, 1, 0, 0, 0, 0, 1] },
    units: 'HU',
    modality: 'CT',
  }),
};
const said = ({ data, shape, dtype, axes, placement, units, modality }: Volume) => ({
  data,
  shape,
  dtype,
  axes,
  placement,
  units,
  modality,
});

for (const [name, volume] of Object.entries(volumes)) {
  for (const file of ['a.npz', 'a.h5']) {
    test(`axes, place, units and numbers come back from ${file}: ${name}`, async (t) => {
      const complex = volume.dtype === 'complex64';
      const bytes = await writeVolume(file, volume, complex ? { dtype: 'complex64' } : {});
      const again = await readVolume([{ name: file, bytes }], complex ? { complex: 'keep' } : {});
      t.deepEqual(said(again), said(volume));
      t.deepEqual(again.meta.warnings, []);
      if (complex)
        await t.throwsAsync(readVolume([{ name: file, bytes }]), {
          code: 'FORMAT_UNSUPPORTED',
          message: /--complex magnitude/,
        });
    });
  }
}

test('a volume in mm is an archive of data and affine, and what the numbers are', async (t) => {
  const bytes = await writeVolume('a.npz', makeVolume(count(24), [2, 3, 4]));
  t.deepEqual(
    zipEntries(bytes).map(({ name }) => name),
    ['data.npy', 'affine.npy', 'units.npy', 'modality.npy'],
  );
});

test('a plain array gets the axes that the caller names, all dimensions of it', async (t) => {
  const { axes } = volumes.prestack;
  const bytes = await writeVolume('a.npy', volumes.prestack);
  const again = await readVolume([{ name: 'a.npy', bytes }], { volumeAxes: axes, modality: 'seismic' });
  t.deepEqual(said(again), said(volumes.prestack));
  await t.throwsAsync(readVolume([{ name: 'a.npy', bytes }]), {
    code: 'FORMAT_UNSUPPORTED',
    message: /several|volumes/,
  });
  await t.throwsAsync(readVolume([{ name: 'a.npy', bytes }], { volumeAxes: axes.slice(1) }), { code: 'SHAPE' });
});

test('a text beside NumPy arrays is what numpy wrote', (t) => {
  // numpy.save(f, 'nm µ😀') of numpy 2: version 1.0, descr '<U5'
  const header = `{'descr': '<U5', 'fortran_order': False, 'shape': (), }`;
  const bytes = new Uint8Array(128 + 20).fill(0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes[127] = 0x0a;
  bytes.set(new Uint8Array(Uint32Array.from([...'nm µ😀'].map((c) => c.codePointAt(0)!)).buffer), 128);
  t.is(textOf(bytes), 'nm µ😀');
  t.is(textOf(bytes.subarray(0, 140)), undefined);
});

test('NIfTI keeps lengths with their unit, and refuses axes that are none', async (t) => {
  const axes = ['z', 'y', 'x'].map((name, n) => ({ name, unit: 'µm', step: 2 + n }));
  const bytes = await writeVolume('a.nii', makeVolume(count(24), [2, 3, 4], { axes }));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // nifti1.h: xyzt_units at 123 (3: micron), pixdim[1…3] at 80, qform_code at 252, sform_code at 254
  t.deepEqual([bytes[123], view.getInt16(252, true), view.getInt16(254, true)], [3, 0, 0]);
  t.deepEqual(
    [80, 84, 88].map((at) => view.getFloat32(at, true)),
    [4, 3, 2],
  );
  const again = await readVolume([{ name: 'a.nii', bytes }]); // read in mm, as all NIfTI are
  t.deepEqual(
    again.axes.map((axis) => 'step' in axis && +axis.step.toFixed(9)),
    [0.002, 0.003, 0.004],
  );
  const refusal = { code: 'FORMAT_UNSUPPORTED', message: /time.*Write \.npz or \.h5/s };
  await t.throwsAsync(writeVolume('a.nii', volumes.line), refusal);
});

test('scan files of the version before axes are read as they were meant', async (t) => {
  const bytes = new Uint8Array(readFileSync('test/golden/scans/version-1.h5'));
  const scan = await readMeasurement([{ name: 'version-1.h5', bytes }]);
  const lattice = {
    spacing: [0.1, 0.2, 2.5],
    origin: [-1.5, 2.25, 1 / 3],
    direction: [0, 1, 0, -1, 0, 0, 0, 0, 1],
  } as const;
  t.deepEqual(scan.grid, { shape: [2, 4, 6], ...placed(lattice), units: '1/mm', modality: 'CT' });
  t.deepEqual(
    scan.data,
    Float32Array.from({ length: 30 }, (_, i) => i / 2),
  );
});

test(
  'a scan file keeps the axes of its grid, also without a place; axes that contradict the spacing beside them ' + 'are refused',
  async (t) => {
    const { axes } = volumes.line;
    const grid = { shape: [1, 7, 5] as const, axes, units: 'arbitrary' as const, modality: 'seismic' as const };
    const scan = {
      kind: 'mask.traces',
      data: count(35),
      shape: [1, 7, 5],
      dtype: 'float32' as const,
      geometry: {},
      noise: { type: 'none' as const },
      grid,
      meta: {},
    };
    const bytes = await writeMeasurement('a.h5', scan);
    t.deepEqual((await readMeasurement([{ name: 'a.h5', bytes }])).grid, grid);

    const placedScan = { ...scan, grid: { ...grid, ...placed({ spacing: [1, 2, 3] }) } };
    const whole = await writeMeasurement('a.h5', placedScan);
    await withHdf5(whole, 'a.h5', (h5) => t.deepEqual(h5.attributes('grid').spacing, [1, 2, 3])); // what older versions read
    const edited = await writeHdf5((file) => {
      file.attributes('', {
        format: 'slicewise-scan',
        format_version: 1,
        kind: 'mask.traces',
        axes: ['line', 'trace', 'time'],
      });
      file.array('data', count(35), [1, 7, 5]);
      file.group('geometry');
      file.group('grid');
      file.attributes('grid', {
        shape: [1, 7, 5],
        spacing: [1, 2, 4],
        origin: [0, 0, 0],
        direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
        units: 'arbitrary',
        modality: 'other',
      });
      file.text('grid/axes', JSON.stringify(placedScan.grid.axes));
    });
    await t.throwsAsync(readMeasurement([{ name: 'a.h5', bytes: edited }]), {
      instanceOf: SlicewiseError,
      message: /spacing and axes say different things/,
    });
  },
);
