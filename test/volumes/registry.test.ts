import test from 'ava';
import { kinds } from '../../volumes/kinds/registry.js';
import type { VolumeFormat } from '../../volumes/format.js';
import type { Measurement } from '../../volumes/measurement.js';
import { checkMeasurement } from '../../volumes/finite.js';
import { geometryOf } from '../../volumes/kinds/registry.js';
import { measurementFormats, volumeFormats } from '../../volumes/registry.js';
import type { Volume } from '../../volumes/volume.js';
import { elements } from '../../core/array.js';
import { scanComesBack, tracesComeBack, volumesComeBack } from '../support/format-checks.js';
import { sources, unregistered } from '../support/unregistered.js';

/* Every registered format that is written gives back what it says it keeps; every kind's scan comes back whole. */

const writes = ({ write, writeFiles }: VolumeFormat): boolean => write !== undefined || writeFiles !== undefined;

for (const [name, format] of volumeFormats.entries()) {
  if (writes(format)) test(`written = read: ${name}`, async (t) => t.notThrowsAsync(volumesComeBack(format)));
  else test(`nothing to keep in what is not written: ${name}`, (t) => t.is(format.keeps, undefined));
}

test('the suite has formats to try', (t) => {
  const written = volumeFormats.entries().filter(([, format]) => writes(format));
  t.true(written.length >= 5);
  t.true(measurementFormats.entries().some(([, { write }]) => write));
});

/** The example of a kind as it is, and with everything else that a scan may have. */
function scansOf(kind: string): readonly Measurement[] {
  const scan = kinds.get(kind).example!(2);
  const weights = Float32Array.from({ length: elements(scan.shape) }, (_, i) => 1 + (i % 5) / 4);
  const { placement: _, ...grid } = scan.grid;
  return [
    scan,
    { ...scan, ...(scan.dtype === 'float32' ? { weights } : {}), noise: { type: 'gaussian', std: 0.125 } },
    { ...scan, grid, noise: { type: 'none' }, meta: { ...scan.meta, note: 'µ', simulation: { seed: 3 } } },
  ];
}

for (const [kind, definition] of kinds.entries()) {
  test(`the example of ${kind} is a scan of its kind`, (t) => {
    const scan = definition.example!(2);
    t.notThrows(() => checkMeasurement(scan));
    t.notThrows(() => geometryOf(definition, scan.geometry));
    t.deepEqual([scan.shape.length, scan.dtype], [definition.axes.length, definition.dtype]);
    t.is(scan.data.length, (scan.dtype === 'complex64' ? 2 : 1) * elements(scan.shape));
    for (const [name, { shape, dtype }] of Object.entries(scan.arrays ?? {})) {
      t.like(definition.arrays?.[name], { dtype });
      t.is(shape.length, definition.arrays![name].axes.length);
    }
    const [slices, rows, columns] = scan.grid.shape;
    t.true(slices === 2 && rows !== columns);
  });

  for (const [name, format] of measurementFormats.entries()) {
    if (!format.write || (format.kinds && !format.kinds.includes(kind))) continue;
    test(`written = read: ${kind} in ${name}`, async (t) => {
      // a format of one kind holds what that kind's own files hold
      const back = format.kinds ? tracesComeBack : scanComesBack;
      for (const scan of format.kinds ? [kinds.get(kind).example!(2)] : scansOf(kind)) {
        await t.notThrowsAsync(back(format, scan));
      }
    });
  }
}

const MADE = /: (?:VolumeFormat|MeasurementFormat) = \{\s*name: '([^']+)'/g;

test('every format of the folder is registered; one that is not is found', (t) => {
  const names = [...volumeFormats.entries(), ...measurementFormats.entries()].map(([, { name }]) => name);
  t.deepEqual(unregistered(sources('volumes/formats'), MADE, names), []);
  const planted = new Map([['volumes/formats/mine.ts', "export const mine: VolumeFormat = {\n  name: 'Mine',"]]);
  t.deepEqual(unregistered(planted, MADE, names), ['Mine (volumes/formats/mine.ts)']);
});

// ---- formats that are wrong, each of which the suite must find ----

const npz = volumeFormats.get('npz');
const nifti = volumeFormats.get('nifti');
/** A format that changes what it is given before it is written. */
const losing = (format: VolumeFormat, change: (volume: Volume) => Volume): VolumeFormat => ({
  ...format,
  write: (name, volume, options) => format.write!(name, change(volume), options),
});

for (const [what, format] of Object.entries({
  'a format that rounds': losing(npz, (v) => ({ ...v, data: v.data.map(Math.round) })),
  'one that mirrors rows': losing(npz, (v) => ({ ...v, data: mirrored(v) })),
  'one that conjugates': losing(npz, (v) => ({
    ...v,
    data: v.dtype === 'complex64' ? v.data.map((x, i) => (i % 2 ? -x : x)) : v.data,
  })),
  'one that takes magnitudes': { ...npz, write: (name: string, v: Volume) => npz.write!(name, v, {}) },
  'one that loses the units': losing(npz, (v) => ({ ...v, units: 'arbitrary' })),
  'one that loses what is shown': losing(nifti, (v) => ({ ...v, modality: 'other' })),
  'one that loses the place': losing(npz, ({ placement: _, ...v }) => v),
  'one that loses where an axis begins': losing(npz, (v) => ({
    ...v,
    axes: v.axes.map((axis) => ('coordinates' in axis ? axis : { name: axis.name, unit: axis.unit, step: axis.step })),
  })),
  'one that loses units of axes': losing(npz, (v) => ({ ...v, axes: v.axes.map((axis) => ({ ...axis, unit: '' })) })),
  'one that swaps the steps of rows and columns': losing(nifti, (v) => ({
    ...v,
    axes: [v.axes[0], { ...v.axes[2], name: 'row' }, { ...v.axes[1], name: 'column' }],
  })),
  'one that turns the place about': losing(nifti, (v) => ({
    ...v,
    placement: v.placement && { ...v.placement, direction: v.placement.direction.map((d, i) => (i % 3 ? d : -d)) },
  })),
  'one that does not say what it keeps': { ...npz, keeps: undefined },
  'one that says it keeps what it does not': { ...volumeFormats.get('npy'), keeps: ['placement', 'lengths'] as const },
  'one that writes nothing': losing(npz, () => {
    throw new Error('disk full');
  }),
})) {
  test(`the suite finds ${what}`, async (t) => {
    await t.throwsAsync(volumesComeBack(format));
  });
}

function mirrored({ data, shape }: Volume): Float32Array {
  const columns = shape[shape.length - 1];
  return data.map((_, i) => data[i - (i % columns) + columns - 1 - (i % columns)]);
}

const scanFile = measurementFormats.get('hdf5');
for (const [field, change] of Object.entries({
  weights: (scan: Measurement) => ({ ...scan, weights: undefined }),
  noise: (scan: Measurement) => ({ ...scan, noise: { type: 'unknown' } as const }),
  meta: (scan: Measurement) => ({ ...scan, meta: {} }),
  'the place of the grid': ({ grid: { placement: _, ...grid }, ...scan }: Measurement) => ({ ...scan, grid }),
  'a list of the geometry': (scan: Measurement) => ({
    ...scan,
    geometry: { ...scan.geometry, angles: (scan.geometry.angles as number[]).map(Math.fround) },
  }),
})) {
  test(`the suite finds a scan file that loses ${field}`, async (t) => {
    const wrong = {
      ...scanFile,
      write: (name: string, scan: Measurement, options: object) => scanFile.write!(name, change(scan), options),
    };
    const tried = scansOf('radon.fan').map((scan) => scanComesBack(wrong, scan));
    const results = await Promise.allSettled(tried);
    t.true(results.some(({ status }) => status === 'rejected'));
  });
}
