/**
 * slicewise in a web page: a scan file in, a picture out, all of it on the GPU of whoever looks at the page. serve.ts bundles and serves
 * it; in a project of your own import from 'slicewise' instead, and serve models/zoo and onnxruntime-web's .wasm file beside the bundle.
 *
 * `?scan=URL&method=dds&prior=ct&steps=3&post=URL` runs at once and sends the volume to URL.nii and the manifest to URL.json (or what went
 * wrong to URL.txt).
 */
import {
  createGpuBackend,
  readMeasurement,
  reconstruct,
  renderMontage,
  urlModels,
  writeVolume,
  type Measurement,
  type ReconstructionResult,
} from '../../src/browser.js';

interface Wish {
  readonly method: string;
  readonly prior?: string;
  readonly steps?: number;
}

/** What the page offers, by the kind of the data. */
const OFFERS: readonly { readonly name: string; readonly wish: Wish }[] = [
  { name: 'DDS, CT prior', wish: { method: 'dds', prior: 'ct' } },
  { name: 'DDS, MR prior', wish: { method: 'dds', prior: 'mri' } },
  { name: 'total variation (CT)', wish: { method: 'admm-tv' } },
  { name: 'filtered backprojection (CT)', wish: { method: 'fbp' } },
  { name: 'CG-SENSE (MR)', wish: { method: 'sense' } },
];

/** Cards and weights lie in zoo/ beside the page and are fetched when a run needs them. */
const zoo = urlModels(new URL('zoo/', location.href), ['ct', 'mri']);

const find = <E extends Element>(name: string): E => document.querySelector<E>(name)!;
const say = (text: string): void => void (find('output').textContent = text);

async function imageOf(scan: Measurement, { method, prior, steps }: Wish): Promise<ReconstructionResult> {
  const backend = await createGpuBackend();
  try {
    say(`${method} on ${backend.adapter} …`);
    // what a diffusion method calls steps is called iterations elsewhere
    const methodOptions = steps === undefined ? {} : { [prior ? 'steps' : 'iterations']: steps };
    const run = reconstruct(scan, { method, methodOptions, prior, seed: 1, backend, zoo });
    for await (const { step, steps: all, residual } of run) {
      say(`${method} on ${backend.adapter}: step ${step} of ${all}, residual ${residual?.toFixed(4) ?? '…'}`);
    }
    return await run.result();
  } finally {
    await backend.dispose();
  }
}

async function show(name: string, { volume, events, manifest }: ReconstructionResult): Promise<void> {
  const seconds = manifest.timings.totalSeconds;
  const png = await renderMontage({ results: [{ name, volume, events, seconds }] });
  const image = find<HTMLImageElement>('img');
  image.src = URL.createObjectURL(new Blob([png as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
  image.hidden = false;
  say(`${name}: ${seconds.toFixed(1)} s on ${manifest.runtime.build}`);
}

const readScan = (name: string, bytes: ArrayBuffer): Promise<Measurement> => readMeasurement([{ name, bytes: new Uint8Array(bytes) }]);

/** The form. */
function wait(): void {
  const form = find<HTMLFormElement>('form');
  const select = find<HTMLSelectElement>('select');
  select.append(...OFFERS.map(({ name }) => new Option(name)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const file = given.get('scan') as File;
    const { name, wish } = OFFERS[select.selectedIndex];
    const steps = Number(given.get('steps')) || undefined;
    const work = async (): Promise<void> =>
      await show(name, await imageOf(await readScan(file.name, await file.arrayBuffer()), { ...wish, steps }));
    work().catch((error: unknown) => say(String(error)));
  });
}

/** The address. */
async function run(wishes: URLSearchParams): Promise<void> {
  const [scan, post] = [wishes.get('scan')!, wishes.get('post')];
  const send = async (ending: string, body: BodyInit): Promise<void> => {
    if (post) await fetch(`${post}.${ending}`, { method: 'POST', body });
  };
  try {
    const wish = {
      method: wishes.get('method') ?? 'fbp',
      prior: wishes.get('prior') ?? undefined,
      steps: Number(wishes.get('steps')) || undefined,
    };
    const response = await fetch(scan);
    const result = await imageOf(await readScan(scan, await response.arrayBuffer()), wish);
    await show(wish.method, result);
    await send('json', JSON.stringify(result.manifest));
    await send('nii', (await writeVolume('result.nii', result.volume)) as Uint8Array<ArrayBuffer>);
  } catch (error) {
    say(String(error));
    await send('txt', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

const wishes = new URLSearchParams(location.search);
if (wishes.has('scan')) void run(wishes);
else wait();
