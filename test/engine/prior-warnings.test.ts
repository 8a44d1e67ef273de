import test from 'ava';
import { placed } from '../../core/placement.js';
import type { Card } from '../../models/card/card.js';
import { loadModel } from '../../models/sources/zoo.js';
import { denoisedImages } from '../../src/engine/denoised-images.js';
import { fitOf } from '../../src/engine/prior-source.js';
import { requestOf } from '../../src/engine/request.js';
import { zoo } from '../../src/node.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { inlineBackend } from '../support/backends.js';
import { smallScan } from '../support/scans.js';

const priorWarnings = (card: Card, scan: Measurement, grid: Grid): readonly string[] => {
  const request = requestOf(scan, { method: 'sirt', grid, backend: inlineBackend() });
  return fitOf({ entry: { card, weights: new Uint8Array() } as never }, denoisedImages(request));
};

test('a prior warns of pixels and units it has not seen, and is silent within its card', async (t) => {
  const { card } = await loadModel(zoo(), 'ct');
  const { scan } = await smallScan(1);
  const spaced = (dx: number, dy: number) => priorWarnings(card, scan, { ...scan.grid, ...placed({ spacing: [dx, dy, 3] }) });
  t.deepEqual(spaced(2, 2), []);
  t.regex(spaced(0.1, 0.1).join(), /trained on pixels of 0\.8 to 3 mm/);
  t.regex(spaced(1, 2).join(), /square pixels/);
  // 5 % is where it begins
  t.regex(spaced(2, 2.12).join(), /square pixels/);
  t.deepEqual(spaced(2, 2.08), []);
  const unitless = { ...scan, meta: {}, grid: { ...scan.grid, units: 'arbitrary' as const } };
  t.regex(priorWarnings(card, unitless, unitless.grid).join(), /no physical unit/);
});

test('a prior warns of images of another modality and of slices of another plane, where the scan says so', async (t) => {
  const { card } = await loadModel(zoo(), 'ct');
  const { scan } = await smallScan(1);
  const warned = (changes: object, grid: object = {}) => priorWarnings({ ...card, ...changes }, scan, { ...scan.grid, ...grid });
  const coronal = placed({ spacing: [2, 2, 3], direction: [1, 0, 0, 0, 0, -1, 0, 1, 0] });
  t.deepEqual(warned({}), []);
  t.regex(warned({ modality: 'PET' }).join(), /^the prior 'ct' was trained on PET images, these are CT: .*$/);
  t.throws(() => warned({ modality: 'mri' }), { code: 'MODEL', message: /a prior of CT images.*--prior ct/s });
  t.regex(warned({}, { modality: 'MR' }).join(), /trained on CT images, these are MR/);
  t.deepEqual(warned({ modality: 'PET' }, { modality: 'PET' }), []);
  t.deepEqual(warned({}, { modality: 'other' }), []);
  t.deepEqual(warned({ plane: 'any' }, coronal), []);
  t.regex(warned({}, coronal).join(), /trained on axial slices, these are coronal/);
  t.regex(warned({ plane: 'sagittal' }).join(), /trained on sagittal slices, these are axial/);
});
