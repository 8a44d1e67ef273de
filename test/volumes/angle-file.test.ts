import test from 'ava';
import { Buffer } from 'node:buffer';
import { parseAngleFile } from '../../volumes/kinds/radon/angle-file.js';
import { packNpy } from '../../volumes/formats/npy/array.js';
import { readScan } from '../../src/index.js';

const text = (content: string, name = 'angles.txt') => ({ name, bytes: new Uint8Array(Buffer.from(content)) });
const ANGLES = [0, 4.5, 9, -13.5];

test('angles are the numbers of a .npy, of lines, of a row, with heading, comments and a byte order mark', (t) => {
  t.deepEqual(parseAngleFile({ name: 'a.npy', bytes: packNpy(Float64Array.from(ANGLES), [4, 1]) }).values, ANGLES);
  for (const written of [
    '0\n4.5\n9\n-13.5\n',
    '0 4.5\t9  -1.35e1',
    '0;4.5;9;-13.5',
    '0, 4.5, 9, -13.5',
    '\uFEFFtheta (deg)\r\n0\r\n4.5 # second\r\n9\r\n-13.5',
  ])
    t.deepEqual(parseAngleFile(text(written)).values, ANGLES, written);
});

test('what could be read in two ways is an error: decimal commas, columns, words, nothing', (t) => {
  for (const written of ['0,5\n1,0\n2,5', '0 1\n2 3', '0\nx\n2', '', '# nothing'])
    t.throws(() => parseAngleFile(text(written)), { code: 'ARGUMENT' }, written);
  t.throws(() => parseAngleFile({ name: 'a.npy', bytes: packNpy(new Float64Array(6), [2, 3]) }), { code: 'ARGUMENT' });
});

test('decimal commas are understood where nothing else can be meant', (t) => {
  for (const written of ['0,5\n1,0\n1,5\n-2,25', '0,5 1,0 1,5 -2,25', '0,5;1;1,5;-2,25', 'theta\n0,5\n1\n1,5\n-2,25'])
    t.deepEqual(parseAngleFile(text(written)).values, [0.5, 1, 1.5, -2.25], written);
});

test('a heading or a comment may say the unit', (t) => {
  t.is(parseAngleFile(text('theta [rad]\n0\n1')).unit, 'rad');
  t.is(parseAngleFile(text('# angles in degrees\n0\n1')).unit, 'deg');
  t.is(parseAngleFile(text('theta_deg\n0\n1')).unit, 'deg');
  t.is(parseAngleFile(text('# radial scan, graded\n0\n1')).unit, undefined);
});

test('a scan takes its angles from a file; a unit that nobody said is guessed, and told', async (t) => {
  const sinogram = { name: 'sino.npy', bytes: packNpy(new Float32Array(4 * 32).fill(1), [4, 32]) };
  const radians = text(ANGLES.map((a) => (a * Math.PI) / 180).join('\n'));
  const common = { geometry: 'parallel', pitch: 1, axes: 'view,detector' } as const;
  const near = (angles: unknown): boolean => (angles as number[]).every((a, i) => Math.abs(a - ANGLES[i]) < 1e-9);
  const said = await readScan([sinogram], { ...common, angles: [text(ANGLES.join('\n'))], angleUnit: 'deg' });
  t.true(near(said.geometry.angles));
  t.false(said.meta.warnings?.some((w) => /unit of its angles/.test(w)) ?? false);
  const guessed = await readScan([sinogram], { ...common, angles: [radians] });
  t.true(near(guessed.geometry.angles));
  t.true(guessed.meta.warnings!.some((w) => /unit of its angles; taken as radians/.test(w)));
});
