import fc from 'fast-check';
import test from 'ava';
import { parseAngles } from '../../volumes/kinds/radon/angles.js';
import { estimateCenter } from '../../volumes/kinds/radon/center.js';
import { parseGeometryFile } from '../../volumes/kinds/radon/geometry-file.js';
import { measurementFromArray } from '../../volumes/kinds/radon/from-array.js';
import { readMeasurement } from '../../volumes/open.js';
import { centerToOffset, gridFor, offsetToCenter } from '../../volumes/kinds/radon/geometry.js';
import { transpose } from '../../volumes/raw-array.js';
import { parseViews, selectViews } from '../../volumes/kinds/views.js';
import { spacingOf } from '../../core/placement.js';
import { realFile } from '../support/golden-arrays.js';

const ramp = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => i);
const code = (action: () => unknown): [string, string] => {
  try {
    action();
  } catch (error) {
    return [(error as { code: string }).code, (error as Error).message];
  }
  return ['none', ''];
};

test('transposing moves every element to where its index says, and back', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), fc.nat(), (shape, seed) => {
      const order = shape.map((_, a) => a).sort((a, b) => ((a * 7 + seed) % 5) - ((b * 7 + seed) % 5));
      const data = ramp(shape.reduce((a, n) => a * n, 1));
      const out = transpose(data, shape, order);
      const inverse = order.map((_, a) => order.indexOf(a));
      return transpose(
        out,
        order.map((a) => shape[a]),
        inverse,
      ).every((v, i) => v === data[i]);
    }),
  );
  t.deepEqual([...transpose(ramp(6), [2, 3], [1, 0])], [0, 3, 1, 4, 2, 5]);
});

test('angles include the stop unless the data has one view less', (t) => {
  t.is(parseAngles('75:165:0.5').length, 181);
  t.is(parseAngles('0:360:1', 360).length, 360);
  t.is(parseAngles('0:360:1', 361).length, 361);
  t.deepEqual(parseAngles('0:-3:-1'), [0, -1, -2, -3]);
  t.deepEqual(parseAngles('1, 5,9'), [1, 5, 9]);
  t.is(parseAngles('0:180:0.1').length, 1801);
  for (const bad of ['', 'a', '0:1:0', '0:10:-1', '1,,2', '0:1:2:3']) t.is(code(() => parseAngles(bad))[0], 'ARGUMENT');
});

test('axes are guessed from the number of angles, named otherwise, and transposed', (t) => {
  const data = ramp(12);
  const base = { data, angles: [0, 60, 120], geometry: { detectorPitch: 2 } };
  const views = measurementFromArray({ ...base, shape: [3, 4] });
  t.deepEqual(views.shape, [1, 3, 4]);
  t.deepEqual(views.data, data);
  const turned = measurementFromArray({ ...base, shape: [4, 3] });
  t.deepEqual([...turned.data.subarray(0, 4)], [0, 3, 6, 9]);
  t.deepEqual(turned, measurementFromArray({ ...base, shape: [4, 3], axes: 'detector,view' }));
  const stack = measurementFromArray({ ...base, data: ramp(24), shape: [3, 2, 4] });
  t.deepEqual(stack.shape, [2, 3, 4]); // [view, row, column] → [slice, view, detector]
  t.is(stack.data[(1 * 3 + 2) * 4 + 3], (2 * 2 + 1) * 4 + 3);
  const cone = measurementFromArray({
    ...base,
    data: ramp(24),
    shape: [3, 2, 4],
    kind: 'radon.cone',
    geometry: { columnPitch: 1, rowPitch: 2, sourceToAxis: 50, sourceToDetector: 100 },
  });
  t.deepEqual(cone.shape, [3, 2, 4]);
  t.deepEqual(cone.data, ramp(24));
  t.deepEqual(spacingOf(cone.grid), [0.5, 0.5, 1]);
});

test('what cannot be told is asked for; what does not fit is named with both numbers', (t) => {
  const angles = [0, 60, 120];
  t.regex(code(() => measurementFromArray({ data: ramp(9), shape: [3, 3], angles })).join(), /ARGUMENT.*--axes/);
  t.regex(code(() => measurementFromArray({ data: ramp(24), shape: [2, 4, 3], angles })).join(), /ARGUMENT.*--axes/);
  t.regex(code(() => measurementFromArray({ data: ramp(8), shape: [2, 4], angles })).join(), /GEOMETRY.*2 or 4.*3 angles/);
  t.regex(code(() => measurementFromArray({ data: ramp(8), shape: [2, 4] })).join(), /GEOMETRY.*--angles/);
  t.regex(code(() => measurementFromArray({ data: ramp(12), shape: [3, 4], angles, kind: 'radon.fan' })).join(), /GEOMETRY.*--sod/);
  const swapped = { sourceToAxis: 600, sourceToDetector: 400 };
  t.regex(
    code(() => measurementFromArray({ data: ramp(12), shape: [3, 4], angles, kind: 'radon.fan', geometry: swapped })).join(),
    /GEOMETRY.*swapped/,
  );
  const nan = ramp(12);
  nan[7] = NaN;
  t.regex(code(() => measurementFromArray({ data: nan, shape: [3, 4], angles })).join(), /NOT_FINITE.*1 NaN.*\[0, 1, 3\]/);
  t.regex(code(() => measurementFromArray({ data: nan, shape: [3, 4], angles, counts: { flat: 10 } })).join(), /NOT_FINITE/);
});

test('counts become −log, zero counts become half a count and are reported; the input is left alone', (t) => {
  const data = Float32Array.of(100, 50, 0, 10, 20, 200);
  const scan = measurementFromArray({ data, shape: [2, 3], angles: [0, 90], counts: { flat: 100 } });
  t.deepEqual(
    [...scan.data],
    [100, 50, 0.5, 10, 20, 200].map((n) => Math.fround(-Math.log(Math.fround(n) / 100))),
  );
  t.is(data[2], 0);
  t.regex((scan.meta.warnings ?? []).join(), /1 values/);
});

test('views are selected in data, angles and weights alike, on the axis of each kind', (t) => {
  const flat = measurementFromArray({
    data: ramp(24),
    shape: [2, 3, 4],
    axes: 'row,view,column',
    angles: [0, 60, 120],
  });
  const some = selectViews({ ...flat, weights: flat.data.map((v) => 2 * v) }, '0::2');
  t.deepEqual(some.shape, [2, 2, 4]);
  t.deepEqual([...some.data], [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23]);
  t.deepEqual(
    [...some.weights!],
    [...some.data].map((v) => 2 * v),
  );
  t.deepEqual(some.geometry.angles, [0, 120]);
  t.deepEqual(selectViews(some, [1]).meta.views, [2]);
  const cone = { ...flat, kind: 'radon.cone', shape: [3, 2, 4] };
  t.deepEqual([...selectViews(cone, '-1').data], [16, 17, 18, 19, 20, 21, 22, 23]);
  t.deepEqual(parseViews('0:90:3', 180).length, 30);
  t.deepEqual(parseViews('-2:', 5), [3, 4]);
  for (const bad of ['5:2', '9', '1.5', '', 'x', '::-1']) t.is(code(() => parseViews(bad, 5))[0], 'ARGUMENT', bad);
  t.is(code(() => selectViews({ ...flat, kind: 'mask.traces' }, '0'))[0], 'ARGUMENT');
});

test('centre and offset are inverse, and the grid is centred on the axis', (t) => {
  t.is(centerToOffset(296, 640, 1), 23.5);
  t.is(offsetToCenter(centerToOffset(296.25, 640, 0.2), 640, 0.2), 296.25);
  const grid = gridFor('radon.fan', { detectorCount: 4, detectorPitch: 2, sourceToAxis: 50, sourceToDetector: 100 }, 3, { size: 8 });
  t.deepEqual(spacingOf(grid).slice(0, 2), [0.5, 0.5]); // 4 bins of 1 mm at the axis in 8 pixels
  t.deepEqual(grid.placement!.origin.slice(0, 2), [-1.75, -1.75]);
});

test('a geometry file says what the options would; a wrong field is named', (t) => {
  const options = parseGeometryFile(
    '{ "kind": "radon.fan", "angles": "0:90:45", "detectorPitch": 0.2, "sourceToAxis": 4, "sourceToDetector": 6 }',
  );
  const scan = measurementFromArray({ ...options, data: ramp(12), shape: [3, 4] });
  t.is(scan.geometry.sourceToDetector, 6);
  t.regex(code(() => parseGeometryFile('{ "kind": "radon.fan", "pitch": 1 }')).join(), /GEOMETRY.*pitch/);
  t.regex(code(() => parseGeometryFile('{ kind')).join(), /GEOMETRY.*not JSON/);
});

/** Exact projections of discs [x, y, radius, density] about column `center`, bins integrated over 4 points. */
function discs(views: number, columns: number, center: number, span = 180): Float32Array {
  const out = new Float32Array(views * columns);
  for (let v = 0; v < views; v++) {
    const angle = (((v * span) / views) * Math.PI) / 180;
    for (let s = 0; s < columns; s++)
      for (const [x, y, radius, density] of [
        [5, 8, 20, 1],
        [-12, 3, 9, 2],
        [0, -18, 6, 1.5],
      ])
        for (let q = 0; q < 4; q++) {
          const u = s - center + (q - 1.5) / 4 - x * Math.cos(angle) - y * Math.sin(angle);
          if (u * u < radius * radius) out[v * columns + s] += (density / 2) * Math.sqrt(radius * radius - u * u);
        }
  }
  return out;
}

test('the rotation axis of exact projections is found to 0.05 columns, also from 20 views', (t) => {
  for (const views of [20, 90]) {
    for (const center of [50.3, 61.75]) {
      const angles = Array.from({ length: views }, (_, v) => (v * 180) / views);
      const scan = measurementFromArray({
        data: discs(views, 128, center),
        shape: [views, 128],
        angles,
        geometry: { detectorPitch: 0.5 },
      });
      const found = estimateCenter(scan);
      t.true(Math.abs(found.center - center) < 0.05, `${views} views: ${found.center}`);
      t.true(Math.abs(found.offset - (63.5 - found.center) * 0.5) < 1e-12);
    }
  }
});

test('the axis is not estimated from less than half a turn', (t) => {
  const angles = Array.from({ length: 60 }, (_, v) => (v * 120) / 60);
  const scan = measurementFromArray({ data: discs(60, 128, 60, 120), shape: [60, 128], angles });
  t.regex(code(() => estimateCenter(scan)).join(), /GEOMETRY.*120|118/);
});

test('measured scans: the tooth’s axis is near column 296, the dendrites’ near the middle', async (t) => {
  const tooth = realFile(t, 'dev/ct-measured/tomopy_tooth_parallel.h5');
  const dendrites = realFile(t, 'dev/ct-measured/tomobar_dendrites_parallel.mat');
  if (!tooth || !dendrites) return;
  t.true(Math.abs(estimateCenter(await readMeasurement([tooth])).center - 296) < 0.5);
  const scan = await readMeasurement([dendrites], { angles: '@anglesRad', angleUnit: 'rad' });
  t.deepEqual(scan.shape, [1, 360, 1260]);
  t.is(scan.data[100 * 1260 + 600], Math.fround(1708.8182)); // scipy: sinoRD[600, 100]
  // wider than the detector and noisy: a few columns are what the data allows
  t.true(Math.abs(estimateCenter(scan).center - 629.5) < 3);
});

test('measured npz scans: counts, clockwise angles, several arrays', async (t) => {
  const walnut = realFile(t, 'dev/ct-measured/fips_walnut_fan.npz');
  if (!walnut) return;
  const options = { kind: 'radon.fan', geometry: { sourceToAxis: 110, sourceToDetector: 300, detectorPitch: 0.05 } };
  const scan = await readMeasurement([walnut], {
    ...options,
    angles: '0:360:0.9',
    clockwise: true,
    counts: { flat: 2024 },
  });
  t.deepEqual(scan.shape, [1, 400, 2296]);
  t.is((scan.geometry.angles as number[])[399], -399 * 0.9);
  t.true(Math.abs(scan.data[200 * 2296 + 1148] - WALNUT) < 1e-6); // numpy: -log(intensity[200, 1148] / 2024)
  const fromFile = await readMeasurement([walnut], {
    ...options,
    angles: '@angles_deg',
    angleUnit: 'deg',
    counts: { flat: 2024 },
  });
  t.deepEqual(fromFile.data, scan.data);
});

const WALNUT = 0.47396403046183255;
