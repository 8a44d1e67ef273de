import test from 'ava';
import { createBackend } from '../../../../src/node.js';
import { Reconstruction } from '../../../../src/index.js';
import { centredFft } from '../../../../core/fft.js';
import {
  homodyneLine,
  homodyneWeights,
  phaseReference,
  phaseWindow,
  pocsLine,
} from '../../../../src/modalities/mri/partial-fourier/fill.js';
import { kspaceFacts, kspaceRows } from '../../../../volumes/kinds/kspace/facts.js';
import { partialFourier, type PartialFourier } from '../../../../volumes/kinds/kspace/partial.js';
import { readMeasurement, volumeData, type Measurement } from '../../../../volumes/index.js';
import { packNpy } from '../../../../volumes/formats/npy/array.js';
import { golden } from '../../../support/golden.js';
import { relativeError } from '../../../support/kspace.js';
import { mrScan, psnrOf, smallHead } from '../../../support/mr-scans.js';

/** BART's homodyne and POCS by dense matrices, of one coil: test/golden/scripts/partial-fourier.py. */
const reference = golden<{
  shape: [number, number];
  measured: number;
  iterations: number;
  kspace: number[];
  magnitude: number[];
  homodyne: number[];
  pocs: number[];
}>('partial-fourier.json');
const [ny, nx] = reference.shape;

const rows = (from: number, to: number): { data: Float32Array; shape: number[] } => ({
  data: Float32Array.from({ length: ny * nx }, (_, n) => Number(Math.floor(n / nx) >= from && Math.floor(n / nx) < to)),
  shape: [1, ny, nx],
});

/** Columns along ky of k-space whose other direction lies in image space. */
function columns(): Float64Array[] {
  const hybrid = Float64Array.from(reference.kspace);
  centredFft(hybrid, [ny, nx], 1, 'inverse');
  return Array.from({ length: nx }, (_, x) => Float64Array.from({ length: 2 * ny }, (__, n) => hybrid[2 * ((n >> 1) * nx + x) + (n & 1)]));
}

/** The image [y, x] of such columns. */
function imageOf(lines: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(2 * ny * nx);
  lines.forEach((line, x) => {
    for (let y = 0; y < ny; y++) out.set(line.subarray(2 * y, 2 * y + 2), 2 * (y * nx + x));
  });
  centredFft(out, [ny, nx], 0, 'inverse');
  return out;
}
const magnitudeOf = (image: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: image.length / 2 }, (_, n) => Math.hypot(image[2 * n], image[2 * n + 1]));

test('homodyne detection is BART’s, with the phase of the lines that BART takes', (t) => {
  const partial = partialFourier(rows(0, reference.measured))!;
  t.deepEqual(partial, { axis: 'ky', count: ny, first: 0, last: reference.measured - 1, reach: 6, missing: 'after' });
  const weights = homodyneWeights(partial);
  const band = Float64Array.from({ length: ny }, (_, n) => Number(n >= 9 && n < 15));
  const image = imageOf(columns().map((line) => homodyneLine(line, weights, phaseReference(line, band))));
  const error = relativeError(magnitudeOf(image), reference.homodyne.map(Math.abs));
  t.true(error < 2e-6, `${error}`);
});

test('POCS is what dense matrices give in NumPy; both come nearer to the object than zeros', (t) => {
  const partial = partialFourier(rows(0, reference.measured))!;
  const [window, weights] = [phaseWindow(partial), homodyneWeights(partial)];
  const lines = columns();
  const image = imageOf(lines.map((line) => pocsLine(line, partial, phaseReference(line, window), reference.iterations)));
  t.true(relativeError(image, reference.pocs) < 1e-6, `${relativeError(image, reference.pocs)}`);
  const off = (got: Float64Array): number => relativeError(magnitudeOf(got), reference.magnitude);
  const detected = imageOf(lines.map((line) => homodyneLine(line, weights, phaseReference(line, window))));
  // found: zeros .111, homodyne .094, POCS .037
  t.true(off(image) < 0.5 * off(imageOf(lines)), `${off(image)} against ${off(imageOf(lines))}`);
  t.true(off(detected) < off(imageOf(lines)), `${off(detected)} against ${off(imageOf(lines))}`);
});

test('weights add up to 2 with their mirror image, whichever side is missing; measured samples of POCS stay', (t) => {
  for (const [count, first, last] of [
    [24, 0, 15],
    [25, 0, 16],
    [25, 8, 24],
    [24, 9, 23],
  ]) {
    const mask = { data: Float32Array.from({ length: count }, (_, n) => Number(n >= first && n <= last)), shape: [1, count, 1] };
    const partial = partialFourier(mask)!;
    const weights = homodyneWeights(partial);
    const centre = Math.floor(count / 2);
    for (let d = 1; d < count - centre; d++) t.is(weights[centre + d] + weights[centre - d], 2);
    // the ramp is 0 from the first line on that was not measured
    weights.forEach((weight, n) => t.is(weight > 0, n >= first && n <= last, `${count}: ${n}`));
    const line = Float64Array.from({ length: 2 * count }, (_, n) => (n >> 1 >= first && n >> 1 <= last ? Math.sin(n * n) : 0));
    const whole = pocsLine(line, partial, phaseReference(line, phaseWindow(partial)), 4);
    t.deepEqual(whole.slice(2 * first, 2 * last + 2), line.slice(2 * first, 2 * last + 2));
  }
});

test('k-space the other way round gives the image the other way round', (t) => {
  const count = 25;
  const line = Float64Array.from({ length: 2 * count }, (_, n) => (n >> 1 < 17 ? Math.cos(3 * n) / (1 + Math.abs((n >> 1) - 12)) : 0));
  const turn = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: 2 * count }, (_, n) => values[2 * (count - 1 - (n >> 1)) + (n & 1)]);
  const forward: PartialFourier = { axis: 'ky', count, first: 0, last: 16, reach: 5, missing: 'after' };
  const backward: PartialFourier = { axis: 'ky', count, first: 8, last: 24, reach: 5, missing: 'before' };
  const fills = [
    (l: Float64Array, p: PartialFourier) => pocsLine(l, p, phaseReference(l, phaseWindow(p)), 7),
    (l: Float64Array, p: PartialFourier) => homodyneLine(l, homodyneWeights(p), phaseReference(l, phaseWindow(p))),
  ];
  for (const fill of fills) t.true(relativeError(turn(fill(line, forward)), fill(turn(line), backward)) < 1e-12);
});

test('what is symmetric, or ends where chance has it, is no partial Fourier; info tells the other', (t) => {
  t.is(partialFourier(rows(0, ny)), undefined);
  t.is(partialFourier(rows(1, ny)), undefined);
  t.is(partialFourier(rows(3, ny - 2)), undefined);
  t.is(partialFourier({ data: new Float32Array(ny * nx), shape: [1, ny, nx] }), undefined);
  const late = partialFourier(rows(6, ny))!;
  t.like(late, { axis: 'ky', first: 6, reach: 7, missing: 'before' });
  const echo = rows(0, ny);
  echo.data.forEach((_, n) => (echo.data[n] = Number(n % nx >= 3)));
  t.like(partialFourier(echo)!, { axis: 'kx', first: 3, last: nx - 1, missing: 'before' });
});

/** The scan without its last lines along ky, or first samples along kx. */
function cut(scan: Measurement, keep: (ky: number, kx: number) => boolean): Measurement {
  const { data, shape, arrays } = scan;
  const [, , height, width] = shape;
  const { mask } = arrays!;
  const kept = (n: number): number => Number(keep(Math.floor(n / width) % height, n % width));
  return {
    ...scan,
    data: data.map((v, n) => v * kept(n >> 1)),
    arrays: { ...arrays, mask: { ...mask, data: mask.data.map((v, n) => v * kept(n)) } },
  };
}
const image = async (scan: Measurement, method: string, methodOptions = {}): Promise<Float32Array> => {
  const backend = createBackend({ workers: 0 });
  try {
    return volumeData((await new Reconstruction(scan, { method, methodOptions, backend }).result()).volume);
  } finally {
    await backend.dispose();
  }
};

test('several coils: lines, samples of the echo, and with GRAPPA', async (t) => {
  const head = smallHead([2, 64, 64]);
  const whole = await mrScan({ mask: 'equispaced', accel: 1, acs: 16, snr: 60, coils: 6 }, {}, head);
  const every = await mrScan({ mask: 'equispaced', accel: 1.6, acs: 16, snr: 60, coils: 6 }, {}, head);
  for (const [name, { scan, truth }, keep] of [
    ['lines', whole, (ky: number) => ky < 42],
    ['echo', whole, (_: number, kx: number) => kx >= 22],
    ['lines and GRAPPA', every, (ky: number) => ky < 42],
  ] as const) {
    const part = cut(scan, keep);
    const zeros = psnrOf(await image(part, name === 'lines and GRAPPA' ? 'grappa' : 'zero-filled'), truth);
    for (const fill of ['pocs', 'homodyne']) {
      const filled = psnrOf(await image(part, 'partial-fourier', { fill }), truth);
      t.true(filled > zeros + 1, `${name}, ${fill}: ${filled} against ${zeros} dB`);
    }
    t.true(psnrOf(await image(part, 'partial-fourier', { combine: 'rss' }), truth) > 10, name);
  }
});

test('what cannot be filled is said before the run; info tells partial Fourier', async (t) => {
  const backend = createBackend({ workers: 0 });
  const { scan } = await mrScan({ mask: 'equispaced', accel: 1, acs: 16, coils: 1, slices: [2, 3] });
  const refuse = async (data: Measurement, options: object, message: RegExp): Promise<void> => {
    const run = new Reconstruction(data, { method: 'partial-fourier', ...options, backend } as never);
    await t.throwsAsync(run.ready, { message });
  };
  await refuse(scan, {}, /no partial Fourier.*symmetric/s);
  const gaps = cut(scan, (ky) => ky < 34 && (ky % 2 === 0 || Math.abs(ky - 24) < 8));
  await refuse(gaps, {}, /one coil does not tell them.*cs-wavelet/s);
  const part = cut(scan, (ky) => ky < 34);
  await refuse(part, { complex: true, methodOptions: { combine: 'rss' } }, /no phase/);
  t.is(kspaceFacts(scan).partialFourier, undefined);
  t.regex(kspaceRows(part).join('\n'), /partial Fourier,along ky: 70\.8 %, lines 0 … 33 of 0 … 47/);
  await backend.dispose();
});

test('an array whose last lines are zeros is seen as partial Fourier', async (t) => {
  const bytes = packNpy(Float32Array.from(reference.kspace), [1, ny, nx, 2]);
  const scan = await readMeasurement([{ name: 'k.npy', bytes }], { axes: 'coil,ky,kx,ri' });
  t.like(kspaceFacts(scan).partialFourier!, { axis: 'ky', last: reference.measured - 1 });
});
