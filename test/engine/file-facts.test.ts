import test from 'ava';
import { volumeFacts } from '../../src/engine/file-facts.js';
import { makeVolume } from '../../volumes/index.js';
import { smallCube } from '../support/cube.js';

test('values of a cube are those that were measured, whatever number says that nothing was', (t) => {
  const cube = smallCube([4, 5, 6]);
  const [, only] = cube.data;
  for (const noData of [-9999, 0.1, NaN]) {
    const data = (cube.data as Float32Array).map((value, n) => (n === 1 ? value : noData));
    const { json } = volumeFacts('cube.hdr', makeVolume(data, cube.shape, { ...cube, meta: { bands: { noData } } }));
    t.like(json, { values: { min: only, max: only, mean: only } });
  }
});
