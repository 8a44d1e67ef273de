/**
 * Every method on slices 30 to 45 of a real chest CT (dev/ct/cmb-crc-msb-01068_chest.nii.gz), photon noise 1e5: 20 parallel views over
 * 180°, a limited angle of 90° with 90 views, and fan and cone beam with 20 views. PSNR, SSIM, seconds and peak resident memory
 * (support/recon-table.ts).
 *
 *     npm run bench -- chest-table --data FOLDER [--case parallel …] [--only dds …] [--prior ct] [--workers 2] [--out out/chest] [--redo]
 *
 * Results are kept in the output folder and used again unless `--redo`: the table grows over several calls.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { priorNote, priorOf } from './support/priors.js';
import { reconTable } from './support/recon-table.js';
import { chest } from './support/scene.js';
import { CT_DATA, casesOf, ddsRow, FBP, mbirRow, SIRT } from './support/table-rows.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    case: { type: 'string', multiple: true, default: ['parallel', 'limited', 'fan', 'cone'] },
    only: { type: 'string', multiple: true, default: [''] },
    prior: { type: 'string', default: 'ct' },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/chest' },
    redo: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error('the chest CT is not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const prior = await priorOf(values.prior);
const { markdown } = await reconTable({
  scene: await chest(values.data),
  cases: casesOf(values.case),
  before: [FBP, SIRT],
  after: [ddsRow(prior, 20, false), ddsRow(prior, 50, true), mbirRow(prior)],
  data: CT_DATA,
  folder: values.out,
  workers: Number(values.workers),
  wanted: (row) => values.only.some((part) => row.name.includes(part)),
  redo: values.redo,
  memory: true,
});
console.log(markdown);
console.log(priorNote([prior]));
