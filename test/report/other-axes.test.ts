import test from 'ava';
import { decode } from 'fast-png';
import { compareVolumes } from '../../src/metrics/index.js';
import { montageSvg, renderReport, svgToPng } from '../../src/report/index.js';
import { viewSlice } from '../../src/report/slice-view.js';
import { matchVolumes } from '../../volumes/match.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';

const time = { name: 'time', unit: 'ms', first: 100, step: 4 };
const trace = { name: 'trace', unit: 'm', step: 12.5 };
const line = { name: 'line', unit: '', step: 1 };

/** A seismic line [1, trace, time] of dipping events. */
const section = (shift: number, traces = 24, samples = 40): Volume =>
  makeVolume(
    Float32Array.from({ length: traces * samples }, (_, n) => Math.sin((n % samples) / 3 + n / samples / 5) + shift),
    [1, traces, samples],
    { axes: [line, trace, time], modality: 'seismic' },
  );

/** A reflectance cube [band, y, x]. */
const cube = (shift: number): Volume =>
  makeVolume(
    Float32Array.from({ length: 3 * 16 * 20 }, (_, n) => ((n * 37) % 101) / 101 + shift),
    [3, 16, 20],
    {
      axes: [
        { name: 'band', unit: 'nm', coordinates: [450, 550, 700] },
        { name: 'y', unit: 'm', step: 2 },
        { name: 'x', unit: 'm', step: 1 },
      ],
      units: 'reflectance',
      modality: 'hyperspectral',
    },
  );

test('wavelengths a step of 10 nm apart are no lengths on the ground: bands across metres are drawn as wide as can be seen', (t) => {
  const even = makeVolume(cube(0).data, [3, 16, 20], {
    ...cube(0),
    axes: [{ name: 'band', unit: 'nm', coordinates: [500, 510, 520] }, ...cube(0).axes.slice(1)],
  });
  const view = viewSlice(even, 'band × x');
  t.is(view.unit, undefined);
  // 3 × 20 values, no side more than twice the other
  t.deepEqual([view.width, view.height], [20, 3]);
  t.true(Math.abs((view.height * view.pixel[1]) / (view.width * view.pixel[0]) - 0.5) < 1e-9);
  t.deepEqual([viewSlice(even, 'y × x').unit, ...viewSlice(even, 'y × x').pixel], ['m', 1, 2]);
});

test('a section is shown as sections are: traces side by side, time down, in its own words', async (t) => {
  const view = viewSlice(section(0), 'trace × time');
  t.deepEqual([view.width, view.height, view.left, view.top, view.unit], [24, 40, '', '', undefined]);
  // row y, column x of the picture is trace x at sample y
  t.is(view.values[7 * 24 + 5], section(0).data[5 * 40 + 7]);
  const results = [{ name: 'tv', volume: section(0.1), metrics: compareVolumes(section(0.1), section(0)) }];
  const html = renderReport({ title: 'line', reference: section(0), results, manifest: {} });
  t.true(html.includes('line: 1 at 0; trace: 24 from 0 to 287.5 m, step 12.5 m; time: 40 from 100 to 256 ms, step 4 ms'));
  t.true(html.includes('alt="tv, trace × time"'));
  t.true(html.includes('<small>trace × time</small>'), 'the column of SSIM');
  t.notRegex(html, /\bmm\b|millimetres|axial|coronal|sagittal|voxels|radiological/);
  t.is([...html.matchAll(/<img /g)].length, 3); // reference, result, error of the one plane there is
  const montage = await montageSvg({ reference: section(0), results });
  t.regex(montage, />trace × time</);
  t.notRegex(montage, /> ?[\d.]+ m</, 'no bar of length where axes measure different things');
  t.true(decode(await svgToPng(montage)).height > 100);
});

test('planes of a cube are those of its axes; only where both are lengths is the ratio that of the steps', (t) => {
  const { ssimByPlane, ssim } = compareVolumes(cube(0.01), cube(0));
  t.deepEqual(Object.keys(ssimByPlane), ['y × x', 'band × x', 'band × y']);
  t.is(ssim, ssimByPlane['y × x']);
  t.deepEqual([ssimByPlane['band × x'], ssimByPlane['band × y']], [null, null]); // 3 bands are below 11
  const image = viewSlice(cube(0), 'y × x');
  t.deepEqual([image.pixel, image.unit, image.index], [[1, 2], 'm', 1]);
  t.is(viewSlice(cube(0), 'band × x').unit, undefined);
  t.throws(() => viewSlice(cube(0), 'axial'), { code: 'ARGUMENT', message: /y × x, band × x, band × y/ });
});

test('four axes: every plane is the mean over all its images', (t) => {
  const inline = { name: 'inline', unit: '', first: 10, step: 2 };
  const gather = (shift: number) =>
    makeVolume(
      Float32Array.from({ length: 2 * 3 * 12 * 13 }, (_, n) => Math.cos(n / 7) + shift * Math.sin(n)),
      [2, 3, 12, 13],
      { axes: [inline, line, trace, time], modality: 'seismic' },
    );
  const [a, b] = [gather(0.1), gather(0)];
  const { ssimByPlane, peak } = compareVolumes(a, b);
  t.is(Object.keys(ssimByPlane).length, 6);
  // oracle: the six gathers as slices of a volume of three axes
  const flat = ({ data }: Volume) => makeVolume(data, [6, 12, 13], { axes: [line, trace, time] });
  const { ssimByPlane: wanted } = compareVolumes(flat(a), flat(b), { peak });
  t.true(Math.abs(ssimByPlane['trace × time']! - wanted['trace × time']!) < 1e-12);
  t.is(viewSlice(a, 'trace × time').index, 1 * 3 + 1);
});

test('a part is found in the whole by its coordinates; other axes are refused by name', (t) => {
  const whole = section(0, 24, 40);
  const data = Float32Array.from({ length: 3 * 5 }, (_, n) => whole.data[(6 + Math.floor(n / 5)) * 40 + 10 + (n % 5)]);
  const axes = [line, { ...trace, first: 75 }, { name: 'time', unit: 'ms', coordinates: [140, 144, 148, 152, 156] }];
  const part = makeVolume(data, [1, 3, 5], { axes, modality: 'seismic' });
  const { region, words, start } = matchVolumes(part, whole);
  t.deepEqual([region.data, start], [data, [0, 6, 10]]);
  t.is(words, 'line 0 to 0, trace 6 to 8, time 10 to 14');
  t.is(compareVolumes(part, region).error.rmse, 0);

  const wrong: [Partial<Volume>, RegExp][] = [
    [{ axes: [line, { ...trace, first: 80 }, axes[2]] }, /samples along 'trace'/],
    [{ axes: [line, axes[1], { ...time, first: 140, step: 2 }] }, /samples along 'time'.*step 4 ms.*step 2 ms/s],
    [{ axes: [line, axes[1], { ...time, unit: 's' }] }, /different axes.*time in ms.*time in s/s],
    [{ axes: [line, { ...trace, name: 'receiver' }, time] }, /different axes.*receiver in m/s],
  ];
  for (const [change, message] of wrong) {
    t.throws(() => matchVolumes({ ...part, ...change }, whole), { code: 'GEOMETRY', message });
    t.throws(() => compareVolumes({ ...part, ...change }, part), {
      code: 'GEOMETRY',
      message: message.source.startsWith('diff') ? message : /samples/,
    });
  }
  const body = makeVolume(new Float32Array(960), [1, 24, 40]);
  t.throws(() => matchVolumes(body, whole), { code: 'GEOMETRY', message: /placed in RAS\+ mm/ });
});
