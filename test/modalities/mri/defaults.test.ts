import test from 'ava';
import { mrDefaults } from '../../../src/modalities/mri/defaults.js';

test('dds stays at its last level on k-space with samplers that may repeat levels, and with no other', (t) => {
  const tail = (given: Parameters<typeof mrDefaults>[1]): unknown =>
    (mrDefaults({ noise: { type: 'none' } }, given).dds as { tail: number }).tail;
  t.is(tail({}), 0.4);
  t.is(tail({ eta: 0 }), 0.4);
  t.is(tail({ sampler: 'dpm++2m' }), 0.4);
  // without fresh noise it looks at earlier steps, whose levels must fall
  t.is(tail({ sampler: 'dpm++2m', eta: 0 }), 0);
  t.is(tail({ sampler: 'unipc' }), 0);
  t.is(tail({ draws: 3 }), 0);
});
