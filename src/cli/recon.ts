import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { elements } from '../../core/array.js';
import { isSlicewiseError, SlicewiseError, type ErrorCode } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/platform/files.js';
import { modelSources, readModelFile } from '../node.js';
import { providers } from '../../models/network/provider.js';
import { modalities } from '../modalities/registry.js';
import type { ReconstructOptions } from '../engine/options.js';
import { Reconstruction, type ReconstructionResult } from '../engine/reconstruct.js';
import { heldOutChoice, heldOutTable, heldOutText } from '../engine/judge/record.js';
import { defaultMethod, hasComplexImages, resultUnits } from '../engine/request.js';
import { unmeasuredText } from '../engine/support.js';
import { solvers } from '../solvers/registry.js';
import type { Volume } from '../../volumes/volume.js';
import { backendNames, openBackend, requireBackendSense } from './backend.js';
import { methodChapters, scanChapters } from './chapters.js';
import type { CliCommand, CommandContext } from './command.js';
import { defined, readScanFile, readVolumeFile, scanFields, scanFlags } from './inputs.js';
import { methodFlags, methodHas, methodNames, methodOptions } from './method-options.js';
import { modalityFlags } from './modality-options.js';
import { alwaysComplex, requireVolumeOutput, requireWritable, saveJson, saveVolume } from './outputs.js';
import { describePlan, requireFits } from './plan.js';
import { showProgress, slowNotes } from './progress.js';
import { inputRecord, matchReference, reportOf } from './recon-report.js';
import { reconInWindows, windowsFor, type WindowFlags } from './recon-windows.js';
import type { WindowOptions } from '../engine/windows/plan.js';
import { describeVoxels } from '../../volumes/describe.js';
import { duration, kebab, quoted, sizes } from './text.js';

const SCAN = 'What the scan file does not say, and what to take of it (mm, degrees):';
const METHOD = 'Options of the method:';

/** Options that the first page of the help leaves to its parts. */
const IMAGE = ['std', 'support', 'unmeasured', 'nonNegative', 'bounds', 'complex'];
const JUDGE = ['holdOut', 'tune', 'tuneSeconds'];
const RUN = ['windows', 'overlap', 'memory', 'checkpoint', 'checkpointSeconds', 'resume', 'backend', 'workers', 'batch', 'provider'];

const before = {
  output: z
    .string()
    .describe('volume to write: .nii.gz, .nii, .npy, .cfl (BART, with its .hdr), .sgy (seismic: a copy of the input with new traces), …'),
};
const common = {
  prior: z
    .string()
    .optional()
    .describe('prior of dds, diffusion-mbir and seisfusion: a name (slicewise models), or the path of a card, NAME.json'),
  seed: z.int().default(0).describe('of the noise that diffusion methods draw'),
  samples: z.int().positive().optional().describe('independent samples; the result is their mean'),
  std: z.string().optional().describe('volume to write: standard deviation over the samples'),
  support: z.string().optional().describe('volume to write: 1 where data say something of the image, 0 where nothing was measured'),
  unmeasured: z
    .enum(['zero', 'prior'])
    .optional()
    .describe('where nothing was measured (no coil sees it, no ray meets it): held at 0, or left to prior and regulariser; default zero'),
  report: z.string().optional().describe('HTML report to write; a PNG montage goes beside it'),
  reference: z.string().optional().describe('volume that the report compares with; the reconstruction never sees it'),
  json: z.string().optional().describe('manifest to write: versions, options, hashes, timings'),
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
    .describe('judge the method by measurements that it does not see: a share of them (2%), on, or off; default off, on for seismic'),
  tune: z.string().optional().describe('options of the method to choose by hidden measurements before the run: lambda,gamma'),
  tuneSeconds: z.number().positive().optional().describe('seconds that --tune may take; default 600'),
  complex: z
    .boolean()
    .optional()
    .describe('complex images (MR): keep real and imaginary part (.nii, .nii.gz; .cfl always does); default the magnitude'),
};
const where = {
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

type Fixed = typeof before & typeof common & typeof where;
type Given = z.output<z.ZodObject<Fixed>> & { readonly method?: string; readonly [flag: string]: unknown };
type Flags = Given & { readonly method: string };

/** The methods that are done where none is asked for, by modality. */
const defaults = (): string =>
  modalities
    .entries()
    .map(([, { title, kinds }]) => `${kinds[0].method} for ${title}`)
    .join(', ');

export const recon: CliCommand = {
  name: 'recon',
  summary: 'Reconstructs a volume from a scan.',
  arguments: [{ name: '<scan>', summary: 'scan file (ours, DXchange), or a plain array with the geometry as options' }],
  get schema() {
    const method = z
      .enum(methodNames() as [string, ...string[]])
      .optional()
      .describe(`method; default ${defaults()}`);
    const own = { ...before, method, ...common, ...modalityFlags().fields, ...where };
    return z.object({ ...own, ...scanFields(), ...methodFlags().fields });
  },
  get flags() {
    return {
      output: '-o, --output <file>',
      bounds: '--bounds <low,high>',
      checkpoint: '--checkpoint <folder>',
      ...methodFlags().flags,
    };
  },
  get notes() {
    return { ...modalityFlags().notes, ...methodFlags().notes };
  },
  get groups() {
    return Object.fromEntries([
      ...Object.keys(scanFields()).map((name) => [name, SCAN]),
      ...Object.keys(methodFlags().fields).map((name) => [name, METHOD]),
    ]) as { [option: string]: string };
  },
  get chapters() {
    const named = (names: readonly string[]): { option: string }[] => names.map((option) => ({ option }));
    const group = 'The run';
    return [
      ...scanChapters({ reconstructs: true }),
      { name: 'image', title: 'The image', group, summary: 'bounds, what was not measured, complex images, spread', options: named(IMAGE) },
      { name: 'judge', title: 'Judging by hidden measurements', group, summary: '--hold-out, --tune', options: named(JUDGE) },
      {
        name: 'run',
        title: 'Where and how it runs',
        group,
        summary: 'windows of large files, checkpoints, processor or GPU',
        options: named(RUN),
      },
      ...methodChapters(),
    ];
  },
  examples: [
    'recon scan.h5 -o fbp.nii.gz --method fbp',
    'recon scan.h5 -o out.nii.gz --method dds --prior ct --seed 1 --report out.html --json run.json',
    'recon scan.h5 -o mean.nii.gz --method dds --prior ct --samples 8 --std std.nii.gz',
    'recon scan.h5 -o out.nii.gz --method dds --prior ct --seed 1 --backend webgpu',
    'recon gappy.sgy -o full.sgy --report out.html',
    'recon ksp.cfl --trajectory traj.cfl -o out.nii.gz --method sense',
    'recon tooth.h5 -o tooth.nii.gz --method sirt --center 296',
    'recon disc.mat -o disc.nii.gz --dataset CtDataLimited.sinogram --geometry fan --sod 410.66 --sdd 553.74 --pitch 0.2 --angles ' +
      '75:165:0.5 --method admm-tv',
  ],

  async run([path], values, context) {
    const given = values as Given;
    const { terminal } = context;
    const { output, std, support, report, json } = given;
    requireBackendSense(given);
    if (given.method) requireAgreement({ ...given, method: given.method });
    for (const volume of [output, std, support]) if (volume) await requireVolumeOutput(volume);
    for (const file of [report, json]) if (file) await requireWritable(file);

    const cut = await windowsFor(path, output, pick(given), given.method, await scanFlags(given));
    if (cut) return runInWindows(path, given, cut, context);
    const scan = await readScanFile(path, given);
    const flags = { ...given, method: given.method ?? defaultMethod(scan) };
    if (!given.method) requireAgreement(flags);
    const { reference: referencePath, samples, seed, prior, batch, provider } = flags;
    for (const warning of scan.meta.warnings ?? []) terminal.note(`warning: ${warning}`);
    const own = ownOptions(given);
    const reference =
      referencePath === undefined ? undefined : matchReference(scan.grid, resultUnits(scan, own), await readVolumeFile(referencePath));

    const note = stageNotes(terminal);
    const folder = `${output}.checkpoint`;
    const backend = await openBackend(flags, terminal);
    try {
      const run = new Reconstruction(scan, {
        ...defined({
          prior: prior?.endsWith('.json') ? await readModelFile(prior) : prior,
          samples,
          batch,
          provider,
          resume: flags.resume,
          bounds: parseBounds(flags.bounds),
          holdOut: parseHoldOut(flags.holdOut),
          tune: tuning(flags),
          unmeasured: flags.unmeasured,
          complex: flags.complex ?? (alwaysComplex(output) && hasComplexImages(scan) ? true : undefined),
        }),
        ...own,
        method: flags.method,
        methodOptions: { ...(flags.nonNegative ? { low: 0 } : {}), ...methodOptions(flags.method, flags) },
        seed,
        backend,
        zoo: modelSources(),
        signal: context.interruptible(),
        progress: note,
        checkpoint: checkpointFolder(flags.checkpoint ?? folder),
        // without a folder of the user's own nothing is written unless the run is interrupted; a GPU that is lost leaves no time for that
        checkpointSeconds: flags.checkpointSeconds ?? (flags.checkpoint === undefined && backend.name === 'cpu' ? Infinity : 60),
      });
      await run.ready;
      for (const warning of run.warnings) terminal.note(`warning: ${warning}`);
      terminal.note(describePlan(run.plan));
      requireFits(run.plan, backend instanceof WebGpuBackend && backend.software);
      const result = await follow(run, flags, context);
      await save(result, flags, context, { path, scan, reference });
      if (flags.checkpoint === undefined) await rm(folder, { recursive: true, force: true });
    } finally {
      await backend.dispose();
    }
  },
};

const pick = ({ windows, overlap, memory }: Given): WindowFlags => ({ windows, overlap, memory });

/** A file read in windows: flags that need the whole image are refused. */
async function runInWindows(path: string, given: Given, cut: WindowOptions, context: CommandContext): Promise<void> {
  const { std, reference, checkpoint, resume, tune, checkpointSeconds } = given;
  const wrong = Object.entries({ std, reference, checkpoint, resume, tune, checkpointSeconds }).find(([, value]) => value !== undefined);
  if (wrong) {
    throw new SlicewiseError('ARGUMENT', {
      message: `--${kebab(wrong[0])} needs the whole survey in memory, which goes in windows here`,
      hint: 'leave it out',
    });
  }
  const reading = await scanFlags(given);
  const { seed, prior, samples, batch, provider } = given;
  const { terminal } = context;
  const backend = await openBackend(given, terminal);
  try {
    const notes = stageNotes(terminal);
    const own = prior?.endsWith('.json') ? await readModelFile(prior) : prior;
    const optionsOf = (method: string): ReconstructOptions => ({
      ...defined({
        prior: own,
        samples,
        batch,
        provider,
        bounds: parseBounds(given.bounds),
        holdOut: parseHoldOut(given.holdOut),
      }),
      ...ownOptions(given),
      methodOptions: { ...(given.nonNegative ? { low: 0 } : {}), ...methodOptions(method, given) },
      seed,
      backend,
      zoo: modelSources(),
      progress: notes,
    });
    await reconInWindows(path, given, cut, optionsOf, reading, context);
  } finally {
    await backend.dispose();
  }
}

/** Lines now and then about each stage, whose clock starts with it. */
function stageNotes(terminal: CommandContext['terminal']): (stage: string, done: number, total: number) => void {
  const notes = new Map<string, ReturnType<typeof slowNotes>>();
  return (stage, done, total) => {
    if (!notes.has(stage)) notes.set(stage, slowNotes(terminal, `${stage}:`));
    notes.get(stage)!(done, total);
  };
}

/** The modality's among the flags. */
const ownOptions = (given: Given): object =>
  defined(Object.fromEntries(Object.keys(modalityFlags().fields).map((name) => [name, given[name]])));

/** Runs to the end; after Ctrl-C says how to go on. */
async function follow(run: Reconstruction, flags: Flags, { terminal, line }: CommandContext): Promise<ReconstructionResult> {
  const progress = showProgress(terminal, flags.method);
  const told = run.warnings.length;
  let steps = 0;
  try {
    for await (const step of run) {
      if (step.phase === 'main') steps++; // the classical start keeps no state
      progress.step(step);
    }
    progress.end();
    for (const warning of run.warnings.slice(told)) terminal.note(`warning: ${warning}`);
    return await run.result();
  } catch (error) {
    progress.end();
    const folder = flags.checkpoint ?? `${flags.output}.checkpoint`;
    if (isSlicewiseError(error) && RESUMABLE.includes(error.code) && steps > 0 && (await checkpointFolder(folder).latest())) {
      const again = line.includes('--resume') ? line : [...line, '--resume'];
      terminal.note(`the state is kept in ${folder}; go on with:\n  slicewise ${again.map(quoted).join(' ')}`);
    }
    throw error;
  }
}

/** What ends a run but not its checkpoints: Ctrl-C, a GPU that was lost or is out of memory. */
const RESUMABLE: readonly ErrorCode[] = ['ABORTED', 'BACKEND', 'MEMORY'];

async function save(
  result: ReconstructionResult,
  flags: Flags,
  { terminal }: CommandContext,
  from: { path: string; scan: Parameters<typeof reportOf>[0]['scan']; reference?: Volume },
): Promise<void> {
  const { output, std, support, report, json } = flags;
  await saveVolume(output, result.volume);
  const { units } = result.volume;
  const { method, timings } = result.manifest;
  const { lambda } = method.options;
  const weight = typeof lambda === 'number' && !flags.prior ? ` with λ ${Number(lambda.toPrecision(4))}` : '';
  terminal.out(
    `${output}: ${describeVoxels(result.volume, sizes)}, ${units}; ${method.name}${weight} in ${duration(timings.totalSeconds)}`,
  );
  const { heldOut } = result.manifest;
  if (heldOut) {
    if (heldOut.table) terminal.out(`tried on hidden ${heldOut.what}: ${heldOutTable(heldOut)}`);
    if (heldOut.chosen) terminal.out(`chosen: ${heldOutChoice(heldOut)}`);
    terminal.out(`judged without truth: ${heldOutText(heldOut)}`);
  }
  if (std && result.std) {
    await saveVolume(std, result.std);
    terminal.out(`${std}: standard deviation over ${flags.samples} samples`);
  }
  const { unmeasured } = result.manifest;
  if (unmeasured) terminal.out(`not measured: ${unmeasuredText(unmeasured)}`);
  if (support) {
    const all = { ...result.volume, data: new Float32Array(elements(result.volume.shape)).fill(1), dtype: 'float32' } as const;
    await saveVolume(support, result.support ?? { ...all, units: 'arbitrary' });
    terminal.out(`${support}: 1 where data say something of the image${unmeasured ? '' : ', which is everywhere'}`);
  }
  if (!report && !json) return;
  const made = reportOf({
    ...from,
    method: flags.method,
    result: { ...result, manifest: { ...result.manifest, inputs: [await inputRecord(from.path)] } },
  });
  if (json) await saveJson(json, made.manifest);
  if (report) {
    await writeFileAtomic(report, new TextEncoder().encode(made.html()));
    const montage = `${report.replace(/\.html?$/i, '')}.png`;
    await writeFileAtomic(montage, made.png());
    terminal.out(`${report} and ${montage}: report`);
  }
}

/** What schemas cannot say: flags that contradict each other or mean nothing without another. */
function requireAgreement(flags: Flags): void {
  const wrong = (message: string, hint: string): SlicewiseError => new SlicewiseError('ARGUMENT', { message, hint });
  if (flags.std && !((flags.samples ?? 1) > 1)) throw wrong('--std needs several samples', 'give --samples 2 or more');
  if (flags.reference && !flags.report && !flags.json) {
    throw wrong('--reference is for the report', 'give --report out.html, or use slicewise compare');
  }
  if (flags.prior && !(solvers.has(flags.method) && solvers.get(flags.method).needsPrior)) {
    const others = solvers.entries().flatMap(([name, { needsPrior }]) => (needsPrior ? [name] : []));
    throw wrong(`${flags.method} uses no prior`, `give --method ${others.join(' or ')}, or leave --prior out`);
  }
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

function tuning({ tune, tuneSeconds }: Flags): { options: string[]; budget?: number } | undefined {
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
