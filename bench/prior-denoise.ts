/**
 * Denoising curves: PSNR against σ of priors through the engine (CPU backend), and of scikit-image's non-local means with its best
 * strength, on the same noisy images in the same run. Peak 1 in the prior's range; CT clipped to 0…1; MR for complex priors is magnitude
 * times a synthetic smooth phase, noise of std σ in the real and the imaginary part each (support/clean-images.ts).
 *
 *     npm run bench -- prior-denoise --data FOLDER --python PYTHON [--prior ct --prior mri …] [--images chest-ct …] [--sigma 0.1 …]
 *         [--count 4]
 *         [--workers 2] [--out out/prior-denoise]
 *
 * PYTHON has scikit-image. Images by default: the chest for priors in HU, brain and limb for the others. Writes table.md, table.json and a
 * plot for each kind of images. σ outside a prior's card are left out.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createBackend } from '../src/index.js';
import { clean, groupsOf } from './support/clean-images.js';
import { denoisingPoints, denoisingTable, EngineDenoiser, type DenoisingPoint } from './support/denoising.js';
import { imagesOf } from './support/images.js';
import { NonLocalMeans } from './support/non-local-means.js';
import { plotSvg } from './support/plot-svg.js';
import { priorNote, priorsOf, type NamedPrior } from './support/priors.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    prior: { type: 'string', multiple: true, default: ['ct'] },
    images: { type: 'string', multiple: true },
    sigma: { type: 'string', multiple: true, default: ['0.01', '0.03', '0.1', '0.3', '1'] },
    count: { type: 'string', default: '4' },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/prior-denoise' },
  },
});
if (!values.data) throw new Error('the images are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const SEED = 1;
await mkdir(values.out, { recursive: true });
const priors = await priorsOf(values.prior);
const backend = createBackend({ workers: Number(values.workers) });
const peer = await NonLocalMeans.start(values.python, Number(values.workers));
const text: string[] = [];
const all: DenoisingPoint[] = [];
try {
  for (const group of groupsOf(priors)) {
    const denoisers = await Promise.all(group.priors.map((prior) => EngineDenoiser.of(prior, backend)));
    const points: DenoisingPoint[] = [];
    for (const name of values.images ?? (group.hounsfield ? ['chest-ct'] : ['brain-mr', 'limb-mr'])) {
      const images = await imagesOf(name)(values.data, Number(values.count), group.range);
      const found = await denoisingPoints(clean(images, group.complex, SEED), denoisers, peer, values.sigma.map(Number), SEED);
      points.push(...found);
      const file = `${group.priors[0].name}-${name}.svg`;
      await writeFile(`${values.out}/${file}`, curves(found, group.priors));
    }
    await Promise.all(denoisers.map((d) => d.dispose()));
    all.push(...points);
    text.push(denoisingTable(points, group.priors), '', priorNote(group.priors), '');
  }
} finally {
  await peer.close();
  await backend.dispose();
}
await writeFile(`${values.out}/table.md`, text.join('\n'));
await writeFile(`${values.out}/table.json`, JSON.stringify(all, null, 2));
console.log(text.join('\n'));

function curves(points: readonly DenoisingPoint[], of: readonly NamedPrior[]): string {
  const curve = (name: string, pick: (point: DenoisingPoint) => number | undefined, broken: boolean) => ({
    name,
    broken,
    points: points.flatMap((p) => {
      const y = pick(p);
      return y === undefined ? [] : [{ x: p.sigma, y }];
    }),
  });
  const title = `Denoising, ${points[0]?.images}`;
  return plotSvg(
    [
      ...of.map(({ name }) => curve(name, (p) => p.priors[name], false)),
      curve('non-local means', (p) => p.nonLocalMeans.psnr, true),
      curve('noisy', (p) => p.noisy, true),
    ],
    { title, x: 'σ', y: 'PSNR, dB', logX: true },
  );
}
