/**
 * What images of a prior's training are like, for `world` of its card (src/engine/trust/world.ts): errors of denoising over the prior's own
 * belief, values of the object and codes, at two slices of every training volume. What has no units is made as bright as runs make it, and
 * complex images of an MR prior get a smooth phase (support/phase.ts).
 *
 *     npm run bench -- world [--prior ct] [--folder train/ct] [--write]
 *
 * SLICEWISE_DATA names the data folder. `--write` puts it on the card.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { space } from '../core/space.js';
import { openNetwork } from '../models/network/open-network.js';
import { createBackend, loadModel, readInput, readVolume, shapeOf, toCanonical, volumeData } from '../src/index.js';
import { modelSources } from '../src/node.js';
import {
  CODE_STEPS,
  evenSlices,
  SHARES,
  surpriseOf,
  takeSlices,
  worldOf,
  WORLD_SIGMAS,
  type WorldFound,
} from '../src/engine/trust/world.js';
import { brightness } from './support/brightness.js';
import { withPhase } from './support/phase.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: { type: 'string', default: 'ct' },
    folder: { type: 'string', default: 'train/ct' },
    write: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the data are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const folder = `${values.data}/${values.folder}`;

const entry = await loadModel(modelSources(), values.prior);
const { range, channels } = entry.card;
const backend = createBackend({ workers: 1 });
const prior = await openNetwork(entry.card, entry.weights, backend, {});
const found: WorldFound[] = [];
for (const file of (await readdir(folder)).filter((name) => name.endsWith('.nii.gz')).sort()) {
  const { volume } = toCanonical(await readVolume(await readInput(`${folder}/${file}`)), 'axial');
  const [slices, rows, columns] = shapeOf(volume);
  const domain = space(['slice', 'y', 'x'], [slices, rows, columns]);
  const few = evenSlices(slices);
  const own = takeSlices(volumeData(volume), domain, few);
  // what is no HU is as bright as runs make it: 1 at the brightness of the volume
  const [low, high] = volume.units === 'HU' ? [range.low, range.high] : [0, brightness(own)];
  const unit = own.map((v) => (v - low) / (high - low));
  const image = channels === 1 ? unit : withPhase(unit, [few.length, rows, columns], found.length);
  const taken = space(['slice', 'y', 'x'], [few.length, rows, columns], channels === 1 ? 'float32' : 'complex64');
  const one = await worldOf(prior, image, taken, backend);
  found.push(one);
  console.error(
    file,
    one.code.toFixed(3),
    one.levels.map((level) => surpriseOf(level).toFixed(2)).join(' '),
    one.quantiles.map((v) => v.toFixed(2)).join(' '),
  );
}
await prior.dispose();
await backend.dispose();

const rounded = (value: number): number => Number(value.toFixed(3));
const world = {
  levels: WORLD_SIGMAS.map((sigma, n) => ({ sigma, surprise: rounded(Math.max(...found.map(({ levels }) => surpriseOf(levels[n])))) })),
  quantiles: SHARES.map((share, n) => {
    const all = found.flatMap(({ quantiles }) => (quantiles.length > 0 ? [quantiles[n]] : []));
    return { share, least: rounded(Math.min(...all)), most: rounded(Math.max(...all)) };
  }),
  code: { steps: CODE_STEPS, most: rounded(Math.max(...found.map(({ code }) => code))) },
  volumes: found.length,
};
console.log(JSON.stringify(world, null, 2));
if (values.write) {
  const card = `models/zoo/${values.prior}.json`;
  await writeFile(card, `${JSON.stringify({ ...(JSON.parse(await readFile(card, 'utf8')) as object), world }, null, 2)}\n`);
}
