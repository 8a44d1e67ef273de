import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { createCpuBackend } from '../../compute/cpu/backend.js';
import { sha256 } from '../../core/sha256.js';
import { readVolume, writeMeasurement } from '../../volumes/open.js';
import { Reconstruction } from '../../src/engine/reconstruct.js';
import { StudioHost } from '../../src/studio/host.js';
import type { StudioEvent, StudioResult } from '../../src/studio/protocol.js';
import { PAGE_POLICY } from '../../src/studio/policy.js';
import { commandLine, script } from '../../src/studio/repeat.js';
import { serveStudio } from '../../src/studio/server/server.js';
import { decodeMessage, encodeMessage } from '../../src/studio/wire.js';
import { smallScan } from '../support/scans.js';
import { ask } from '../support/studio.js';
import type { Backend } from '../../compute/backend.js';

const inline = (): Promise<Backend> => Promise.resolve(createCpuBackend({ workers: 0 }));
const place = { engine: 'Node', open: inline, zoo: [] };

test('who has not the token, another host and another origin get nothing; the token opens once', async (t) => {
  const studio = await serveStudio({ place, page: 'docs', folders: { zoo: 'models/zoo' } });
  const { port } = studio;
  const host = `127.0.0.1:${port}`;
  const token = new URL(studio.address).search;
  const status = async (path: string, headers: { [name: string]: string }, method?: string): Promise<number> =>
    (await ask(port, path, headers, method))[0];
  try {
    t.is(await status('/README.md', { host }), 403);
    t.is(await status('/?token=guess', { host }), 403);
    t.is(await status(`/${token}`, { host: `evil.example:${port}` }), 421);
    t.is(await status(`/${token}`, { host: `localhost:${port}` }), 421);
    t.is(await status(`/${token}`, { host, origin: 'http://evil.example' }), 403);
    const [first, , set] = await ask(port, `/${token}`, { host });
    t.is(first, 303);
    t.regex(set!, /HttpOnly; SameSite=Strict/);
    t.is(await status(`/${token}`, { host }), 403); // used
    const cookie = set!.split(';')[0];
    t.is(await status('/README.md', { host, cookie }), 200);
    t.is(await status('/README.md', { host, cookie: `${cookie}x` }), 403);
    t.is(await status('/README.md', { host, cookie, origin: 'http://evil.example' }), 403);
    t.is(await status('/README.md', { host: 'evil.example', cookie }), 421);
    // nothing outside the folders of the page, however it is written
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/zoo/..%2f..%2fpackage.json',
      '/zoo/../../package.json',
      '/.ci/run',
      '/src/x.ts',
    ]) {
      t.is(await status(path, { host, cookie }), 404, path);
    }
    t.is(await status('/zoo/ct.json', { host, cookie }), 200);
    // calls say where they come from
    t.is(await status('/studio/call?session=12345678', { host, cookie }, 'POST'), 403);
    t.is(await status('/studio/call?session=12345678', { host, cookie, origin: `http://${host}` }, 'POST'), 404);
    t.is(await status('/README.md', { host, cookie, origin: `http://${host}` }, 'DELETE'), 405);
  } finally {
    await studio.close();
  }
});

test('messages come back as they were sent; bytes that are none are refused', (t) => {
  const arrays = fc.oneof(fc.float32Array(), fc.uint8Array(), fc.int32Array());
  const value = fc.record({ text: fc.string(), list: fc.array(arrays), deep: fc.record({ one: arrays, n: fc.integer() }) });
  fc.assert(
    fc.property(value, (sent) => {
      t.deepEqual(decodeMessage(encodeMessage(sent)), structuredClone(sent));
      t.deepEqual(decodeMessage(Buffer.concat([encodeMessage(sent)])), structuredClone(sent)); // as a server has them
    }),
    { numRuns: 60 },
  );
  const bytes = encodeMessage({ data: new Float32Array([1, 2, 3]) });
  for (let length = 0; length < bytes.length; length += 3) {
    t.throws(() => decodeMessage(bytes.subarray(0, length)), { name: 'SlicewiseError' }, `${length}`);
  }
  t.throws(() => decodeMessage(encodeMessage({ $array: 'constructor', length: 1 })), { name: 'SlicewiseError' });
});

/** A host with a small scan open, and what it told. */
async function opened(
  open = inline,
  onEvent: (event: StudioEvent, host: StudioHost) => void = () => undefined,
): Promise<{ host: StudioHost; events: StudioEvent[]; ended: () => Promise<StudioEvent> }> {
  const events: StudioEvent[] = [];
  let hear: (event: StudioEvent) => void = () => undefined;
  const host: StudioHost = new StudioHost({ ...place, open }, (event) => {
    events.push(event);
    hear(event);
    onEvent(event, host);
  });
  const { scan } = await smallScan(3, 24, 9);
  await host.open({ files: [{ name: 'scan.h5', bytes: await writeMeasurement('scan.h5', scan) }], options: {} });
  const ended = (): Promise<StudioEvent> =>
    new Promise((resolve) => (hear = (event) => ['done', 'failed', 'stopped'].includes(event.event) && resolve(event)));
  return { host, events, ended };
}

test('a run that is stopped and goes on ends with the voxels of one that was not', async (t) => {
  const { host, events, ended } = await opened(inline, (event, own) => {
    if (event.event === 'step' && event.step === 7) void own.stop();
  });
  const wish = { method: 'sirt', seed: 0, options: { iterations: '60' } };
  let end = ended();
  await host.start({ wish, resume: false });
  t.deepEqual(await end, { event: 'stopped', resumable: true });
  end = ended();
  await host.start({ wish, resume: true });
  const { result } = (await end) as { readonly result: StudioResult };
  const steps = events.flatMap((event) => (event.event === 'step' ? [event.step] : []));
  t.deepEqual(steps, [...new Set(steps)]); // none was done twice

  const backend = createCpuBackend({ workers: 0 });
  const { scan } = await smallScan(3, 24, 9);
  const { volume } = await new Reconstruction(scan, { method: 'sirt', methodOptions: { iterations: 60 }, backend }).result();
  t.is(result.hash, await sha256(new Uint8Array(volume.data.buffer)));
  await backend.dispose();
});

test('a step that never ends is given up when the run is stopped', async (t) => {
  const stuck = async (): Promise<Backend> => {
    const backend = createCpuBackend({ workers: 0 });
    backend.readScalars = () => new Promise(() => undefined);
    return backend;
  };
  const { host, ended, events } = await opened(stuck);
  const end = ended();
  await host.start({ wish: { method: 'cgls', seed: 0, options: {} }, resume: false });
  while (!events.some((event) => event.event === 'plan')) await new Promise((resolve) => setTimeout(resolve, 1));
  await host.stop();
  t.deepEqual(await end, { event: 'stopped', resumable: false });
});

test('options are refused in words before any work', async (t) => {
  const { host, ended } = await opened();
  const end = ended();
  await host.start({ wish: { method: 'sirt', seed: 0, options: { iterations: 'many' } }, resume: false });
  t.like(await end, { event: 'failed', code: 'ARGUMENT' });
});

test('the line and the program say what was changed, and nothing else', async (t) => {
  const { host } = await opened();
  const fields = await host.form({ method: 'admm-tv' });
  const { scanFields } = await host.about();
  t.true(fields.filter(({ basic }) => basic).length <= 5);
  const wish = { method: 'admm-tv', seed: 0, options: { iterations: '20', lambda: '1e-3' } };
  const repeated = { file: "it's.npz", said: { geometry: 'fan', size: '64x64' }, wish, fields, scanFields, output: 'out.nii.gz' };
  t.is(
    commandLine(repeated),
    "slicewise recon 'it'\\''s.npz' -o out.nii.gz --method admm-tv --geometry fan --size 64x64 --iterations 20 --lambda 1e-3",
  );
  const program = script(repeated);
  t.true(program.includes("await readInput('it\\'s.npz'), { geometry: 'fan', size: [64, 64] }"));
  t.true(program.includes("  method: 'admm-tv',\n  methodOptions: { iterations: 20, lambda: 1e-3 },"));
});

test('a result is saved as a DICOM series in one file, which is read again', async (t) => {
  const { host, ended } = await opened();
  const end = ended();
  await host.start({ wish: { method: 'fbp', seed: 0, options: {} }, resume: false });
  const { result } = (await end) as { readonly result: StudioResult };
  t.true(result.formats.some(({ extension }) => extension === '.dicom.zip'));
  const [{ name, bytes }] = await host.write({ result: result.id, name: 'scan-fbp.dicom.zip' });
  t.is(name, 'scan-fbp.dicom.zip');
  const files = Object.entries(unzipSync(bytes)).map(([path, inside]) => ({ name: path, bytes: inside }));
  t.deepEqual(
    files.map((file) => file.name),
    ['scan-fbp/0001.dcm', 'scan-fbp/0002.dcm', 'scan-fbp/0003.dcm'],
  );
  const { data, units } = await readVolume(files);
  t.is(units, 'HU');
  // 16 bits with one slope: half of it
  const own = result.volume.data.toSorted();
  t.true(data.toSorted().every((value, n) => Math.abs(value - own[n]) < (own[own.length - 1] - own[0]) / 65535 + 1e-3));
});

test('plain files have the policy of the server, but for frames, which a page cannot forbid by itself', (t) => {
  t.true(readFileSync('src/studio/page/index.html', 'utf8').includes(`content="${PAGE_POLICY}"`));
  t.notRegex(PAGE_POLICY, /'unsafe-eval'|https?:/);
});
