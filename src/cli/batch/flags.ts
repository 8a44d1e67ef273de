import * as z from 'zod';
import { createHash } from 'node:crypto';
import { SlicewiseError } from '../../../core/errors.js';
import { recon } from '../recon.js';
import { requireAgreement, runOptions, type Given } from '../recon-flags.js';
import { requireBackendSense } from '../backend.js';
import { forceFlag } from '../outputs.js';
import { batchLayout } from './layout.js';
import type { BatchScan } from './scans.js';
import type { ScanJob } from './messages.js';

/** Flags of `recon` that a batch has in another form, or sets itself. */
const REPLACED = ['output', 'format', 'std', 'support', 'report', 'reference', 'json', 'force', 'checkpoint', 'resume', 'memory'];

/** Flags of how a batch runs, and not of what comes out of it. */
const RUNNING = ['output', 'force', 'jobs', 'memory', 'tries', 'queue', 'workers', 'checkpointSeconds'];

export const machineFlags = {
  jobs: z.int().positive().optional().describe('scans at once, at most; default one a processor (1 on a GPU), and what memory allows'),
  memory: z.string().optional().describe('memory of all runs at once, e.g. 48GB; default 80% of the machine'),
};

const own = {
  output: z.string().describe('folder of the results, which is made where there is none'),
  format: z.string().default('nii.gz').describe('ending of the volumes: nii.gz, nii, npy, h5, sgy, …'),
  report: z.boolean().optional().describe('write an HTML report of every scan, NAME.html'),
  reference: z.string().optional().describe('what the table and reports compare with, a file a scan: truth/{name}.nii.gz'),
  std: z.boolean().optional().describe('write the standard deviation over the samples, NAME.std.…'),
  support: z.boolean().optional().describe('write where data say something of the image, NAME.support.…'),
  ...machineFlags,
  tries: z.int().positive().default(3).describe('times that a scan is begun whose process or machine goes down'),
  queue: z.string().optional().describe('Redis that hands the scans to `slicewise worker` on other machines: redis://host:6379'),
  force: forceFlag.force.describe('reconstruct anew what is there already'),
};

/** The options of a batch: its own, and those of `recon` that say how a scan is reconstructed. */
export const batchSchema = (): z.ZodObject => {
  const shared = Object.entries(recon.schema.shape as { readonly [name: string]: z.ZodType });
  return z.object({ ...own, ...Object.fromEntries(shared.filter(([name]) => !REPLACED.includes(name))) });
};

export type BatchFlags = z.output<z.ZodObject<typeof own>> &
  Pick<Given, 'backend' | 'workers' | 'method'> & { readonly [flag: string]: unknown };

/** What two batches must have in common for a result of one to be that of the other. */
export function optionsHash(flags: BatchFlags): string {
  const asked = Object.entries(flags).filter(([name, value]) => !RUNNING.includes(name) && value !== undefined);
  return createHash('sha256')
    .update(JSON.stringify(asked.sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')
    .slice(0, 16);
}

/** The run of each scan: the flags of `recon` with its own outputs. */
export function jobsOf(scans: readonly BatchScan[], flags: BatchFlags): ScanJob[] {
  const { output: folder, format: ending, report, reference, std, support, jobs, memory, tries, queue, ...shared } = flags;
  void [jobs, memory, tries, queue];
  const format = ending.replace(/^\./, '');
  const options = optionsHash(flags);
  return scans.map(({ path, name }) => {
    const files = batchLayout(folder).of(name);
    const outputs = {
      output: files.volume(format),
      json: files.manifest,
      checkpoint: files.checkpoint,
      ...(report ? { report: files.report } : {}),
      ...(reference === undefined ? {} : { reference: reference.replaceAll('{name}', name) }),
      ...(std ? { std: files.volume(format, 'std') } : {}),
      ...(support ? { support: files.volume(format, 'support') } : {}),
    };
    // what is there is passed over before a run begins; what an interrupted run left of several outputs is written anew
    const given = { ...shared, ...outputs, format: undefined, force: true } as Given;
    return { scan: path, name, folder, given, options };
  });
}

/**
 * What can be said of the options without a scan.
 * @throws SlicewiseError ARGUMENT, and as the card of a prior is read
 */
export async function requireBatchSense({ given }: ScanJob, { reference }: BatchFlags, count: number): Promise<void> {
  requireBackendSense(given);
  if (given.method) {
    requireAgreement({ ...given, method: given.method });
    await runOptions(given, given.method);
  }
  if (reference !== undefined && count > 1 && !reference.includes('{name}')) {
    throw new SlicewiseError('ARGUMENT', {
      message: '--reference',
      expected: 'a file for each scan: truth/{name}.nii.gz',
      got: `'${reference}' for ${count} scans`,
    });
  }
}
