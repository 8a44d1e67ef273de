import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { isSlicewiseError, SlicewiseError, type ErrorCode } from '../../core/errors.js';
import type { PhaseListener } from '../../core/phases.js';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { methodNames } from '../engine/method-schemas.js';
import { Reconstruction, type ReconstructionResult, type ReconstructOptions } from '../engine/reconstruct.js';
import { severalImages } from '../engine/scan-images.js';
import { defaultMethod, hasComplexImages, keepsState, requestOf, resultUnits } from '../engine/request.js';
import { modalities } from '../modalities/registry.js';
import { openBackend, requireBackendSense } from './backend.js';
import { methodChapters, scanChapters } from './chapters.js';
import type { CliCommand, CommandContext } from './command.js';
import { defined, readScanFile, readVolumeFile, scanFields } from './inputs.js';
import { methodFlags } from './method-options.js';
import { modalityFlags } from './modality-options.js';
import { alwaysComplex, requireVolumeOutput, requireWritable } from './outputs.js';
import { describePlan, hostBytes, requireFits } from './plan.js';
import { showPhases, type PhaseView } from './phases.js';
import { showProgress } from './progress.js';
import { before, common, ownOptions, requireAgreement, runOptions, where, type Flags, type Given } from './recon-flags.js';
import { matchReference } from './recon-report.js';
import { montageOf, partFiles, save } from './recon-save.js';
import { reconImages } from './recon-images.js';
import { reconInWindows, windowsFor } from './recon-windows.js';
import { seriesFor } from './derived-from.js';
import { readPath, requireOneStream, STREAM } from './streams.js';
import { quoted } from '../../core/text.js';

const SCAN = 'What the scan file does not say, and what to take of it (mm, degrees):';
const METHOD = 'Options of the method:';

/** Options that the first page of the help leaves to its parts. */
const IMAGE = ['std', 'uncertainty', 'decompose', 'support', 'unmeasured', 'nonNegative', 'bounds', 'complex'];
const JUDGE = ['holdOut', 'tune', 'tuneSeconds'];
const RUN = ['windows', 'overlap', 'memory', 'checkpoint', 'checkpointSeconds', 'resume', 'backend', 'workers', 'batch', 'provider'];

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
      {
        name: 'image',
        title: 'The image',
        group,
        summary: 'bounds, what was measured and what was made up, complex images, spread',
        options: named(IMAGE),
      },
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
    'recon - -o - --method sirt < scan.h5 > sirt.npy',
    'recon disc.mat -o disc.nii.gz --dataset CtDataLimited.sinogram --geometry fan --sod 410.66 --sdd 553.74 --pitch 0.2 --angles ' +
      '75:165:0.5 --method admm-tv',
  ],

  async run([path], values, context) {
    const given = values as Given;
    requireOneStream([path, given.reference]);
    requireBackendSense(given);
    if (given.method) requireAgreement({ ...given, method: given.method });
    const images = await severalImages(() => readPath(path), given);
    if (!images) return void (await reconOne(path, given, context));
    await reconImages(given, images, context, {
      check: (own) => requireOutputs(path, own),
      run: (own) => reconOne(path, own, context),
      folder: folderOf,
    });
  },
};

/** One image. @returns undefined for a run in windows, which is never in memory */
async function reconOne(path: string, given: Given, context: CommandContext): Promise<ReconstructionResult | undefined> {
  const { output, support, decompose, json } = given;
  // what is told would be mixed with the bytes of the result, or with the manifest
  const terminal = output === STREAM || json === STREAM ? { ...context.terminal, out: context.terminal.note } : context.terminal;
  await requireOutputs(path, given);
  const { watch } = context;
  const cut = await windowsFor(path, given, watch?.memory);
  if (cut) return void (await reconInWindows(path, given, cut, { ...context, terminal, print: context.terminal.out }));
  const phases = showPhases(
    terminal,
    context.line.some((word) => word === '--verbose' || word === '-v'),
  );
  const scan = await phases.during('reading', () => readScanFile(path, given));
  const flags = { ...given, method: given.method ?? defaultMethod(scan) };
  if (!given.method) requireAgreement(flags);
  const { reference: referencePath } = flags;
  for (const warning of scan.meta.warnings ?? []) terminal.note(`warning: ${warning}`);
  const outputs = [output, given.std, support].flatMap((file) => file ?? []);
  const source = await seriesFor(outputs, given.derivedFrom, scan, terminal);
  const reference =
    referencePath === undefined
      ? undefined
      : matchReference(scan.grid, resultUnits(scan, ownOptions(given)), await readVolumeFile(referencePath));

  const folder = folderOf(given);
  const stop = new AbortController();
  const state = { kept: false };
  const backend = await openBackend({ ...flags, relaxed: watch?.relaxed }, terminal);
  try {
    const asked: ReconstructOptions = {
      ...(await runOptions(flags, flags.method)),
      ...defined({
        resume: flags.resume,
        // --support asks where nothing was measured, as --unmeasured does: of data that cannot tell both are refused
        unmeasured: flags.unmeasured ?? (support === undefined ? undefined : 'zero'),
        decompose: decompose === undefined ? undefined : true,
        complex: flags.complex ?? (alwaysComplex(output) && hasComplexImages(scan) ? true : undefined),
      }),
      backend,
    };
    const keeps = keepsState(requestOf(scan, asked));
    const run = new Reconstruction(scan, {
      ...asked,
      signal: stop.signal,
      progress: watch ? both(phases.listen, watch.phase) : phases.listen,
      // from here on there is a state to keep; the classical start has none
      onState() {
        state.kept = true;
        const signal = context.interruptible();
        signal.addEventListener('abort', () => stop.abort(signal.reason), { once: true });
        if (signal.aborted) stop.abort(signal.reason);
      },
      // a batch names a folder whatever the method is; who names one is told where nothing is kept
      checkpoint: keeps || (flags.checkpoint !== undefined && !watch) ? checkpointFolder(flags.checkpoint ?? folder) : undefined,
      // without a folder of the user's own nothing is written unless the run is interrupted; a GPU that is lost leaves no time for that
      checkpointSeconds: flags.checkpointSeconds ?? (flags.checkpoint === undefined && backend.name === 'cpu' ? Infinity : 60),
    });
    await run.ready;
    for (const warning of run.warnings) terminal.note(`warning: ${warning}`);
    terminal.note(describePlan(run.plan));
    const shared = backend instanceof WebGpuBackend && backend.software;
    if (watch) await watch.planned(hostBytes(run.plan, shared), backend.build);
    else requireFits(run.plan, shared);
    const result = await follow(run, flags, { ...context, terminal, phases, state });
    context.leaveNothing();
    await save(
      result,
      flags,
      { terminal, print: context.terminal.out },
      { path, scan, reference, source, command: ['slicewise', ...context.line].map(quoted).join(' ') },
    );
    if (keeps && flags.checkpoint === undefined) await rm(folder, { recursive: true, force: true });
    watch?.done(result.volume);
    return result;
  } finally {
    await backend.dispose();
  }
}

/** @throws SlicewiseError before the run for what could not be written after it */
async function requireOutputs(path: string, given: Given): Promise<void> {
  const { output, format, std, uncertainty, support, decompose, report, json, force } = given;
  const parts = decompose === undefined ? [] : partFiles(decompose).map(({ file }) => file);
  requireDistinct([path, output, std, uncertainty, support, ...parts, report, json]);
  await requireVolumeOutput(output, { format, force });
  for (const volume of [std, uncertainty, support, ...parts]) if (volume) await requireVolumeOutput(volume, { force });
  const files = [std, uncertainty, support, ...parts, report, report && montageOf(report), json === STREAM ? undefined : json];
  for (const file of files) if (file) await requireWritable(file, force);
}

/** @throws SlicewiseError ARGUMENT where one file would be written over another, or over the scan, and for two things on one stream */
function requireDistinct([path, ...outputs]: readonly (string | undefined)[]): void {
  const inputs = path === undefined || path === STREAM ? [] : [path];
  const named = [...inputs, ...outputs].flatMap((file) => (file === undefined ? [] : [file === STREAM ? STREAM : resolve(file)]));
  const twice = named.find((file, n) => named.indexOf(file) !== n);
  if (twice === undefined) return;
  throw new SlicewiseError('ARGUMENT', { message: `'${twice}' is named twice`, expected: 'a file of its own for each', got: 'one' });
}

const both =
  (one: PhaseListener, other: PhaseListener): PhaseListener =>
  (...told) => {
    one(...told);
    other(...told);
  };

/** Where the state of a run is kept that was given no folder. */
const folderOf = ({ output }: Given): string => `${output === STREAM ? 'standard-output' : output.replace(/[/\\]+$/, '')}.checkpoint`;

/** Runs to the end; after Ctrl-C says how to go on. */
async function follow(
  run: Reconstruction,
  flags: Flags,
  { terminal, line, watch, phases, state }: CommandContext & { readonly phases: PhaseView; readonly state: { readonly kept: boolean } },
): Promise<ReconstructionResult> {
  const progress = showProgress(terminal, flags.method);
  let told = run.warnings.length;
  let begun = false;
  // what was found before the first step (a prior that does not fit) is told before it
  const tell = (): void => {
    for (const warning of run.warnings.slice(told)) terminal.note(`warning: ${warning}`);
    told = run.warnings.length;
  };
  try {
    for await (const step of run) {
      phases.end('before the first step');
      if (!begun) tell();
      progress.step(step);
      if (step.phase === 'main') {
        begun = true;
        const { step: n, steps, sample, samples, residual } = step;
        watch?.step({ done: (sample - 1) * steps + n, total: samples * steps, residual });
      }
    }
    progress.end();
    phases.end();
    tell();
    return await run.result();
  } catch (error) {
    progress.end();
    phases.end();
    const folder = flags.checkpoint ?? folderOf(flags);
    if (isSlicewiseError(error) && RESUMABLE.includes(error.code) && state.kept && (await checkpointFolder(folder).latest())) {
      const again = line.includes('--resume') ? line : [...line, '--resume'];
      terminal.note(`the state is kept in ${folder}; go on with:\n  slicewise ${again.map(quoted).join(' ')}`);
    }
    throw error;
  }
}

/** What ends a run but not its checkpoints: Ctrl-C, a GPU that was lost or is out of memory. */
const RESUMABLE: readonly ErrorCode[] = ['ABORTED', 'BACKEND', 'MEMORY'];
