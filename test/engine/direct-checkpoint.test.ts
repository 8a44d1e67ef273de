import test from 'ava';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { reconstruct } from '../../src/index.js';
import { inFolder } from '../support/cli.js';
import { countingModality } from '../support/counting-method.js';

/* A direct method that keeps its state, through the engine and a folder. */

const STEPS = 6;
let stop = new AbortController();
/** It is stopped after the third step. */
const { scan, done } = countingModality(STEPS, (step) => step === 3 && stop.abort());

test.serial('a direct method that keeps its state is stopped and goes on, and another scan is refused', (t) =>
  inFolder(async (folder) => {
    const options = { checkpoint: checkpointFolder(folder), checkpointSeconds: 1000 };
    await t.throwsAsync(reconstruct(scan, { ...options, signal: stop.signal }).result(), { code: 'ABORTED' });
    t.deepEqual(done.splice(0), [1, 2, 3]);
    stop = new AbortController();
    const other = { ...scan, data: scan.data.map((value) => value + 1) };
    await t.throwsAsync(reconstruct(other, { ...options, resume: true }).result(), { code: 'CHECKPOINT' });
    t.deepEqual(done.splice(0), []);
    const { volume } = await reconstruct(scan, { ...options, resume: true }).result();
    t.deepEqual(done.splice(0), [4, 5, 6]);
    t.true(volume.data.every((value) => value === STEPS));
  }),
);

test.serial('the first state is told once, and a run that is ended then has written it', (t) =>
  inFolder(async (folder) => {
    const checkpoint = checkpointFolder(folder);
    const told: number[] = [];
    const onState = (): void => void told.push(done.length);
    stop = new AbortController();
    await reconstruct(scan, { checkpoint, onState }).result();
    t.deepEqual([told.splice(0), done.splice(0).length], [[1], STEPS]);
    const ended = new AbortController();
    const first = { checkpoint, checkpointSeconds: 1000, signal: ended.signal, onState: () => ended.abort() };
    await t.throwsAsync(reconstruct(scan, first).result(), { code: 'ABORTED' });
    t.deepEqual(done.splice(0), [1]);
    await reconstruct(scan, { checkpoint, onState, resume: true }).result();
    t.deepEqual(done.splice(0), [2, 3, 4, 5, 6]);
    // nothing is told where nothing is kept
    told.splice(0);
    await reconstruct(scan, { onState }).result();
    t.deepEqual(told, []);
    done.splice(0);
  }),
);

test.serial('a method that keeps no state says so of checkpoints, and refuses to go on', (t) =>
  inFolder(async (folder) => {
    const checkpoint = checkpointFolder(folder);
    const methodOptions = { keeps: false } as object;
    stop = new AbortController();
    const without = await reconstruct(scan, { checkpoint, methodOptions }).result();
    t.true(without.manifest.warnings.some((text) => /counting keeps no checkpoints.*begins anew/.test(text)));
    const silent = [await reconstruct(scan, { checkpoint }).result(), await reconstruct(scan, { methodOptions }).result()];
    for (const { manifest } of silent) t.false(manifest.warnings.some((text) => /checkpoints/.test(text)));
    done.splice(0);
    const on = reconstruct(scan, { checkpoint, methodOptions, resume: true });
    await t.throwsAsync(on.result(), { code: 'ARGUMENT', message: /counting keeps no state.*Leave --resume out/s });
    t.deepEqual(done, []);
  }),
);

test.serial('with options by which it keeps none, and without a folder, nothing is written', (t) =>
  inFolder(async (folder) => {
    const checkpoint = checkpointFolder(folder);
    for (const more of [{ checkpoint, methodOptions: { keeps: false } as object }, {}]) {
      stop = new AbortController();
      await reconstruct(scan, { ...more, checkpointSeconds: 0 }).result();
      t.is(await checkpoint.latest(), undefined);
    }
  }),
);
