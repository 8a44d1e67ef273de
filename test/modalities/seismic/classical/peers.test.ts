import test from 'ava';
import { pocs } from '../../../../src/modalities/seismic/classical/pocs.js';
import { rankReduction } from '../../../../src/modalities/seismic/classical/rank-reduction.js';
import { golden } from '../../../support/golden.js';
import { relative } from '../../../support/seismic.js';

interface Case {
  readonly shape: [number, number, number];
  readonly data: readonly number[];
  readonly live: readonly number[];
  readonly result: readonly number[];
  readonly rank: number;
  readonly damping: number;
  readonly iterations: number;
}

const cases = golden<{ readonly [name: string]: Case }>('seismic.json');
const gridOf = ({ shape, data, live }: Case) => ({ shape, data: Float32Array.from(data), live: Uint8Array.from(live) });

test("one window of POCS is PyLops' transforms, thresholded", async (t) => {
  const settings = { windowTraces: 24, windowSlow: 4, windowSamples: 40, timePadding: 1, dealias: 'off' } as const;
  const line = await pocs.interpolate(gridOf(cases.pocs2d), { ...settings, iterations: 20, last: 0.01 });
  t.true(relative(line, cases.pocs2d.result) < 1e-4, `${relative(line, cases.pocs2d.result)}`);
  const cube = await pocs.interpolate(gridOf(cases.pocs3d), { ...settings, iterations: 15, last: 0.02 });
  t.true(relative(cube, cases.pocs3d.result) < 1e-4, `${relative(cube, cases.pocs3d.result)}`);
  // another threshold would not pass
  const other = await pocs.interpolate(gridOf(cases.pocs2d), { ...settings, iterations: 20, last: 0.02 });
  t.true(relative(other, cases.pocs2d.result) > 1e-2);
});

for (const name of ['rank2d', 'rank3d']) {
  test(`rank reduction is pydrr's, whose singular values are exact: ${name}`, async (t) => {
    const { rank, damping, iterations, result } = cases[name];
    const settings = { rank, damping, iterations, grow: false, windowSamples: 32 };
    const exact = await rankReduction.interpolate(gridOf(cases[name]), { ...settings, subspaceSteps: 60 });
    t.true(relative(exact, result) < 1e-3, `${relative(exact, result)}`);
    const other = await rankReduction.interpolate(gridOf(cases[name]), {
      ...settings,
      rank: rank + 1,
      subspaceSteps: 60,
    });
    t.true(relative(other, result) > 1e-2);
  });
}
