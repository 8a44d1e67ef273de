import test from 'ava';
import { hatch } from '../../src/report/colour.js';
import { montageSvg, renderReport } from '../../src/report/index.js';
import { makeVolume } from '../../volumes/volume.js';
import { placed } from '../../core/placement.js';

const shape = [3, 16, 16];
const volume = makeVolume(new Float32Array(768).fill(0.5), shape, placed({ spacing: [1, 1, 1] }));
/** Nothing of the first half of the columns was measured. */
const support = makeVolume(
  Float32Array.from({ length: 768 }, (_, i) => Number(i % 16 >= 8)),
  shape,
  placed({ spacing: [1, 1, 1] }),
);

test('diagonal lines lie over what was not measured, and over nothing else', (t) => {
  const pixels = new Uint8Array(3 * 256).fill(90);
  hatch(pixels, { values: support.data.subarray(0, 256) as Float32Array, width: 16 });
  let lines = 0;
  for (let i = 0; i < 256; i++) {
    const changed = pixels[3 * i] !== 90;
    if (changed) lines++;
    t.true(!changed || i % 16 < 8);
  }
  t.is(lines, 16); // one pixel in eight of 128
});

test('report and montage hatch, and say what the lines mean', async (t) => {
  const result = { name: 'dds', volume };
  const input = { title: 'T', manifest: {}, results: [{ ...result, support }], unmeasured: '50.0 % of the values; held at 0' };
  t.regex(renderReport(input), /Hatched: not measured, data say nothing of it \(50\.0 % of the values; held at 0\)\./);
  t.notRegex(renderReport({ ...input, results: [result] }), /Hatched/);
  const [hatched, plain] = [await montageSvg(input), await montageSvg({ results: [result] })];
  t.regex(hatched, />not measured</);
  t.notRegex(plain, />not measured</);
  const images = (svg: string): string[] => Array.from(svg.matchAll(/href="([^"]*)"/g), ([, source]) => source);
  t.is(images(hatched).length, images(plain).length);
  t.notDeepEqual(images(hatched), images(plain));
});
