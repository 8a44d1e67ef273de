import test from 'ava';
import { describeVoxels } from '../../volumes/describe.js';
import fc from 'fast-check';
import {
  axisSchema,
  commonUnit,
  coordinateAt,
  cropAxis,
  describeSamples,
  flipAxis,
  isRegular,
  sameAxis,
  stepOf,
  type Axis,
} from '../../core/axis.js';
import { unitRatio } from '../../core/units.js';

const number = fc.double({ min: -1e4, max: 1e4, noNaN: true, noDefaultInfinity: true });
const step = fc.oneof(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), fc.double({ min: -1e3, max: -1e-3, noNaN: true }));
const names = { name: fc.constantFrom('time', 'band', 'inline'), unit: fc.constantFrom('ms', 'nm', 'm', '') };
const regular = fc
  .record({ ...names, first: fc.option(number, { nil: undefined }), step })
  .map(({ first, ...rest }): Axis => (first === undefined ? rest : { ...rest, first }));
const counts = fc.integer({ min: 2, max: 40 });

test('an axis of coordinates that are equally far apart is the regular axis', (t) => {
  fc.assert(
    fc.property(regular, counts, (axis, count) => {
      const listed: Axis = {
        name: axis.name,
        unit: axis.unit,
        coordinates: Array.from({ length: count }, (_, n) => coordinateAt(axis, n)),
      };
      // rounding of first + n · step: few units in the last place of the largest coordinate
      const tolerance = 1e-10 * Math.max(1, ...listed.coordinates.map(Math.abs));
      return isRegular(listed) && Math.abs(stepOf(listed) - stepOf(axis)) < tolerance && sameAxis(axis, listed, count);
    }),
  );
  t.false(isRegular({ name: 'band', unit: 'nm', coordinates: [400, 410, 430] }));
  t.throws(() => stepOf({ name: 'band', unit: 'nm', coordinates: [400, 410, 430] }), {
    code: 'GEOMETRY',
    message: /'band'.*3 from 400 to 430/s,
  });
});

test('a part of an axis, and an axis backwards, keep every sample where it is', (t) => {
  fc.assert(
    fc.property(regular, counts, fc.boolean(), fc.nat(39), (axis, count, listed, cut) => {
      const whole: Axis = listed ? { name: 'x', unit: 'm', coordinates: Array.from({ length: count }, (_, n) => n * n + n) } : axis;
      const from = cut % count;
      const part = cropAxis(whole, from, count);
      const back = flipAxis(whole, count);
      const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
      return Array.from({ length: count - from }, (_, n) => n).every(
        (n) =>
          near(coordinateAt(part, n), coordinateAt(whole, n + from)) && near(coordinateAt(back, n), coordinateAt(whole, count - 1 - n)),
      );
    }),
  );
  t.pass();
});

test('steps are told in any unit of the same quantity, and in no other', (t) => {
  t.is(stepOf({ name: 'time', unit: 'ms', step: 4 }, 's'), 0.004);
  t.is(stepOf({ name: 'x', unit: 'µm', step: 500 }, 'mm'), 0.5);
  t.is(unitRatio('m', 'mm'), 1000);
  t.is(unitRatio('nm', 'Hz'), undefined);
  t.throws(() => stepOf({ name: 'time', unit: 'ms', step: 4 }, 'mm'), {
    code: 'UNITS',
    message: /steps in mm; got ms/,
  });
  t.is(
    commonUnit([
      { name: 'x', unit: 'm', step: 12.5 },
      { name: 'depth', unit: 'km', step: 0.01 },
    ]),
    'm',
  );
  t.is(
    commonUnit([
      { name: 'x', unit: 'm', step: 12.5 },
      { name: 'time', unit: 'ms', step: 4 },
    ]),
    undefined,
  );
});

test('wavelengths are told beside lengths on the ground, not in their unit', (t) => {
  const [band, line] = [
    { name: 'band', unit: 'nm', step: 10 },
    { name: 'line', unit: 'm', step: 5 },
  ];
  t.is(commonUnit([band, line, { ...line, name: 'sample' }]), undefined);
  t.is(commonUnit([band, { name: 'wavelength', unit: 'µm', step: 0.01 }]), 'nm');
  const words = describeVoxels({ axes: [band, line, { ...line, name: 'sample' }], shape: [50, 64, 64] }, (values) => values.join(' × '));
  t.is(words, 'band: 50 from 0 to 490 nm, step 10 nm; line: 64 from 0 to 315 m, step 5 m; sample: 64 from 0 to 315 m, step 5 m');
});

test('an axis is read from JSON: what is missing, zero or both is refused', (t) => {
  t.deepEqual(axisSchema.parse({ name: 'inline', step: 2, first: 1001 }), {
    name: 'inline',
    unit: '',
    step: 2,
    first: 1001,
  });
  for (const wrong of [
    { name: 'x', step: 0 },
    { name: '', step: 1 },
    { name: 'x' },
    { name: 'x', step: 1, coordinates: [1] },
    { name: 'x', coordinates: [] },
    { name: 'x', step: Infinity },
  ])
    t.false(axisSchema.safeParse(wrong).success, JSON.stringify(wrong));
});

test('samples are told in words', (t) => {
  t.is(describeSamples({ name: 'time', unit: 'ms', step: 4 }, 1500), '1500 from 0 to 5996 ms, step 4 ms');
  t.is(describeSamples({ name: 'band', unit: 'nm', coordinates: [400, 410, 430] }, 3), '3 from 400 to 430 nm, unequal steps');
  t.is(describeSamples({ name: 'line', unit: '', first: 7, step: 1 }, 1), '1 at 7');
});
