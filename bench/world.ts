/**
 * What images of a prior's training are like, for `world` of its card (src/engine/trust/world.ts): errors of denoising over the prior's own
 * belief, values of the object and codes, at two slices of every training volume. What has no units is made as bright as runs make it, and
 * complex images of an MR prior get a smooth phase (support/phase.ts).
 *
 *     npm run bench -- world [--prior ct] [--folder train/ct] [--write]
 *     npm run bench -- world --prior mri --judge --folder dev/mri [--folder dev/ct]
 *
 * SLICEWISE_DATA names the data folder. `--write` puts it on the card. `--judge` asks what the card says of images instead; HU are then
 * 0 at −1000 and 1 at the brightness of what lies above that, where the prior's images have no unit.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { space } from '../core/space.js';
import { openNetwork } from '../models/network/open-network.js';
import { createBackend, loadModel, readInput, readVolume, shapeOf, toCanonical, volumeData } from '../src/index.js';
import { modelSources } from '../src/node.js';
import { SHARES } from '../src/engine/trust/object-values.js';
import {
  CODE_STEPS,
  evenSlices,
  judgeWorld,
  surpriseOf,
  takeSlices,
  worldOf,
  worldText,
  WORLD_SIGMAS,
  type WorldFound,
} from '../src/engine/trust/world.js';
import { brightness } from './support/brightness.js';
import { withPhase } from './support/phase.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: { type: 'string', default: 'ct' },
    folder: { type: 'string', multiple: true, default: ['train/ct'] },
    judge: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the data are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');

const entry = await loadModel(modelSources(), values.prior);
const { range, channels } = entry.card;
const backend = createBackend({ workers: 1 });
const prior = await openNetwork(entry.card, entry.weights, backend, {});
const found: WorldFound[] = [];
const files: string[] = [];
for (const folder of values.folder) {
  const names = (await readdir(`${values.data}/${folder}`)).filter((name) => name.endsWith('.nii.gz')).sort();
  files.push(...names.map((name) => `${folder}/${name}`));
}
for (const file of files) {
  const { volume } = toCanonical(await readVolume(await readInput(`${values.data}/${file}`)), 'axial');
  const [slices, rows, columns] = shapeOf(volume);
  const domain = space(['slice', 'y', 'x'], [slices, rows, columns]);
  const few = evenSlices(slices);
  const own = takeSlices(volumeData(volume), domain, few);
  // what is no HU is as bright as runs make it: 1 at the brightness of the volume
  const air = volume.units === 'HU' ? -1000 : 0;
  const [low, high] = range.unit === 'HU' ? [range.low, range.high] : [air, air + brightness(own.map((v) => v - air))];
  const unit = own.map((v) => (v - low) / (high - low));
  const image = channels === 1 ? unit : withPhase(unit, [few.length, rows, columns], found.length);
  const taken = space(['slice', 'y', 'x'], [few.length, rows, columns], channels === 1 ? 'float32' : 'complex64');
  const one = await worldOf(prior, image, taken, backend);
  found.push(one);
  if (values.judge) {
    if (!entry.card.world) throw new Error(`the card of '${values.prior}' has no world`);
    console.log(`${file}: ${worldText(values.prior, judgeWorld(one, entry.card.world))}`);
    continue;
  }
  console.error(
    file,
    one.code.toFixed(3),
    one.levels.map((level) => surpriseOf(level).toFixed(2)).join(' '),
    one.quantiles.map((v) => v.toFixed(2)).join(' '),
    one.spread?.toFixed(3),
  );
}
await prior.dispose();
await backend.dispose();
if (values.judge) process.exit();

const rounded = (value: number): number => Number(value.toFixed(3));
const world = {
  levels: WORLD_SIGMAS.map((sigma, n) => ({ sigma, surprise: rounded(Math.max(...found.map(({ levels }) => surpriseOf(levels[n])))) })),
  quantiles: SHARES.map((share, n) => {
    const all = found.flatMap(({ quantiles }) => (quantiles.length > 0 ? [quantiles[n]] : []));
    return { share, least: rounded(Math.min(...all)), most: rounded(Math.max(...all)) };
  }),
  // tissue in HU is as wide as its noise, which reconstructions have less of
  ...(range.unit !== 'HU' && { spread: { least: rounded(Math.min(...found.map(({ spread }) => spread ?? Infinity))) } }),
  code: { steps: CODE_STEPS, most: rounded(Math.max(...found.map(({ code }) => code))) },
  volumes: found.length,
};
console.log(JSON.stringify(world, null, 2));
if (values.write) {
  const card = `models/zoo/${values.prior}.json`;
  await writeFile(card, `${JSON.stringify({ ...(JSON.parse(await readFile(card, 'utf8')) as object), world }, null, 2)}\n`);
}
