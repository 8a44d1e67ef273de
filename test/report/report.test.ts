import { createHash } from 'node:crypto';
import { decode } from 'fast-png';
import test from 'ava';
import { compareVolumes } from '../../src/metrics/index.js';
import { montageSvg, renderMontage, renderReport, type ReportInput } from '../../src/report/index.js';
import { linePlot } from '../../src/report/plot.js';
import { linearAxis, logAxis } from '../../src/report/ticks.js';
import { placed } from '../../core/placement.js';
import { toNdarray } from '../../volumes/ndarray.js';
import { makeVolume } from '../../volumes/volume.js';

const shape = [12, 14, 16] as const;
const volume = (shift: number) =>
  makeVolume(
    Float32Array.from({ length: 12 * 14 * 16 }, (_, n) => -1000 + shift + (n % 700) * 2),
    shape,
    { units: 'HU', modality: 'CT', ...placed({ spacing: [2, 2, 5] }) },
  );
const hostile = '<script>alert("x")</script>';
const reference = volume(0);
const input: ReportInput = {
  title: hostile,
  reference,
  results: [
    { name: 'fbp', volume: volume(40), metrics: compareVolumes(volume(40), reference), seconds: 0.31 },
    {
      name: `dds '" onload=${hostile}`,
      volume: volume(10),
      metrics: compareVolumes(volume(10), reference),
      seconds: 83,
      peakBytes: 3 * 2 ** 28,
      events: [1, 2, 3].map((step) => ({ step, steps: 3, sigma: 10 ** -step, residual: 2 ** -step, seconds: 0.5 })),
    },
  ],
  manifest: { input: `</pre>${hostile}.nii.gz` },
  warnings: [`file ${hostile}`],
};

test('the page loads nothing from outside and escapes whatever it is given', (t) => {
  const whole = renderReport(input);
  // the viewer and its data, and no other script: the policy lets a text of that hash run alone
  const scripts = [...whole.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)];
  t.deepEqual(
    scripts.map(([, attributes]) => attributes),
    [' type="application/json" id="viewer-data"', ''],
  );
  const hash = createHash('sha256').update(scripts[1][2]).digest('base64');
  t.true(whole.includes(`img-src data:; script-src 'sha256-${hash}'">`));
  t.is((JSON.parse(scripts[0][2]) as { images: { name: string }[] }).images[2].name, input.results[1].name);
  const html = scripts.reduce((text, [script]) => text.replace(script, () => ''), whole);
  t.notRegex(html, /<script/i);
  t.notRegex(html, /https?:|@import|url\(|<link|<iframe/i);
  for (const [, source] of html.matchAll(/src="([^"]*)"/g)) t.regex(source, /^data:image\/png;base64,[A-Za-z0-9+/=]+$/);
  // Every attribute is closed by its own quote: the hostile name opens no attribute of its own.
  const tags = [...html.matchAll(/<[a-z][^<>]*>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'));
  t.false(tags.some((tag) => /onload/.test(tag)));
  t.true(html.includes('&lt;/pre&gt;&lt;script&gt;'));
});

test('images decode to what the window says, errors to the diverging scale', (t) => {
  const html = renderReport({ ...input, window: { low: -1000, high: 400 } });
  const images = [...html.matchAll(/src="data:image\/png;base64,([^"]*)" alt="([^"]*)"/g)].map(([, data, alt]) => ({
    alt,
    png: decode(Uint8Array.from(atob(data), (c) => c.charCodeAt(0))),
  }));
  t.is(images.length, 3 * (3 + 2));
  const axial = images.find(({ alt }) => alt === 'Reference, axial')!.png;
  t.deepEqual([axial.width, axial.height, axial.channels], [16, 14, 1]);
  // Row 0 of the picture is the front: the last stored row; the patient's right, the last column, comes first.
  const value = toNdarray(reference).get(6, 13, 15);
  t.is(axial.data[0], Math.round((255 * (value + 1000)) / 1400));
  // 12 slices of 5 mm by 16 columns of 2 mm.
  const coronal = images.find(({ alt }) => alt === 'Reference, coronal')!.png;
  t.deepEqual([coronal.width, coronal.height], [16, 30]);
  // recon − reference = +40 HU everywhere, limit 200: the same warm colour in every pixel.
  const error = images.find(({ alt }) => alt === 'fbp, error, axial')!.png;
  t.is(error.channels, 3);
  t.true(error.data[0] > error.data[2] + 20);
  t.true(error.data.every((v, n) => v === error.data[n % 3]));
});

test('the table shows every metric once, the best in bold', (t) => {
  const html = renderReport(input);
  t.true(html.includes('<td class="best">46.02</td>')); // 20 log₁₀(2000/10)
  t.true(html.includes('<td>33.98</td>')); // 20 log₁₀(2000/40)
  t.true(html.includes('<td>768 MiB</td>'));
  t.true(html.includes('peak 2000 HU'));
  const bare = renderReport({ title: 'a', results: [{ name: 'a', volume: reference }], manifest: {} });
  t.notRegex(bare, /<table|Convergence|undefined|NaN/);
});

test('the montage has a row for each plane and error, a column for each volume', async (t) => {
  const width = 400;
  const one = await montageSvg({ results: [{ name: 'Reference', volume: reference }] }, width);
  const all = await montageSvg(input, width);
  const panels = (svg: string) =>
    Array.from(svg.matchAll(/<image x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"[^>]*href="([^"]*)"/g), ([, x, y, w, h, source]) => ({
      x: Number(x),
      y: Number(y),
      size: [Number(w), Number(h)],
      source,
    }));
  const [alone, together] = [panels(one), panels(all)];
  // 14 rows of 2 mm and twice 12 slices of 5 mm, where 32 mm are 400 pixels; 14 columns of 2 mm in sagittal images
  const sizes = [
    [400, (28 / 32) * width],
    [400, (60 / 32) * width],
    [(28 / 32) * width, (60 / 32) * width],
  ];
  t.deepEqual(
    alone.map(({ size }) => size),
    sizes,
  );
  // the reference and two methods, and below them two errors, 8 pixels apart
  t.is(together.length, 3 * (3 + 2));
  const columns = [...new Set(together.map(({ x }) => x))];
  t.deepEqual(
    columns.map((x) => x - columns[0]),
    [0, width + 8, 2 * (width + 8)],
  );
  const rows = [...new Set(together.map(({ y }) => y))];
  t.deepEqual(
    rows.slice(1).map((y, n) => y - rows[n]),
    [350, 350, 750, 750, 750].map((height) => height + 8),
  );
  // the reference's panels are the same in both
  t.deepEqual(
    together.filter(({ x }) => x === columns[0]).map(({ source }) => source),
    alone.map(({ source }) => source),
  );
});

test('volumes that do not belong side by side are refused', async (t) => {
  const other = makeVolume(new Float32Array(8), [2, 2, 2], { units: 'HU' });
  t.throws(() => renderReport({ ...input, results: [{ name: 'x', volume: other }] }), {
    message: /'x' is on another grid/,
  });
  const mu = makeVolume(new Float32Array(12 * 14 * 16), shape, { units: '1/mm' });
  await t.throwsAsync(renderMontage({ ...input, results: [{ name: 'x', volume: mu }] }), { message: /another unit/ });
  t.throws(() => renderReport({ ...input, reference: undefined, results: [] }), { message: /needs a result/ });
  t.throws(() => renderReport({ ...input, window: { low: 1, high: 1 } }), { message: /low < high/ });
});

test('axes: round ticks that enclose the data; decades are evenly spaced', (t) => {
  t.deepEqual(linearAxis(0, 47, 5).ticks, [0, 10, 20, 30, 40, 50]);
  t.deepEqual(linearAxis(0, 100, 6).ticks, [0, 20, 40, 60, 80, 100]);
  const log = logAxis(0.004, 900);
  t.true(log.place(0.004) >= 0 && log.place(900) <= 1);
  t.true(Math.abs(log.place(0.1) - log.place(0.01) - (log.place(100) - log.place(10))) < 1e-12);
  t.deepEqual(
    logAxis(0.011, 0.35).ticks.map((v) => Number(v.toPrecision(6))),
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  );
});

test('a plot goes through its points and leaves out what a logarithm cannot show', (t) => {
  const points = [
    [1, 1],
    [2, 0.1],
    [3, 0],
    [4, NaN],
    [5, 0.001],
  ] as const;
  const options = { title: 'r', xLabel: 'step', yLabel: 'r', log: true };
  const svg = linePlot([{ name: 'a', colour: '#000', points }], options);
  const drawn = /polyline points="([^"]*)"/
    .exec(svg)![1]
    .split(' ')
    .map((p) => p.split(',').map(Number));
  t.is(drawn.length, 3);
  // Steps 1, 2, 5 and decades 0, −1, −3 keep their ratios on paper.
  t.true(Math.abs((drawn[2][0] - drawn[0][0]) / (drawn[1][0] - drawn[0][0]) - 4) < 0.02);
  t.true(Math.abs((drawn[2][1] - drawn[0][1]) / (drawn[1][1] - drawn[0][1]) - 3) < 0.02);
  t.is(linePlot([{ name: 'a', colour: '#000', points: [[1, NaN]] }], options), '');
});

test('every sample of a run has a line of its own', (t) => {
  const steps = [1, 2, 3].map((step) => ({ step, steps: 3, sigma: 10 ** -step, residual: 2 ** -step, seconds: 0.5 }));
  const [plain, run] = input.results;
  const html = renderReport({ ...input, results: [plain, { ...run, events: [...steps, ...steps] }] });
  const lines = [...html.matchAll(/polyline points="([^"]*)"/g)].map(([, points]) => points.split(' ').map((p) => Number(p.split(',')[0])));
  t.is(lines.length, 6); // three plots of two samples
  for (const across of lines)
    t.deepEqual(
      across,
      [...across].sort((a, b) => a - b),
    );
});
