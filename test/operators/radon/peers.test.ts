import type { Backend } from '../../../compute/backend.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { coneRadon } from '../../../operators/radon/cone/cone.js';
import { fanRadon } from '../../../operators/radon/slice/fan.js';
import { parallelRadon } from '../../../operators/radon/slice/parallel.js';
import { difference, grid, projected, SLICES as slices, type Signs } from '../../support/blob.js';
import { onEveryBackend } from '../../support/every-backend.js';
import { golden } from '../../support/golden.js';

/* ASTRA's and RTK's projections of one object, see test/golden/scripts/radon.py: the same formula and numbers as there. */
type Golden = Record<'parallel_linear' | 'parallel_angles' | 'fan_line' | 'fan_angles' | 'cone_joseph', number[]>;
const expected = golden<Golden>('radon.json');
const angles = [0, 12, 45, 71, 90, 133, 180, 251, 300, -20];
// none near an axis, where exact lengths in pixels of 1.5 mm are off by up to 5 %
const fanAngles = [12, 27, 45, 71, 104, 133, 205, 251, 300, -20];
const parallel = { angles, detectorCount: 37, detectorPitch: 1.3, detectorOffset: 2.2 };
const fan = {
  angles: fanAngles,
  detectorCount: 41,
  detectorPitch: 1.9,
  detectorOffset: -3.1,
  sourceToAxis: 60,
  sourceToDetector: 100,
};
const cone = {
  angles,
  rows: 17,
  columns: 29,
  rowPitch: 2.1,
  columnPitch: 2.4,
  rowOffset: 1.7,
  columnOffset: -3.1,
  sourceToAxis: 60,
  sourceToDetector: 100,
};

/**
 * Joseph's method against ASTRA's: the same to rounding. Against RTK's: rays near 45° may choose another main axis. ASTRA's fan projector
 * takes the exact length of each ray in each pixel instead, which on this object differs from an interpolation by about 1 % with pixels of
 * 1.5 mm.
 */
const cases: [string, keyof Golden, (b: Backend, signs: Signs, change?: object) => LinearOperator, number][] = [
  ['parallel, ASTRA linear, offset detector', 'parallel_linear', (b, s, c) => parallelRadon({ ...parallel, ...c }, grid(1, s), b), 2e-5],
  [
    "parallel, ASTRA's angles",
    'parallel_angles',
    (b, s, c) => parallelRadon({ ...parallel, detectorOffset: 0, ...c }, grid(1, s), b),
    2e-5,
  ],
  ['fan, ASTRA line_fanflat, offset detector', 'fan_line', (b, s, c) => fanRadon({ ...fan, ...c }, grid(1, s), b), 0.01],
  ["fan, ASTRA's angles", 'fan_angles', (b, s, c) => fanRadon({ ...fan, detectorOffset: 0, ...c }, grid(1, s), b), 0.01],
  ['cone, RTK Joseph', 'cone_joseph', (b, s, c) => coneRadon({ ...cone, ...c }, grid(slices, s), b), 0.001],
];

for (const [name, key, build, tolerance] of cases) {
  onEveryBackend(`projections equal the peer's: ${name}`, async (t, { backend }) => {
    const plane = key.startsWith('cone') ? undefined : 0.5;
    for (const signs of [
      [1, 1, 1],
      [-1, 1, 1],
      [1, -1, -1],
    ] as const) {
      const error = difference(await projected(build(backend, signs), signs, plane), expected[key]);
      t.log(`axes ${signs.join(' ')}: relative RMS difference ${(100 * error).toFixed(3)} %`);
      t.true(error < tolerance);
    }
    // another convention would not pass: clockwise, turned by a right angle, detector the other way, offset forgotten or reversed
    const own = key.startsWith('fan') ? fanAngles : angles;
    const offsets = { detectorOffset: key.startsWith('fan') ? 3.1 : -2.2, columnOffset: 3.1 };
    const wrong = [{ angles: own.map((a) => -a) }, { angles: own.map((a) => a + 90) }, { angles: own.map((a) => a + 180) }, offsets];
    for (const change of wrong) {
      const error = difference(await projected(build(backend, [1, 1, 1], change), [1, 1, 1], plane), expected[key]);
      t.true(error > 0.08, `${JSON.stringify(change)} differs by ${(100 * error).toFixed(1)} % only`);
    }
    const flipped = difference(await projected(build(backend, [1, -1, 1]), [1, 1, 1], plane), expected[key]);
    t.true(flipped > 0.08, `rows upside down differ by ${(100 * flipped).toFixed(1)} % only`);
  });
}
