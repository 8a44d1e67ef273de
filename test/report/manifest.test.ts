import test from 'ava';
import { sha256 } from '../../core/sha256.js';
import { placed } from '../../core/placement.js';
import { buildManifest, summariseAngles, type ManifestInput } from '../../src/report/index.js';

const input: ManifestInput = {
  version: '0.1.0',
  backend: { name: 'cpu', build: 'simd-relaxed' },
  method: 'dds',
  options: { steps: 20, eta: 0.85, callback: () => 0 },
  seed: 7,
  measurement: {
    kind: 'radon.parallel',
    shape: [16, 20, 368],
    dtype: 'float32',
    geometry: { angles: Array.from({ length: 20 }, (_, n) => 9 * n), detectorCount: 368, detectorPitch: 1.25 },
    noise: { type: 'poisson', photons: 1e5 },
    grid: {
      shape: [16, 256, 256],
      ...placed({ spacing: [1.8, 1.8, 2.5] }),
      units: 'HU',
      modality: 'CT',
    },
    meta: { simulation: { oversample: 2 } },
  },
  operator: { name: 'radon.parallel', norm: 42.5 },
  prior: { name: 'ct', sha256: 'ab' },
  dataRange: { unit: '1/mm', map: { scale: 0.0386, offset: 0 }, source: 'HU −1000 … 1000' },
  inputs: [
    { name: 'scan.h5', data: new TextEncoder().encode('abc') },
    { name: 'big.h5', bytes: 5, sha256: 'cd' },
  ],
  timings: { totalSeconds: 12.5, denoise: 11 },
  created: new Date(Date.UTC(2024, 0, 2)),
};

test('SHA-256 is that of FIPS 180-2, appendix B.1 and B.2', async (t) => {
  const of = (text: string) => sha256(new TextEncoder().encode(text));
  t.is(await of('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  t.is(
    await of('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  );
  // A view into a larger buffer is hashed as the view.
  t.is(await sha256(new TextEncoder().encode('xabcx').subarray(1, 4)), await of('abc'));
});

test('a manifest is plain JSON and complete', async (t) => {
  const manifest = await buildManifest(input);
  t.deepEqual(JSON.parse(JSON.stringify(manifest)), manifest);
  t.is(manifest.created, '2024-01-02T00:00:00.000Z');
  t.deepEqual(manifest.method, { name: 'dds', options: { steps: 20, eta: 0.85 } });
  t.is(manifest.runtime.name, 'node');
  t.is(manifest.runtime.version, process.versions.node);
  t.is(manifest.runtime.backend, 'cpu');
  t.is(manifest.runtime.build, 'simd-relaxed');
  t.deepEqual(manifest.measurement.geometry.angles, { count: 20, first: 0, last: 171, step: 9 });
  t.deepEqual(manifest.measurement.simulation, { oversample: 2 });
  t.is(manifest.inputs[0].bytes, 3);
  t.regex(manifest.inputs[0].sha256, /^ba7816bf/);
  t.deepEqual(manifest.inputs[1], { name: 'big.h5', bytes: 5, sha256: 'cd' });
  t.deepEqual(manifest.dataRange, { unit: '1/mm', scale: 0.0386, offset: 0, source: 'HU −1000 … 1000' });
  t.is(manifest.metrics, null);
});

test('uneven angles are listed, not summed up', (t) => {
  t.deepEqual(summariseAngles([0, 10, 25]), [0, 10, 25]);
  t.deepEqual(summariseAngles([0, -0.5, -1]), { count: 3, first: 0, last: -1, step: -0.5 });
});
