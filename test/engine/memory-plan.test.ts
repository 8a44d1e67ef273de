import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { inChild } from '../../bench/support/child.js';
import type { MemoryRun, MemoryUse } from '../../bench/support/memory-run.js';
import { createBackend, zoo } from '../../src/node.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { writeMeasurement } from '../../volumes/open.js';
import type { Measurement } from '../../volumes/measurement.js';
import { DECOMPOSITION_ITEM, SUPPORT_ITEM } from '../../src/engine/memory/memory-parts.js';
import { narrowed, smallScan } from '../support/scans.js';

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
    const [small, large] = [await sized(32), await sized(64)];
    growsAsPlanned(t, small, large, 0);
    async function sized(size: number): Promise<Slabs> {
      return slabs(method, methodOptions, (await smallScan(21, size)).scan);
    }
  });
}

test('where rays miss, the mask that holds the image takes as much as the plan says', async (t) => {
  // two views through the middle leave the corners out
  const short = async (size: number): Promise<Slabs> =>
    slabs('cgls', { iterations: 2 }, narrowed((await smallScan(21, size, 2)).scan, size / 2));
  const [small, large] = [await short(32), await short(64)];
  growsAsPlanned(t, small, large, large.support - small.support);
});

function growsAsPlanned(t: ExecutionContext, small: Slabs, large: Slabs, support: number): void {
  // ‖A‖ is found on one slice, of two images in 4 lanes, which the plan of a volume leaves out
  const norm = 2 * 4 * 4 * (64 ** 2 - 32 ** 2);
  const ratio = (large.planned - small.planned + support) / (large.peak - small.peak - norm);
  t.true(Math.abs(ratio - 1) < 0.05, `${JSON.stringify([small, large])} ratio ${ratio}`);
}

/** Bytes of the slabs: planned (the mask of what is measured apart) and used. */
interface Slabs {
  readonly planned: number;
  readonly support: number;
  readonly peak: number;
}

async function slabs(method: string, methodOptions: object, scan: Measurement): Promise<Slabs> {
  const backend = createBackend({ workers: 1 });
  const options = { method, methodOptions: { ...methodOptions }, prior: 'ct', zoo: zoo(), backend };
  const run = new Reconstruction(scan, options);
  await run.ready;
  const items = run.plan.items.filter(({ what }) => !OUTSIDE.test(what));
  await run.result();
  const { peak } = backend.memory();
  await backend.dispose();
  const bytesOf = (support: boolean): number =>
    items.reduce((sum, { what, bytes }) => sum + ((what === SUPPORT_ITEM) === support ? bytes : 0), 0);
  return { planned: bytesOf(false), support: bytesOf(true), peak };
}

for (const [title, method, decompose] of [
  ['a run', 'admm-tv', undefined],
  ['a run whose image is taken apart', 'cgls', { iterations: 2, probes: 1 }],
] as const) {
  test(`the plan of ${title} is within 15 % of the resident memory of a process that runs it`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
    const { scan } = await smallScan(32, 192, 8);
    const path = join(folder, 'scan.h5');
    await writeFile(path, await writeMeasurement(path, scan));
    const options = method === 'cgls' ? { iterations: 1 } : { iterations: 1, innerIterations: 1 };
    const run: MemoryRun = { scan: path, method, options, workers: 2, decompose };
    const { planned, peak, items } = await inChild<MemoryUse>(new URL('../../bench/support/memory-run.js', import.meta.url), run);
    t.is(
      items.some(({ what }) => what === DECOMPOSITION_ITEM),
      decompose !== undefined,
    );
    t.true(Math.abs(planned / peak - 1) < 0.15, `planned ${planned}, measured ${peak}`);
    await rm(folder, { recursive: true });
  });
}
