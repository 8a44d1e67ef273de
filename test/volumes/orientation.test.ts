import test from 'ava';
import {
  affineOf,
  cropSlices,
  makeVolume,
  matchByAffine,
  orientationCode,
  planeOf,
  readVolume,
  reorient,
  shapeOf,
  toCanonical,
  volumeData,
  type Plane,
  type Volume,
} from '../../volumes/index.js';
import { decomposeAffine } from '../../volumes/affine.js';
import { placed, latticeOf, type Lattice } from '../../core/placement.js';
import { bytesOf, golden } from '../support/golden.js';

// nibabel's aff2axcodes, io_orientation and as_closest_canonical; test/golden/scripts/nifti.py
interface Case {
  name: string;
  file: string;
  codes: string;
  canonical?: { shape: number[]; affine: number[][]; values: number[] };
}
const { cases, rotations } = golden<{ cases: Case[]; rotations: { affine: number[][]; codes: string }[] }>('nifti.json');
const asymmetric = cases.filter((c) => c.canonical && !/^unit|^no form/.test(c.name));
const open = (c: Case) => readVolume([{ name: 'x.nii', bytes: bytesOf(c.file) }]);
const near = (a: readonly number[], b: readonly number[], tolerance: number) =>
  a.length === b.length && a.every((value, n) => Math.abs(value - b[n]) <= tolerance);

test('orientation codes of forty oblique, sheared, anisotropic affines are those of nibabel', (t) => {
  for (const { affine, codes } of rotations) t.is(orientationCode(placed(decomposeAffine(affine.flat())!)), codes);
});

for (const c of asymmetric) {
  test(`${c.name}: the axial canonical volume is nibabel's closest canonical one`, async (t) => {
    const stored = await open(c);
    t.is(orientationCode(stored), c.codes);
    const { volume, restore } = toCanonical(stored, 'axial');
    t.is(orientationCode(volume), 'RAS');
    t.deepEqual(shapeOf(volume), [...c.canonical!.shape].reverse() as never);
    t.deepEqual([...volumeData(volume)], c.canonical!.values.map(Math.fround));
    t.true(near(affineOf(volume), c.canonical!.affine.flat(), 1e-4));
    const back = restore(volume);
    t.deepEqual([shapeOf(back), volumeData(back)], [shapeOf(stored), volumeData(stored)]);
    t.true(near(affineOf(back), affineOf(stored), 1e-9));
  });
}

/** A volume whose values are their own world position, so that any turn can be checked. */
function labelled(direction: number[], spacing: [number, number, number] = [1, 2, 3]): Volume {
  const shape: [number, number, number] = [3, 4, 5];
  const blank = makeVolume(new Float32Array(60), shape, placed({ direction, spacing, origin: [10, -20, 30] }));
  const data = volumeData(blank);
  eachVoxel(blank, (world, at) => (data[at] = label(world)));
  return blank;
}
const label = ([x, y, z]: number[]): number => Math.fround(x + 100 * y + 10000 * z);
function eachVoxel(volume: Volume, visit: (world: number[], at: number) => void): void {
  const [nk, nj, ni] = shapeOf(volume);
  const a = affineOf(volume);
  for (let at = 0; at < nk * nj * ni; at++) {
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    visit(
      [0, 1, 2].map((r) => a[4 * r] * i + a[4 * r + 1] * j + a[4 * r + 2] * k + a[4 * r + 3]),
      at,
    );
  }
}
function holdsItsPlace(volume: Volume): boolean {
  const data = volumeData(volume);
  let right = true;
  eachVoxel(volume, (world, at) => (right &&= data[at] === label(world)));
  return right;
}

/** The 48 ways to lay three axes along the world's. */
const TURNS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
].flatMap((world) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((signs) => {
    const direction = new Array<number>(9).fill(0);
    world.forEach((w, n) => (direction[3 * w + n] = signs & (1 << n) ? -1 : 1));
    return direction;
  }),
);

test('in each plane, from each of the 48 stored orders, every voxel keeps its place and comes back', (t) => {
  const codes: Record<Plane, string> = { axial: 'RAS', coronal: 'RSA', sagittal: 'ASR' };
  for (const direction of TURNS) {
    const stored = labelled(direction);
    t.true(holdsItsPlace(stored));
    for (const plane of ['axial', 'coronal', 'sagittal'] as const) {
      const { volume, restore } = toCanonical(stored, plane);
      t.is(orientationCode(volume), codes[plane]);
      t.is(planeOf(volume), plane);
      t.true(holdsItsPlace(volume));
      const back = restore(volume);
      t.deepEqual([volumeData(back), affineOf(back).map((v) => v + 0)], [volumeData(stored), affineOf(stored).map((v) => v + 0)]);
      const cropped = restore(cropSlices(volume, 1, shapeOf(volume)[0]));
      t.true(holdsItsPlace(cropped));
      t.is(orientationCode(cropped), orientationCode(stored));
    }
  }
});

test('a crop keeps its slices where they were; empty and outside ranges are errors', (t) => {
  const whole = labelled([0, 0, -1, 1, 0, 0, 0, 1, 0]);
  const crop = cropSlices(whole, 1, 3); // half-open: slices 1 and 2
  t.deepEqual(shapeOf(crop), [2, 4, 5]);
  t.true(holdsItsPlace(crop));
  for (const [from, to] of [
    [1, 1],
    [-1, 2],
    [0, 4],
    [0.5, 2],
  ])
    t.throws(() => cropSlices(whole, from, to), { code: 'ARGUMENT' });
});

test('a part is found in the whole by its affine, whatever the order and direction of its axes', (t) => {
  const whole = labelled(TURNS[21], [1.5, 0.75, 2]);
  for (const [n, direction] of TURNS.entries()) {
    const part = reorient(cropSlices(whole, 1, 3), { axis: axisOf(direction), flip: flipOf(direction) });
    const { region, start, size } = matchByAffine(part, whole);
    t.deepEqual(
      [start, size],
      [
        [0, 0, 1],
        [5, 4, 2],
      ],
      `${n}`,
    );
    t.deepEqual([shapeOf(region), volumeData(region)], [shapeOf(part), volumeData(part)]);
    t.true(near(affineOf(region), affineOf(part), 1e-6));
  }
});
const axisOf = (d: number[]) => [0, 1, 2].map((c) => [0, 1, 2].findIndex((r) => d[3 * r + c] !== 0)) as never;
const flipOf = (d: number[]) => [0, 1, 2].map((c) => d[c] + d[3 + c] + d[6 + c] < 0) as never;

test('affines rounded as headers round them still match; other lattices and parts outside do not', (t) => {
  const whole = labelled(TURNS[0]);
  const part = cropSlices(whole, 0, 2);
  const lattice = latticeOf(part);
  const moved = (change: Partial<Lattice>): Volume => ({ ...part, ...placed({ ...lattice, ...change }) });
  const rounded = moved({ origin: lattice.origin.map((v) => v + 0.004) as never });
  t.deepEqual(matchByAffine(rounded, whole).start, [0, 0, 0]);
  const wrong: Partial<Lattice>[] = [
    { spacing: [1, 2, 3.2] },
    { spacing: [2, 2, 3] },
    { origin: [10.4, -20, 30] },
    { direction: [0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1] },
  ];
  for (const change of wrong) t.throws(() => matchByAffine(moved(change), whole), { code: 'GEOMETRY', message: /lattice/ });
  t.throws(() => matchByAffine(moved({ origin: [9, -20, 30] }), whole), { code: 'GEOMETRY', message: /outside/ });
  t.throws(() => matchByAffine(whole, part), { code: 'GEOMETRY', message: /outside/ });
});
