import test from 'ava';
import { heightWarning } from '../../../../operators/radon/fov.js';
import { simulateCt, type SimulateCtOptions } from '../../../../src/modalities/ct/simulation/simulate.js';
import { phantoms } from '../../../../src/modalities/ct/phantoms/index.js';
import { vectorGeometry } from '../../../../volumes/kinds/radon/vectors.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { inlineBackend } from '../../../support/backends.js';
import { relativeError } from '../../../support/dense.js';

const size = { size: 12, depth: 5, oversample: 2 };
const scan = (options: SimulateCtOptions, name = 'shepp-logan'): Promise<Measurement> =>
  simulateCt(phantoms.get(name).make(), { ...size, views: 6, ...options }, inlineBackend());

for (const geometry of ['parallel', 'fan', 'cone'] as const) {
  test(`a phantom by the vectors of a circle is the phantom by its angles, bins integrated alike: ${geometry}`, async (t) => {
    const offset = geometry === 'parallel' ? 2.5 : -4;
    const circle = await scan({ geometry, startAngle: 13, detectorOffset: offset });
    const { vectors, rows, columns, detectorCount } = vectorGeometry(circle.kind, circle.geometry).geometry as {
      vectors: number[][];
      rows?: number;
      columns?: number;
      detectorCount?: number;
    };
    const listed = await scan({ geometry, vectors, detectorCount: columns ?? detectorCount, ...(rows ? { detectorRows: rows } : {}) });
    t.is(listed.kind, `${circle.kind}-vec`);
    t.deepEqual(listed.shape, circle.shape);
    t.true(relativeError(listed.data, circle.data) < 1e-6);
  });
}

test('a detector that is not said sees the whole grid in every view', async (t) => {
  const { vectors } = vectorGeometry('radon.cone', (await scan({ geometry: 'cone' })).geometry).geometry;
  const listed = await scan({ geometry: 'cone', vectors: vectors.map((list) => [...list]) });
  const [views, rows, columns] = listed.shape;
  let edge = 0;
  for (let v = 0; v < views; v++) for (let r = 0; r < rows; r++) edge = Math.max(edge, listed.data[(v * rows + r) * columns]);
  t.is(edge, 0);
});

test('a helix climbs by its table feed in a turn, from below the volume to above it', async (t) => {
  const helix = await scan({ geometry: 'cone', tableFeed: 50, views: 30 });
  const { angles, sourceZ } = helix.geometry as { angles: number[]; sourceZ: number[] };
  t.is(sourceZ.length, 30);
  for (const [view, z] of sourceZ.entries()) t.true(Math.abs(z - sourceZ[0] - ((angles[view] - angles[0]) / 360) * 50) < 1e-9);
  t.true(Math.abs(sourceZ[0] + sourceZ[29]) < 1e-9);
  const height = phantoms.get('shepp-logan').make().size[2];
  t.true(sourceZ[29] > height / 2);
});

test('a curved detector sees the same rays at equal angles', async (t) => {
  // one bin in the middle is the central ray of either; the outermost of the arc lies where the tangent puts it on the flat one
  const said = { geometry: 'fan', sourceToAxis: 300, sourceToDetector: 500, views: 5, oversample: 1, depth: 1 } as const;
  const curved = await scan({ ...said, detectorShape: 'curved', detectorCount: 3, detectorPitch: 60 });
  const pitch = 500 * Math.tan(60 / 500);
  const flat = await scan({ ...said, detectorCount: 3, detectorPitch: pitch });
  t.is(curved.geometry.detectorShape, 'curved');
  t.true(relativeError(curved.data, flat.data) < 1e-6);
});

test('what contradicts itself is refused', async (t) => {
  const vectors = [[0, -300, 0, 200, 1, 0]];
  for (const [options, message] of [
    [{ geometry: 'fan', vectors, sourceToAxis: 3 }, /sourceToAxis/],
    [{ geometry: 'cone', vectors }, /--geometry parallel or fan/],
    [{ geometry: 'fan', tableFeed: 3 }, /tableFeed is for cone/],
    [{ geometry: 'parallel', detectorShape: 'curved' }, /detectorShape is for fan and cone/],
    [{ geometry: 'cone', arc: 720 }, /helix/],
  ] as const) {
    await t.throwsAsync(scan(options as unknown as SimulateCtOptions), { code: 'ARGUMENT', message });
  }
});

test('a helix over an object that goes on beyond the image is told, one over a whole object is not', async (t) => {
  const helix = { geometry: 'cone', tableFeed: 120, views: 24, oversample: 1 } as const;
  t.regex(heightWarning(await scan(helix, 'thorax'))!, /climbs to ±\d+ mm.*--size 12x12x\d+/);
  t.is(heightWarning(await scan({ ...helix, tableFeed: 60 })), undefined);
  t.is(heightWarning(await scan({ geometry: 'cone', oversample: 1 }, 'thorax')), undefined);
});
