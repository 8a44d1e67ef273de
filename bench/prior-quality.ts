/**
 * What priors are worth in reconstruction: DDS (default preset) with each prior at several numbers of evaluations against the best-tuned
 * ADMM-TV, for 8, 20 and 60 parallel views over 180° and a limited angle of 90° with 90 views, photon noise 1e5, on volumes that no prior
 * was trained on. PSNR, its gain over TV, SSIM and seconds (support/recon-table.ts).
 *
 *     npm run bench -- prior-quality --data FOLDER [--prior ct --prior candidate/card.json] [--volume sts-039_limb …] [--case parallel-8 …]
 *         [--evaluations 20 …] [--slices 30-45] [--only dds …] [--workers 2] [--out out/prior-quality] [--redo]
 *
 * Results are kept in OUT/VOLUME and used again unless `--redo` or the prior's weights are others. `--slices` other than the volume's own
 * have a folder of their own.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { CHEST, DEV_VOLUMES } from './support/dev-volumes.js';
import { priorNote, priorsOf } from './support/priors.js';
import { reconTable } from './support/recon-table.js';
import { devScene } from './support/scene.js';
import { CT_DATA, casesOf, ddsRow, FBP } from './support/table-rows.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: { type: 'string', multiple: true, default: ['ct'] },
    volume: { type: 'string', multiple: true, default: [CHEST] },
    case: { type: 'string', multiple: true, default: ['parallel-8', 'parallel', 'parallel-60', 'limited'] },
    evaluations: { type: 'string', multiple: true, default: ['20', '50'] },
    slices: { type: 'string' },
    only: { type: 'string', multiple: true, default: [''] },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/prior-quality' },
    redo: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const slices = values.slices?.split('-').map(Number) as [number, number] | undefined;
const priors = await priorsOf(values.prior);
const evaluations = values.evaluations.map(Number);
const most = Math.max(...evaluations);
for (const volume of values.volume) {
  const scene = await devScene(values.data, volume, slices ?? DEV_VOLUMES[volume]?.slices);
  const folder = `${values.out}/${volume}${values.slices ? `-${values.slices}` : ''}`;
  const { markdown } = await reconTable({
    scene,
    cases: casesOf(values.case),
    before: [FBP],
    after: priors.flatMap((prior) => evaluations.map((steps) => ddsRow(prior, steps, steps === most))),
    data: CT_DATA,
    folder,
    workers: Number(values.workers),
    wanted: (row) => values.only.some((part) => row.name.includes(part)),
    redo: values.redo,
  });
  const text = `## ${scene.name}\n\n${markdown}\n${priorNote(priors)}\n`;
  await writeFile(`${folder}/table.md`, text);
  console.log(text);
}
