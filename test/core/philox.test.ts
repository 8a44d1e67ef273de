import test from 'ava';
import { normals, philox, philoxKey, uniform } from '../../core/philox.js';
import { space } from '../../core/space.js';
import { inlineBackend } from '../support/backends.js';

test('Philox gives the published known answers (Random123 kat_vectors, philox4x32-10)', (t) => {
  const run = (c: number[], key: [number, number]) => {
    const out = new Uint32Array(4);
    philox(out, c[0], c[1], c[2], c[3], key);
    return [...out];
  };
  t.deepEqual(run([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const f = 0xffffffff;
  t.deepEqual(run([f, f, f, f], [f, f]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  t.deepEqual(run(pi, [0xa4093822, 0x299f31d0]), [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

test('normals are those of the backend for the same seed, step and stream', async (t) => {
  const backend = inlineBackend();
  const field = backend.field(space(['slice', 'row', 'column'], [19, 3, 5]));
  const seed = 0x1_2345_6789_abcdn;
  backend.noise(field, { seed, step: 4, stream: 2 });
  const want = await backend.read(field);
  for (const slice of [0, 7, 18]) {
    const got = normals(15, philoxKey(seed), slice, 4, 2);
    got.forEach((v, e) => t.true(Math.abs(v - want[slice * 15 + e]) <= 1e-5, `slice ${slice} element ${e}`));
  }
});

test('uniform numbers stay inside (0, 1)', (t) => {
  const f = 0xffffffff;
  t.true(uniform(0, 0) > 0);
  t.true(uniform(f, f) < 1);
  t.is(uniform(0x80000000, 0).toPrecision(15), (0.5).toPrecision(15));
});
