import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { measuredScans, readScan } from '../../bench/measured/scans.js';
import { residualOn } from '../../bench/measured/residual.js';
import { readInput } from '../../core/platform/files.js';
import { createCpuBackend } from '../../compute/cpu/backend.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { readMeasurement, selectViews, volumeData, type Measurement, type Volume } from '../../volumes/index.js';

// Scans that were really measured: nobody knows the object, but views left out of a reconstruction know whether the geometry is right.

const folder = process.env.SLICEWISE_DATA;
const real = (title: string, run: (t: ExecutionContext, data: string) => Promise<void>) =>
  test(title, async (t) => {
    if (folder) return run(t, join(folder, 'dev/ct-measured'));
    t.log('skipped: SLICEWISE_DATA is not set');
    return t.pass();
  });

const backend = createCpuBackend({ workers: 0 });
const named = (name: string) => measuredScans.find((scan) => scan.name === name)!;

async function image(scan: Measurement, method: string, methodOptions = {}): Promise<Volume> {
  return (await new Reconstruction(scan, { method, methodOptions, backend }).result()).volume;
}

/** The residual on every 4th view of a CGLS image of the others. */
async function heldOut(scan: Measurement): Promise<number> {
  const views = scan.shape[1];
  const all = Array.from({ length: views }, (_, i) => i);
  const seen = selectViews(
    scan,
    all.filter((i) => i % 4 !== 2),
  );
  const unseen = selectViews(
    scan,
    all.filter((i) => i % 4 === 2),
  );
  return residualOn(unseen, await image(seen, 'cgls', { iterations: 15 }), backend);
}
const SIRT = { iterations: 20, relaxation: 1.9 };

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (v: Float32Array) => v.reduce((sum, x) => sum + x, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Every other view, bins and pixels four times as large as in the bench. */
async function coarse(data: string, name: string): Promise<Measurement> {
  return selectViews(await readScan(data, named(name), 4), '0::2');
}

const turned = (scan: Measurement, change: (angle: number) => number): Measurement => ({
  ...scan,
  geometry: { ...scan.geometry, angles: (scan.geometry.angles as number[]).map(change) },
});

for (const name of ['tooth', 'lotus', 'walnut']) {
  real(`${name}: FBP and SIRT of all views show the same object`, async (t, data) => {
    const scan = await coarse(data, name);
    const alike = correlation(volumeData(await image(scan, 'fbp')), volumeData(await image(scan, 'sirt', SIRT)));
    t.log(`correlation ${alike}`);
    t.true(alike > 0.98);
  });
}

for (const name of ['tooth', 'dendrites', 'lotus', 'walnut', 'disc']) {
  real(`${name}: views left out are explained by the others`, async (t, data) => {
    const residual = await heldOut(await coarse(data, name));
    t.log(`residual ${residual}`);
    t.true(residual < 0.03);
  });
}

for (const name of ['lotus', 'walnut']) {
  real(`${name}: turned the other way, views left out are explained clearly worse`, async (t, data) => {
    const scan = await coarse(data, name);
    const [right, wrong] = [await heldOut(scan), await heldOut(turned(scan, (a) => -a))];
    t.log(`${right} against ${wrong}`);
    t.true(wrong > 1.8 * right);
  });
}

real('tooth: with the axis in the middle of the detector, views left out are explained clearly worse', async (t, data) => {
  const scan = await coarse(data, 'tooth');
  const middle = { ...scan, geometry: { ...scan.geometry, detectorOffset: 0 } };
  const [right, wrong] = [await heldOut(scan), await heldOut(middle)];
  t.log(`${right} against ${wrong}`);
  t.true(wrong > 1.8 * right);
});

// 90° of views do not tell the sense of rotation by their residual. The outline does: its shadow is as wide as a disc of 70 mm makes it
// only if the disc comes nearer to the source when it should.
real('disc: the shadow is that of a circle of 35 mm radius, turned as the angles say and not the other way', async (t, data) => {
  const { file, options } = named('disc');
  const scan = await readMeasurement(await readInput(join(data, file)), { ...options });
  const right = fitCircle(scan);
  const wrong = fitCircle(turned(scan, (a) => -a));
  t.log(`radius ${right.radius} mm, misfit ${right.misfit} mm against ${wrong.misfit} mm`);
  t.true(Math.abs(right.radius - 35) < 0.1); // ± half a detector bin seen at the axis
  t.true(right.misfit < 0.1 && wrong.misfit > 2 * right.misfit);
});

/** The circle whose tangents from the source meet the detector where the shadow ends; misfit: root mean square, mm on the detector. */
function fitCircle(scan: Measurement): { radius: number; misfit: number } {
  const {
    sourceToAxis: sod,
    sourceToDetector: sdd,
    detectorPitch,
    angles,
  } = scan.geometry as unknown as {
    sourceToAxis: number;
    sourceToDetector: number;
    detectorPitch: number;
    angles: number[];
  };
  const bins = scan.shape[2];
  const ends = angles.flatMap((_, view) => shadowEnds(scan.data.subarray(view * bins, (view + 1) * bins), detectorPitch));
  const predicted = ([x, y, radius]: number[]): number[] =>
    angles.flatMap((degrees) => {
      const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
      const [dx, dy] = [x - sod * s, y + sod * c]; // from the source
      const across = Math.atan2(dx * c + dy * s, -dx * s + dy * c);
      const half = Math.asin(radius / Math.hypot(dx, dy));
      return [sdd * Math.tan(across - half), sdd * Math.tan(across + half)];
    });
  let circle = [0, 0, 30];
  for (let round = 0; round < 10; round++) {
    const at = predicted(circle);
    const slopes = circle.map((_, k) => {
      const step = predicted(circle.map((v, j) => v + (j === k ? 1e-4 : 0)));
      return step.map((v, i) => (v - at[i]) / 1e-4);
    });
    const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i], 0);
    const error = ends.map((e, i) => e - at[i]);
    const change = solve3(
      slopes.map((a) => slopes.map((b) => dot(a, b))),
      slopes.map((a) => dot(a, error)),
    );
    circle = circle.map((v, k) => v + change[k]);
  }
  const misfit = Math.sqrt(predicted(circle).reduce((sum, v, i) => sum + (v - ends[i]) ** 2, 0) / ends.length);
  return { radius: circle[2], misfit };
}

/** Where p² of a disc, about linear near its rim, reaches 0 on either side; mm on the detector. */
function shadowEnds(row: Float32Array, pitch: number): [number, number] {
  const inside = row.findIndex((v) => v > 0.25);
  const last = row.length - 1 - [...row].reverse().findIndex((v) => v > 0.25);
  const zero = (from: number, step: number): number => {
    const points = Array.from({ length: 14 }, (_, n) => from + n * step).map((i) => [(i - (row.length - 1) / 2) * pitch, row[i] ** 2]);
    const mean = [0, 1].map((k) => points.reduce((sum, p) => sum + p[k] / points.length, 0));
    const slope =
      points.reduce((sum, [u, q]) => sum + (u - mean[0]) * (q - mean[1]), 0) / points.reduce((sum, [u]) => sum + (u - mean[0]) ** 2, 0);
    return mean[0] - mean[1] / slope;
  };
  return [zero(inside, 1), zero(last, -1)];
}

/** Cramer's rule. */
function solve3(m: number[][], b: number[]): number[] {
  const det = ([[a, d, g], [e, f, h], [i, j, k]]: number[][]) => a * (f * k - h * j) - d * (e * k - h * i) + g * (e * j - f * i);
  return [0, 1, 2].map((column) => det(m.map((row, r) => row.map((v, c) => (c === column ? b[r] : v)))) / det(m));
}
