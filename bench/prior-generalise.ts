/**
 * Priors on what they were not trained for. Denoising: gain of each prior at σ = 0.03, 0.1 and 0.3, beside scikit-image's non-local means,
 * on CT of other body parts, MR, hyperspectral bands and seismic sections (support/images.ts: how they are scaled; complex priors get every
 * image times a synthetic smooth phase). Reconstruction: DDS with 20 evaluations against the best-tuned ADMM-TV from 20 parallel views,
 * photon noise 1e5, of a limb, a head phantom and a brain MR volume taken as attenuation (0 ↔ −1000 HU, its brightness ↔ +1000 HU), by the
 * priors in HU.
 *
 *     npm run bench -- prior-generalise --data FOLDER --python PYTHON [--prior ct --prior mri …] [--part denoising] [--images brain-mr …]
 *         [--sigma 0.1 …] [--count 4] [--volume sts-039_limb …] [--slices 32-47]
 *         [--evaluations 20] [--workers 2] [--out out/prior-generalise] [--redo]
 *
 * PYTHON has scikit-image. Reconstructions are kept in OUT/VOLUME and used again unless `--redo`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createBackend } from '../src/index.js';
import { clean, groupsOf } from './support/clean-images.js';
import { denoisingPoints, denoisingTable, EngineDenoiser, type DenoisingPoint } from './support/denoising.js';
import { DEV_VOLUMES } from './support/dev-volumes.js';
import { IMAGES, imagesOf } from './support/images.js';
import { NonLocalMeans } from './support/non-local-means.js';
import { priorNote, priorsOf, type NamedPrior } from './support/priors.js';
import { reconTable } from './support/recon-table.js';
import { devScene } from './support/scene.js';
import { CT_DATA, casesOf, ddsRow } from './support/table-rows.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    prior: { type: 'string', multiple: true, default: ['ct'] },
    part: { type: 'string', multiple: true, default: ['denoising', 'reconstruction'] },
    images: { type: 'string', multiple: true, default: Object.keys(IMAGES) },
    sigma: { type: 'string', multiple: true, default: ['0.03', '0.1', '0.3'] },
    count: { type: 'string', default: '4' },
    volume: { type: 'string', multiple: true, default: ['sts-039_limb', 'philips_head-phantom', 'vs-seg-001_t1gd'] },
    slices: { type: 'string' },
    evaluations: { type: 'string', default: '20' },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/prior-generalise' },
    redo: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the images are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const [folder, workers] = [values.data, Number(values.workers)];
const SEED = 1;
await mkdir(values.out, { recursive: true });
const priors = await priorsOf(values.prior);
if (values.part.includes('denoising')) await publish('denoising', await denoising(priors));
if (values.part.includes('reconstruction')) await publish('reconstruction', await reconstruction(priors));

async function publish(name: string, text: string): Promise<void> {
  const whole = `${text}\n\n${priorNote(priors)}\n`;
  await writeFile(`${values.out}/${name}.md`, whole);
  console.log(whole);
}

async function denoising(of: readonly NamedPrior[]): Promise<string> {
  const backend = createBackend({ workers });
  const peer = await NonLocalMeans.start(values.python, workers);
  const tables: string[] = [];
  const all: DenoisingPoint[] = [];
  try {
    for (const group of groupsOf(of)) {
      const denoisers = await Promise.all(group.priors.map((prior) => EngineDenoiser.of(prior, backend)));
      const points: DenoisingPoint[] = [];
      for (const name of values.images) {
        const images = await imagesOf(name)(folder, Number(values.count), group.range);
        const each = clean(images, group.complex, SEED);
        points.push(...(await denoisingPoints(each, denoisers, peer, values.sigma.map(Number), SEED)));
      }
      await Promise.all(denoisers.map((d) => d.dispose()));
      all.push(...points);
      tables.push(denoisingTable(points, group.priors));
    }
  } finally {
    await peer.close();
    await backend.dispose();
  }
  await writeFile(`${values.out}/denoising.json`, JSON.stringify(all, null, 2));
  return tables.join('\n\n');
}

async function reconstruction(of: readonly NamedPrior[]): Promise<string> {
  const inHounsfield = of.filter(({ card }) => card.range.unit === 'HU');
  const slices = values.slices?.split('-').map(Number) as [number, number] | undefined;
  const tables: string[] = [];
  for (const volume of values.volume) {
    const scene = await devScene(folder, volume, slices ?? DEV_VOLUMES[volume]?.slices);
    const { markdown } = await reconTable({
      scene,
      // a wide ladder: the scale of these objects is another
      cases: casesOf(['parallel'], { weights: [1e-4, 2e-4, 4e-4], iterations: 200 }),
      before: [],
      after: inHounsfield.map((prior) => ddsRow(prior, Number(values.evaluations), true)),
      data: CT_DATA,
      folder: `${values.out}/${volume}${values.slices ? `-${values.slices}` : ''}`,
      workers,
      wanted: () => true,
      redo: values.redo,
    });
    tables.push(`## ${scene.name}\n\n${markdown}`);
  }
  return tables.join('\n\n');
}
