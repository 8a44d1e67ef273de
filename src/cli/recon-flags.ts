import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { providers } from '../../models/network/provider.js';
import { methodNames, methodNeedsPrior } from '../engine/method-schemas.js';
import type { ReconstructOptions } from '../engine/options.js';
import { modelSources, readModelFile } from '../node.js';
import { solvers } from '../solvers/registry.js';
import { backendNames } from './backend.js';
import { forceFlag } from './outputs.js';
import { defined } from './inputs.js';
import { methodHas, methodOptions } from './method-options.js';
import { modalityFlags } from './modality-options.js';

export const before = {
  output: z
    .string()
    .describe(
      'volume to write: .nii.gz, .nii, .npy, .mha, .nrrd, a folder/ (a DICOM series), .cfl (BART, with its .hdr), .sgy (seismic: a copy ' +
        'of the input with new traces), … or -',
    ),
  format: z.string().optional().describe('of standard output (-o -): npy (default), npz, nii, nii.gz, mha, nrrd, tif, h5'),
};
export const common = {
  prior: z
    .string()
    .optional()
    .describe(
      'prior of the diffusion methods: a name (slicewise models), the path of a card, NAME.json, or several laid over each other: ' +
        'or(a,b), or(a:3,b) by weights, and(a,b) (docs/reference/priors.md)',
    ),
  unguided: z.boolean().optional().describe('show a guided prior nothing of the scan, where its card allows that'),
  seed: z.int().default(0).describe('of the noise that diffusion methods draw'),
  samples: z.int().positive().optional().describe('independent samples; the result is their mean'),
  std: z.string().optional().describe('volume to write: standard deviation over the samples'),
  support: z.string().optional().describe('volume to write: 1 where data say something of the image, 0 where nothing was measured'),
  unmeasured: z
    .enum(['zero', 'prior'])
    .optional()
    .describe('where nothing was measured (no coil sees it, no ray meets it): held at 0, or left to prior and regulariser; default zero'),
  derivedFrom: z
    .string()
    .optional()
    .describe('a DICOM series to write: folder of the series whose patient and study it belongs to; default that of simulate ct and mri'),
  uncertainty: z
    .string()
    .optional()
    .describe(
      'volume to write: half of the interval around the mean that holds 90 % of the truth, where the prior’s card is calibrated for such ' +
        'a scan (4 samples, unless --samples says otherwise)',
    ),
  decompose: z
    .string()
    .optional()
    .describe(
      'what the data say and what was added: parts.nii.gz writes parts-measured.nii.gz, parts-added.nii.gz and parts-resolution.nii.gz ' +
        '(iterative methods)',
    ),
  report: z.string().optional().describe('HTML report to write; a PNG montage goes beside it'),
  reference: z.string().optional().describe('volume that the report compares with; the reconstruction never sees it'),
  json: z.string().optional().describe('manifest to write: versions, options, hashes, timings; - for standard output'),
  ...forceFlag,
  checkpoint: z
    .string()
    .optional()
    .describe(
      'folder for checkpoints, one a minute at most; without it cpu writes one at Ctrl-C, and webgpu keeps them beside the output ' +
        'while it runs',
    ),
  checkpointSeconds: z.number().nonnegative().optional().describe('least seconds between two checkpoints; default 60'),
  resume: z.boolean().optional().describe('go on from the newest checkpoint'),
  nonNegative: z.boolean().optional().describe('no negative values (sirt, admm-tv)'),
  bounds: z.string().optional().describe('smallest and largest value, HU or the data’s own; either may be empty (sirt, admm-tv)'),
  holdOut: z
    .string()
    .optional()
    .describe(
      'judge the method by measurements that it does not see, against what its prior is shown too: a share of them (2%), on, or off; ' +
        'default off, on for seismic',
    ),
  tune: z.string().optional().describe('options of the method to choose by hidden measurements before the run: lambda,gamma'),
  tuneSeconds: z.number().positive().optional().describe('seconds that --tune may take; default 600'),
  complex: z
    .boolean()
    .optional()
    .describe('complex images (MR): keep real and imaginary part (.nii, .nii.gz; .cfl always does); default the magnitude'),
};
export const where = {
  backend: z.enum(backendNames).default('cpu').describe('what computes: the processor, or a GPU (slicewise backends lists them)'),
  workers: z.int().min(0).optional().describe('worker threads (cpu); default one a processor; the result does not depend on it'),
  batch: z
    .int()
    .positive()
    .optional()
    .describe(
      'slices the network takes at once; default 1 on cpu, where the result does not depend on it, and what the memory plan says on webgpu',
    ),
  provider: z.enum(providers).optional().describe('where the network of the cpu backend runs; default cpu'),
  windows: z
    .string()
    .optional()
    .describe('SEG-Y, SU: lines, or lines x traces, that are reconstructed at once, e.g. 96x256; default the whole where memory allows'),
  overlap: z.int().min(0).optional().describe('lines and traces that neighbouring windows share; default 16, along a single line 64'),
  memory: z
    .string()
    .optional()
    .describe('SEG-Y, SU: memory that the run may take, e.g. 4GB: larger surveys go in windows; default that of the machine'),
};

/** What calibrations of the zoo are made with (models/card/calibration-card.ts). */
const CALIBRATED_SAMPLES = 4;

type Fixed = typeof before & typeof common & typeof where;
export type Given = z.output<z.ZodObject<Fixed>> & { readonly method?: string; readonly [flag: string]: unknown };
export type Flags = Given & { readonly method: string };

/** The modality's among the flags. */
export const ownOptions = (given: Given): object =>
  defined(Object.fromEntries(Object.keys(modalityFlags().fields).map((name) => [name, given[name]])));

/**
 * What the flags say of a run, however it is done.
 * @throws SlicewiseError ARGUMENT for values that mean nothing, and as the card of a prior is read
 */
export async function runOptions(given: Given, method: string): Promise<Partial<ReconstructOptions>> {
  const { prior, unguided, samples, batch, provider, seed } = given;
  return {
    ...defined({
      prior: prior?.endsWith('.json') ? await readModelFile(prior) : prior,
      unguided,
      samples: samples ?? (given.uncertainty === undefined ? undefined : CALIBRATED_SAMPLES),
      uncertainty: given.uncertainty === undefined ? undefined : true,
      batch,
      provider,
      bounds: parseBounds(given.bounds),
      holdOut: parseHoldOut(given.holdOut),
      tune: tuning(given),
    }),
    ...ownOptions(given),
    method,
    methodOptions: { ...(given.nonNegative ? { low: 0 } : {}), ...methodOptions(method, given) },
    seed,
    zoo: modelSources(),
  };
}

/** What schemas cannot say: flags that contradict each other or mean nothing without another. */
export function requireAgreement(flags: Flags): void {
  const wrong = (message: string, hint: string): SlicewiseError => new SlicewiseError('ARGUMENT', { message, hint });
  if (flags.std && !((flags.samples ?? 1) > 1)) throw wrong('--std needs several samples', 'give --samples 2 or more');
  if (flags.reference && !flags.report && !flags.json) {
    throw wrong('--reference is for the report', 'give --report out.html, or use slicewise compare');
  }
  if (flags.prior && !methodNeedsPrior(flags.method)) {
    const others = methodNames().filter(methodNeedsPrior);
    throw wrong(`${flags.method} uses no prior`, `give --method ${others.join(' or ')}, or leave --prior out`);
  }
  if (flags.unguided && !flags.prior) throw wrong('--unguided is for guided priors', 'give --prior, or leave it out');
  if ((flags.support ?? flags.unmeasured) !== undefined && !solvers.has(flags.method)) {
    throw wrong(`${flags.method} does not tell what was not measured`, 'use an iterative method, or leave --support and --unmeasured out');
  }
  if (flags.nonNegative && parseBounds(flags.bounds)?.low !== undefined) {
    throw wrong('--non-negative and --bounds both say the smallest value', 'leave one of them out, e.g. --bounds=,2000');
  }
  const bounded = flags.nonNegative || flags.bounds !== undefined;
  if (bounded && !methodHas(flags.method, 'low')) {
    const others = methodNames().filter((name) => methodHas(name, 'low'));
    throw wrong(`${flags.method} takes no bounds`, `use ${others.join(' or ')}`);
  }
}

function tuning({ tune, tuneSeconds }: Given): { options: string[]; budget?: number } | undefined {
  if (tune === undefined) return undefined;
  const options = tune.split(',').map((name) => name.trim().replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  return { options, ...(tuneSeconds === undefined ? {} : { budget: tuneSeconds }) };
}

/** A share as a number or in percent; on and off. */
function parseHoldOut(text: string | undefined): number | boolean | undefined {
  if (text === undefined) return undefined;
  if (text === 'on' || text === 'off') return text === 'on';
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (share > 0 && share < 1) return share;
  throw new SlicewiseError('ARGUMENT', { message: '--hold-out', expected: 'a share such as 2% or 0.02, on, or off', got: `'${text}'` });
}

/** The smallest and largest value of the image, in the units of the result. */
function parseBounds(text: string | undefined): { low?: number; high?: number } | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(',').map((part) => (part.trim() === '' ? undefined : Number(part)));
  const [low, high] = parts;
  const open = low === undefined && high === undefined;
  if (parts.length !== 2 || open || parts.some((n) => n !== undefined && !Number.isFinite(n))) {
    throw new SlicewiseError('ARGUMENT', {
      message: '--bounds',
      expected: 'low,high (either may be empty)',
      got: `'${text}'`,
    });
  }
  return { low, high };
}
