import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { inChild } from '../../bench/support/child.js';
import type { MemoryRun, MemoryUse } from '../../bench/support/memory-run.js';
import { createBackend, zoo } from '../../src/node.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { writeMeasurement } from '../../volumes/open.js';
import { smallScan } from '../support/scans.js';

/** Items of the plan that are not in the slabs. */
const OUTSIDE = /^(Node|measured data$|result|messages|network)/;

for (const [method, methodOptions] of [
  ['cgls', { iterations: 2 }],
  ['sirt', { iterations: 2 }],
  ['admm-tv', { iterations: 2 }],
  ['dds', { steps: 2 }],
  ['diffusion-mbir', { steps: 2 }],
] as const) {
  test(`${method}: a larger image takes as much more of the slabs as the plan says, to 5 %`, async (t) => {
    const small = await slabs(method, methodOptions, 32);
    const large = await slabs(method, methodOptions, 64);
    // ‖A‖ is found on one slice, of two images in 4 lanes, which the plan of a volume leaves out
    const norm = 2 * 4 * 4 * (64 ** 2 - 32 ** 2);
    const ratio = (large.planned - small.planned) / (large.peak - small.peak - norm);
    t.true(Math.abs(ratio - 1) < 0.05, `${JSON.stringify([small, large])} ratio ${ratio}`);
  });
}

/** Bytes of the slabs, planned and used. */
async function slabs(method: string, methodOptions: object, size: number): Promise<{ planned: number; peak: number }> {
  const { scan } = await smallScan(21, size);
  const backend = createBackend({ workers: 1 });
  const options = { method, methodOptions: { ...methodOptions }, prior: 'ct', zoo: zoo(), backend };
  const run = new Reconstruction(scan, options);
  await run.ready;
  const items = run.plan.items.filter(({ what }) => !OUTSIDE.test(what));
  await run.result();
  const { peak } = backend.memory();
  await backend.dispose();
  return { planned: items.reduce((sum, { bytes }) => sum + bytes, 0), peak };
}

test('the plan is within 15 % of the resident memory of a process that runs it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
  const { scan } = await smallScan(32, 192, 8);
  const path = join(folder, 'scan.h5');
  await writeFile(path, await writeMeasurement(path, scan));
  const run: MemoryRun = { scan: path, method: 'admm-tv', options: { iterations: 1, innerIterations: 1 }, workers: 2 };
  const { planned, peak } = await inChild<MemoryUse>(new URL('../../bench/support/memory-run.js', import.meta.url), run);
  t.true(Math.abs(planned / peak - 1) < 0.15, `planned ${planned}, measured ${peak}`);
  await rm(folder, { recursive: true });
});
