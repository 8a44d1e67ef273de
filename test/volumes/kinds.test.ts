import test from 'ava';
import { geometrySvg } from '../../src/modalities/ct/drawing/geometry-svg.js';
import { projectCone } from '../../src/modalities/ct/phantoms/index.js';
import type { Phantom } from '../../src/modalities/ct/phantoms/phantom.js';
import { readMeasurement, writeMeasurement } from '../../volumes/open.js';
import { parseGeometryFile } from '../../volumes/kinds/radon/geometry-file.js';
import { gridFor } from '../../volumes/kinds/radon/geometry.js';
import { CONE } from '../../volumes/kinds/radon/schema.js';
import { selectViews } from '../../volumes/kinds/views.js';
import { defineKind, geometryOf, kinds } from '../../volumes/kinds/registry.js';
import type { Measurement } from '../../volumes/measurement.js';

const views = 6;
const helix = {
  angles: Array.from({ length: views }, (_, v) => 60 * v),
  rows: 5,
  columns: 7,
  rowPitch: 2,
  columnPitch: 2,
  rowOffset: 0.5,
  columnOffset: 0,
  sourceToAxis: 100,
  sourceToDetector: 150,
  sourceZ: Array.from({ length: views }, (_, v) => 3 * v - 7),
};

const scan = (): Measurement => ({
  kind: CONE,
  data: Float32Array.from({ length: views * 5 * 7 }, (_, i) => i),
  shape: [views, 5, 7],
  dtype: 'float32',
  geometry: helix,
  noise: { type: 'unknown' },
  grid: gridFor(CONE, helix, 5),
  meta: {},
});

test('views of a helix are taken with their heights', (t) => {
  const some = selectViews(scan(), '1::2');
  t.deepEqual(some.geometry.angles, [60, 180, 300]);
  t.deepEqual(some.geometry.sourceZ, [-4, 2, 8]);
  t.notThrows(() => geometryOf(kinds.get(CONE), some.geometry));
});

test('the heights of a helix come through a scan file and a geometry file', async (t) => {
  const bytes = await writeMeasurement('helix.h5', scan());
  const again = await readMeasurement([{ name: 'helix.h5', bytes }]);
  t.deepEqual(again.geometry.sourceZ, helix.sourceZ);
  const { rows: _r, columns: _c, angles, ...fields } = helix;
  const file = parseGeometryFile(JSON.stringify({ kind: CONE, angles, ...fields }));
  t.deepEqual(file.geometry, fields);
});

test('a scan file with another number of heights than views is refused', async (t) => {
  const bytes = await writeMeasurement('helix.h5', { ...scan(), geometry: { ...helix, sourceZ: [1, 2] } });
  await t.throwsAsync(readMeasurement([{ name: 'helix.h5', bytes }]), {
    code: 'GEOMETRY',
    message: /sourceZ.*6 sourceZ.*2 sourceZ/,
  });
});

test('a helix sees a phantom as a circle sees the phantom shifted the other way', (t) => {
  const ball = (z: number): Phantom => ({
    name: 'ball',
    ellipsoids: [{ centre: [1, -2, z], semiAxes: [4, 5, 6], mu: 0.02 }],
    combine: 'add',
    size: [20, 20, 20],
  });
  const { data } = projectCone(ball(1), helix);
  const { sourceZ, ...circle } = helix;
  const perView = 5 * 7;
  for (let v = 0; v < views; v++) {
    const shifted = projectCone(ball(1 - sourceZ[v]), circle).data;
    for (let i = v * perView; i < (v + 1) * perView; i++) {
      t.true(Math.abs(data[i] - shifted[i]) < 1e-6 * 0.2, `view ${v}`);
    }
  }
});

test('the drawing of a helix tells its heights and shows a source in every view', (t) => {
  const svg = geometrySvg(scan());
  t.regex(svg, /-7|−7/);
  t.regex(svg, /helix/);
  const { sourceZ: _, ...circle } = helix;
  const dots = (text: string) => text.split('<circle').length;
  t.is(dots(svg) - dots(geometrySvg({ ...scan(), geometry: circle })), views);
});

test('a kind that contradicts itself is a mistake of its author', (t) => {
  const made = { title: 'T', dtype: 'float32', geometry: kinds.get(CONE).geometry } as const;
  t.throws(() => defineKind({ ...made, name: 'traces', axes: ['trace'] }), { message: /family\.name/ });
  t.throws(() => defineKind({ ...made, name: 'a.b', axes: ['x', 'x'] }), { message: /axes/ });
  t.throws(() => defineKind({ ...made, name: 'a.b', axes: ['x'], views: { axis: 1, fields: {} } }), {
    message: /views/,
  });
});
