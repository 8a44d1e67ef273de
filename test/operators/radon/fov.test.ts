import { placed } from '../../../core/placement.js';
import test from 'ava';
import { fieldOfViewWarning } from '../../../operators/radon/fov.js';
import { projectFan } from '../../../src/modalities/ct/phantoms/index.js';
import type { Phantom } from '../../../src/modalities/ct/phantoms/phantom.js';
import { testNumbers } from '../../support/backends.js';

const angles = Array.from({ length: 60 }, (_, v) => 6 * v);
const base = { angles, detectorCount: 200, detectorPitch: 1, sourceToAxis: 300, sourceToDetector: 450 };

function scan(x: number, detectorOffset = 0, noise = 0) {
  const phantom: Phantom = {
    name: 'disc',
    ellipsoids: [{ centre: [x, 0, 0], semiAxes: [40, 40, 40], mu: 0.02 }],
    combine: 'add',
    size: [100, 100, 100],
  };
  const grid = { shape: [1, 9, 9] as const, ...placed(), units: '1/mm' as const, modality: 'CT' as const };
  const geometry = { ...base, detectorOffset };
  const { data, shape } = projectFan(phantom, geometry, grid);
  const next = testNumbers(1);
  return { kind: 'radon.fan', geometry, shape, data: data.map((v) => v + noise * next()) };
}

test('an object inside the field of view gives no warning, however noisy the scan', (t) => {
  t.is(fieldOfViewWarning(scan(10)), undefined);
  t.is(fieldOfViewWarning(scan(10, 0, 0.5)), undefined); // a third of the largest line integral
});

test('an object that leaves it at one end, or in some views, is reported', (t) => {
  t.regex(fieldOfViewWarning(scan(45))!, /leave the field of view.*both ends/); // turns through both ends
  t.regex(fieldOfViewWarning(scan(45, 0, 0.3))!, /leave the field of view/);
});

test('a half detector in a full circle ends inside the object on purpose', (t) => {
  t.is(fieldOfViewWarning(scan(0, 60)), undefined);
  const arc = scan(0, 60);
  t.regex(fieldOfViewWarning({ ...arc, geometry: { ...arc.geometry, angles: angles.map((a) => a / 2) } })!, /first bins/);
});
