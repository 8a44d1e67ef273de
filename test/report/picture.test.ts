import { decode } from 'fast-png';
import fc from 'fast-check';
import test from 'ava';
import { montageSvg, renderMontage, svgToPng } from '../../src/report/index.js';
import { lettering, textElement } from '../../src/report/picture/lettering.js';
import { resample, viewSlice } from '../../src/report/slice-view.js';
import { placed } from '../../core/placement.js';
import { makeVolume } from '../../volumes/volume.js';

/** Advances in 1/2048 em that fontTools reads of the two fonts: `font['hmtx'][font.getBestCmap()[ord(c)]][0]`. */
const ADVANCES = {
  regular: { A: 1413, W: 2018, i: 496, 0: 1292, ' ': 576, '−': 1355, σ: 1278, Ж: 1966, '⁻': 879, '‖': 981, '□': 1872, '…': 1770 },
  semibold: { A: 1490, W: 2089, i: 536, 0: 1351, ' ': 516, '−': 1378, σ: 1315, Ж: 2114, '⁻': 936, '‖': 1099, '□': 1872, '…': 1958 },
};

test('text is as wide as the font’s own tables say', async (t) => {
  const { width } = await lettering();
  for (const weight of ['regular', 'semibold'] as const) {
    for (const [character, units] of Object.entries(ADVANCES[weight])) {
      t.is(width(character, { size: 2048, weight }), units, `${weight} ${character}`);
    }
  }
  t.is(width('iiA', { size: 16 }), (16 * (2 * 496 + 1413)) / 2048);
});

test('what is drawn ends where the measure says it does, in either weight', async (t) => {
  const { width } = await lettering();
  // H has no kerning with itself, and its stems stand at the same distance from both ends of its advance
  for (const weight of ['regular', 'semibold'] as const) {
    const text = 'H'.repeat(20);
    const style = { size: 20, weight };
    const wide = width(text, style);
    const ground = '<rect width="600" height="40" fill="#fff"/>';
    const words = textElement(text, { x: 100, y: 30, fill: '#000', ...style });
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="40" font-family="Inter">${ground}${words}</svg>`;
    const png = decode(await svgToPng(svg));
    const inked = Array.from({ length: 600 }, (_, x) => Array.from({ length: 40 }, (_, y) => png.data[y * 600 + x]).some((v) => v < 128));
    const [first, last] = [inked.indexOf(true) - 100, inked.lastIndexOf(true) + 1 - 100];
    t.true(first > 0 && first < 4);
    t.true(Math.abs(wide - last - first) <= 1.5, `${weight}: ink ${first} … ${last}, advance ${wide}`);
  }
});

test('lines hold all of a text, and none is wider than its column', async (t) => {
  const { wrap, width } = await lettering();
  const style = { size: 15 };
  fc.assert(
    fc.property(
      fc.string({ maxLength: 120, unit: fc.constantFrom(...'abWi .-_/ σ9') }),
      fc.integer({ min: 20, max: 300 }),
      (text, column) => {
        const lines = wrap(text, column, style);
        t.is(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
        t.true(lines.every((line) => width(line, style) <= column));
      },
    ),
  );
  // where there is a choice, words stay whole
  t.deepEqual(wrap('filtered backprojection with a Hann window', 130, style), ['filtered', 'backprojection', 'with a Hann', 'window']);
});

const shape = [6, 20, 24] as const;
const volume = makeVolume(
  Float32Array.from({ length: 6 * 20 * 24 }, (_, n) => ((n * 7919) % 1000) / 1000),
  shape,
  { ...placed({ spacing: [2, 2, 3] }), units: 'arbitrary' },
);
const window = { low: 0, high: 1 };

test('names are in a montage whole, whatever their length; characters that no font of ours has are boxes', async (t) => {
  const name = 'a_very_long_file_name/of-somebody/who likes words: <dds> & total variation, λ = 0.001, 60 iterations.nii.gz';
  const svg = await montageSvg(
    {
      results: [
        { name, volume },
        { name: 'tv', volume },
        { name: '断層 \u0001', volume },
      ],
      window,
    },
    160,
  );
  const titles = Array.from(svg.matchAll(/<text [^>]*font-size="16"[^>]*>([^<]*)</g), ([, text]) => text);
  const written = titles.slice(0, -2).join('').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  t.is(written.replaceAll(' ', ''), name.replaceAll(' ', ''));
  t.deepEqual(titles.slice(-2), ['tv', '□□ □']);
  const { width } = await lettering();
  for (const title of titles.slice(0, -2)) t.true(width(title.replaceAll(/&\w+;/g, '&'), { size: 16, weight: 'semibold' }) <= 160);
  // and it can be drawn
  t.true(decode(await svgToPng(svg)).height > 100);
});

test('panels are in the picture pixel for pixel', async (t) => {
  const width = 96;
  const svg = await montageSvg({ results: [{ name: 'x', volume }], window }, width);
  const { data, channels, width: across } = decode(await renderMontage({ results: [{ name: 'x', volume }], window }, width));
  const panels = Array.from(svg.matchAll(/<image x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g), ([, ...numbers]) =>
    numbers.map(Number),
  );
  t.is(panels.length, 3);
  const [x, y] = panels[0];
  const image = resample(viewSlice(volume, 'axial'), width);
  let same = 0;
  image.values.forEach((value, n) => {
    const at = channels * ((y + Math.floor(n / width)) * across + x + (n % width));
    if (Math.abs(data[at] - 255 * value) <= 0.51 && data[at] === data[at + 1] && data[at] === data[at + 2]) same++;
  });
  // all but what the letters R and A at its edges cover
  t.true(same > 0.9 * image.values.length && same < image.values.length, `${same} of ${image.values.length}`);
});

test('of a single slice only the slice is shown, not its two edges', async (t) => {
  const slice = makeVolume(volume.data.slice(0, 480), [1, 20, 24], { ...placed({ spacing: [2, 2, 3] }), units: 'arbitrary' });
  const svg = await montageSvg({ results: [{ name: 'x', volume: slice }], window });
  t.is([...svg.matchAll(/<image /g)].length, 1);
  t.regex(svg, />axial</);
  t.notRegex(svg, />(coronal|sagittal)</);
});

test('the bar of length is as long as its words say', async (t) => {
  const svg = await montageSvg({ results: [{ name: 'x', volume }], window }, 240);
  // 24 pixels of 2 mm are 240 pixels: 5 to the millimetre
  t.is(Number(/<path d="M[\d.]+ [\d.]+v10m0 -5h([\d.]+)/.exec(svg)?.[1]), 5 * Number(/>([\d.]+) mm</.exec(svg)?.[1]));
});

test('holes stay holes, scale multiplies, and what is no picture is refused', async (t) => {
  const svg = (body: string): string => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 4">${body}</svg>`;
  const half = decode(await svgToPng(svg('<rect width="5" height="4" fill="#f00"/>'), { scale: 3 }));
  t.deepEqual([half.width, half.height, half.channels], [30, 12, 4]);
  t.deepEqual([...half.data.slice(0, 4), ...half.data.slice(-4)], [255, 0, 0, 255, 0, 0, 0, 0]);
  const full = decode(await svgToPng(svg('<rect width="10" height="4" fill="#777"/>')));
  t.deepEqual([full.width, full.channels, full.data[0]], [10, 1, 0x77]);
  await t.throwsAsync(svgToPng('<svg'), { code: 'FORMAT' });
  await t.throwsAsync(svgToPng(svg(''), { scale: 0 }), { code: 'ARGUMENT' });
});
