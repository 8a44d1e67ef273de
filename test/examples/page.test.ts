import type { AddressInfo } from 'node:net';
import test from 'ava';
import { servePage } from '../../examples/page/serve.js';
import { createBackend, zoo } from '../../src/node.js';
import { phantoms } from '../../src/modalities/ct/phantoms/index.js';
import { Reconstruction, type ReconstructOptions } from '../../src/engine/reconstruct.js';
import type { Manifest } from '../../src/report/manifest.js';
import { scannedObject, simulateCt } from '../../src/modalities/ct/simulation/simulate.js';
import { readVolume, writeMeasurement, type Measurement } from '../../volumes/index.js';
import { volumeData, type Volume } from '../../volumes/volume.js';
import { inlineBackend } from '../support/backends.js';
import { findChromium, openPage } from '../support/chromium.js';
import { mrScan, psnrOf, smallHead } from '../support/mr-scans.js';

/*
 * The example page in a headless Chromium, on its own WebGPU device (SwiftShader): reads a scan file, reconstructs it with priors fetched
 * by address, and sends the volume back, which must be what Node's CPU backend gives.
 */

const chromium = findChromium();
const inPage = chromium ? test.serial : test.serial.skip;
const missing = chromium ? '' : ' (needs Chromium: apt-get install chromium)';

const SECONDS = 240;

/** What the page gives for a scan, with the manifest. */
async function fromPage(scan: Measurement, query: string): Promise<{ volume: Volume; manifest: Manifest }> {
  const posted = new Map<string, Uint8Array>();
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const files = new Map([['/scan.h5', await writeMeasurement('scan.h5', scan)]]);
  const server = await servePage(0, files, (path, body) => {
    posted.set(path, body);
    if (path !== '/result.json') finish();
  });
  const { port } = server.address() as AddressInfo;
  const browser = openPage(chromium!, `http://127.0.0.1:${port}/?scan=/scan.h5&post=/result&${query}`);
  const timer = setTimeout(finish, 1000 * SECONDS);
  try {
    await done;
    const [volume, manifest, failure] = ['nii', 'json', 'txt'].map((ending) => posted.get(`/result.${ending}`));
    if (!volume || !manifest) throw new Error(`${failure ? text(failure) : 'no answer'}\n${browser.log()}`);
    return {
      volume: await readVolume([{ name: 'result.nii', bytes: volume }]),
      manifest: JSON.parse(text(manifest)) as Manifest,
    };
  } finally {
    clearTimeout(timer);
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function fromNode(scan: Measurement, options: Omit<ReconstructOptions, 'backend'>): Promise<Volume> {
  const backend = createBackend({ workers: 1 });
  try {
    return (await new Reconstruction(scan, { zoo: zoo(), seed: 1, ...options, backend }).result()).volume;
  } finally {
    await backend.dispose();
  }
}

async function ct(): Promise<{ scan: Measurement; truth: Float32Array }> {
  const thorax = phantoms.get('thorax').make();
  const options = { views: 12, size: 32, depth: 4, photons: 1e5, seed: 1 };
  const scan = await simulateCt(thorax, options, inlineBackend());
  return { scan, truth: volumeData(scannedObject(thorax, options)) };
}

const mr = (): Promise<{ scan: Measurement; truth: Float32Array }> =>
  mrScan({ coils: 3, mask: 'random', accel: 2, acs: 12, snr: 40 }, {}, smallHead([4, 32, 32]));

for (const { name, scene, query, options } of [
  {
    name: 'CT with DDS and the prior ct',
    scene: ct,
    query: 'method=dds&prior=ct&steps=3',
    options: { method: 'dds', prior: 'ct', methodOptions: { steps: 3 } },
  },
  {
    name: 'CT with CGLS',
    scene: ct,
    query: 'method=cgls&steps=5',
    options: { method: 'cgls', methodOptions: { iterations: 5 } },
  },
  {
    name: 'MR with DDS and the prior mri',
    scene: mr,
    query: 'method=dds&prior=mri&steps=3',
    options: { method: 'dds', prior: 'mri', methodOptions: { steps: 3 } },
  },
]) {
  inPage(`in a page: ${name} gives the image of Node's CPU${missing}`, async (t) => {
    t.timeout(2000 * SECONDS);
    const { scan, truth } = await scene();
    const page = await fromPage(scan, query);
    const node = await fromNode(scan, options);
    t.is(page.manifest.runtime.name, 'browser');
    t.is(page.manifest.runtime.backend, 'webgpu');
    const [a, b] = [page.volume, node].map((volume) => psnrOf(volumeData(volume), truth));
    const between = psnrOf(volumeData(page.volume), volumeData(node));
    const said = `page ${a.toFixed(3)} dB, Node ${b.toFixed(3)} dB, between them ${between.toFixed(1)} dB`;
    t.log(said);
    t.true(Math.abs(a - b) < 0.05, said);
    t.true(between > Math.max(a, b) + 20, said);
  });
}
