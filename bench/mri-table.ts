/**
 * What the MR prior is worth in reconstruction: slices of MR volumes that it was not trained on as scans of 8 synthetic coils with smooth
 * phase, SNR 30, without inverse crime. 2-D acquisition with random lines ×4, 3-D acquisition with a Poisson disc ×4 and ×8; DDS (default
 * options) against the best-tuned CG-SENSE, CS-wavelet and CS-TV. PSNR of the magnitude, peak = largest value of the truth; its gain over
 * the best of all classical methods; SSIM, NRMSE and seconds (support/recon-table.ts).
 *
 *     npm run bench -- mri-table --data FOLDER [--prior mri …] [--volume vs-seg-001_t1gd …] [--case random-4 …] [--evaluations 20 …]
 *         [--slices 48-63]
 *         [--only dds …] [--workers 2] [--out out/mri] [--redo]
 *
 * Results are kept in OUT/VOLUME and used again unless `--redo`, or the prior's weights or the default options are others. `--slices` other
 * than the volume's own have a folder of their own.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MR_DATA, MRI_CASES, ZERO_FILLED } from './support/mri-rows.js';
import { mrScene } from './support/mri-scene.js';
import { priorNote, priorsOf } from './support/priors.js';
import { reconTable } from './support/recon-table.js';
import { ddsRow } from './support/table-rows.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: { type: 'string', multiple: true, default: ['mri'] },
    volume: { type: 'string', multiple: true, default: ['vs-seg-001_t1gd', 'sts-039_limb_t1'] },
    case: { type: 'string', multiple: true, default: MRI_CASES.map(({ name }) => name) },
    evaluations: { type: 'string', multiple: true, default: ['20', '50'] },
    slices: { type: 'string' },
    only: { type: 'string', multiple: true, default: [''] },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/mri' },
    redo: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const unknown = values.case.find((name) => !MRI_CASES.some((c) => c.name === name));
if (unknown) throw new Error(`no case '${unknown}': one of ${MRI_CASES.map(({ name }) => name).join(', ')}`);
const slices = values.slices?.split('-').map(Number) as [number, number] | undefined;
const priors = await priorsOf(values.prior);
const evaluations = values.evaluations.map(Number);
const most = Math.max(...evaluations);
for (const volume of values.volume) {
  const scene = await mrScene(values.data, volume, slices);
  const folder = `${values.out}/${volume}${values.slices ? `-${values.slices}` : ''}`;
  const { markdown } = await reconTable({
    scene,
    cases: MRI_CASES.filter(({ name }) => values.case.includes(name)),
    before: [ZERO_FILLED],
    after: priors.flatMap((prior) => evaluations.map((steps) => ddsRow(prior, steps, steps === most))),
    folder,
    data: MR_DATA,
    workers: Number(values.workers),
    wanted: (row) => values.only.some((part) => row.name.includes(part)),
    redo: values.redo,
    classical: 'classical',
    nrmse: true,
  });
  const text = `## ${scene.name}\n\n${markdown}\n${priorNote(priors)}\n`;
  await writeFile(`${folder}/table.md`, text);
  console.log(text);
}
