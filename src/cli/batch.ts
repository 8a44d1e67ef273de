import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasRelaxedSimd } from '../../compute/cpu/backend.js';
import { SlicewiseError, type ErrorCode } from '../../core/errors.js';
import { processors } from '../../core/platform/threads.js';
import { batchSchema, jobsOf, machineFlags, requireBatchSense, type BatchFlags } from './batch/flags.js';
import { runHere } from './batch/here.js';
import { batchLayout } from './batch/layout.js';
import { MemoryGate } from './batch/memory-gate.js';
import type { ScanJob } from './batch/messages.js';
import { writeRecord } from './batch/record.js';
import { openRedis, shownAddress } from './batch/redis.js';
import { probeScan } from './batch/run-scan.js';
import { findScans } from './batch/scans.js';
import { openFolder } from './batch/state.js';
import { runQueued } from './batch/submit.js';
import { isDone, writeTable, type Row } from './batch/table.js';
import { showBatch } from './batch/view.js';
import type { CliCommand } from './command.js';
import { requireVolumeFormat } from './outputs.js';
import { recon } from './recon.js';
import { parseBytes } from './recon-windows.js';
import { quoted } from '../../core/text.js';
import { bytes } from './text.js';

/** Seconds between two tables while the batch runs. */
const TABLE = 10;
/** Scans that are tried before anything starts. */
const PROBES = 3;

type BatchJob = ScanJob & { readonly bytes: number };

export const batch: CliCommand = {
  name: 'batch',
  summary: 'Reconstructs many scans, on this machine or by workers on many, and writes a table of results and failures.',
  arguments: [{ name: '<scans...>', summary: 'files and patterns, quoted or not: "scans/*.h5", "scans/**/*.h5"' }],
  get schema() {
    return batchSchema();
  },
  get flags() {
    return { ...recon.flags, output: '-o, --output <folder>', queue: '--queue <url>' };
  },
  get notes() {
    return recon.notes;
  },
  get groups() {
    return recon.groups;
  },
  get chapters() {
    const own = [...Object.keys(machineFlags), 'std', 'support'];
    return (recon.chapters ?? []).map((chapter) => ({
      ...chapter,
      options: chapter.options.filter(({ option }) => chapter.name === 'image' || !own.includes(option)),
    }));
  },
  examples: [
    'batch "scans/*.h5" -o out --method dds --prior ct --seed 1',
    'batch "scans/**/*.h5" -o out --method sirt --report --reference "truth/{name}.nii.gz"',
    'batch "lines/*.sgy" -o out --format sgy --jobs 2 --memory 24GB',
    'batch "scans/*.h5" -o out --method dds --prior ct --queue redis://head:6379',
    'batch status out',
  ],

  async run(words, values, context) {
    const { terminal, interruptible, line } = context;
    const flags = values as BatchFlags;
    const { output: folder, memory, force, queue, tries } = flags;
    const scans = await findScans(words);
    const jobs: BatchJob[] = jobsOf(scans, flags).map((job, n) => ({ ...job, bytes: scans[n].bytes }));
    await requireBatchSense(jobs[0], flags, jobs.length);
    const layout = batchLayout(folder);
    await requireVolumeFormat(jobs[0].given.output);
    const command = `slicewise ${line.map((word) => quoted(withoutPassword(word))).join(' ')}`;
    const { batch: id } = await openFolder(layout, jobs, command, queue === undefined ? undefined : shownAddress(queue));
    const redis = queue === undefined ? undefined : await openRedis(queue);
    const stop = interruptible();
    try {
      const todo: BatchJob[] = [];
      for (const job of jobs) if (force || !(await isDone(job))) todo.push(job);
      const table = (): Promise<Row[]> => writeTable(jobs, folder, command);
      const before = jobs.length - todo.length;
      if (before > 0) terminal.note(`${before} of ${jobs.length} scans are done already; --force makes them anew`);
      if (todo.length > 0) {
        for (const job of force ? todo : []) await markUndone(job);
        const atMost = flags.jobs ?? (flags.backend === 'webgpu' ? 1 : processors());
        const gate = new MemoryGate(memory === undefined ? undefined : parseBytes(memory), atMost);
        const plan = await probe(todo, gate, stop);
        const view = showBatch(terminal, jobs.length, before, redis ? undefined : layout);
        let written = performance.now();
        const onEnd = async (): Promise<void> => {
          if (performance.now() - written < 1000 * TABLE) return;
          written = performance.now();
          await table();
        };
        try {
          if (redis) {
            const shared = { batch: id, root: process.cwd(), tries, build: plan.build, planned: plan.bytes };
            terminal.note(`${todo.length} scans in the queue at ${redis.shown}; memory planned: ${bytes(plan.bytes)} for each at most`);
            await runQueued(
              todo.map((job) => ({ ...job, ...shared })),
              redis,
              { stop, view, onEnd },
            );
          } else {
            const atOnce = Math.max(1, Math.min(atMost, todo.length, Math.floor(gate.total / plan.bytes)));
            const workers = flags.workers ?? Math.max(1, Math.floor(processors() / atOnce));
            const threads = flags.backend === 'webgpu' ? {} : { workers };
            terminal.note(
              `${todo.length} scans, ${atOnce} at once${flags.backend === 'webgpu' ? '' : ` with ${workers} threads each`}; memory ` +
                `planned: ${bytes(plan.bytes)} for the largest, ${bytes(gate.total)} for all`,
            );
            const runs = todo.map((job) => ({ ...job, given: { ...job.given, ...threads } }));
            await runHere(runs, { root: process.cwd(), gate, atOnce, tries, stop, view, onEnd });
          }
        } finally {
          await view.end();
          await rm(layout.progress, { force: true });
        }
      }
      const rows = await table();
      if (stop.aborted) {
        const where = redis
          ? 'the scans stay in the queue, and the same command watches them again'
          : 'the same command goes on where it stopped';
        terminal.note(`${where}:\n  ${command.replace(/ --force\b/, '')}`);
        throw new SlicewiseError('ABORTED', { message: `the batch was stopped; ${counted(rows)}` });
      }
      terminal.out(`${layout.csv} and ${layout.html}: ${counted(rows)}`);
      tellOthers(rows, terminal.note);
      const failures = rows.filter(({ status }) => status !== 'done');
      if (failures.length === 0) return;
      throw new SlicewiseError('BATCH', {
        message: `${failures.length} of ${rows.length} scans failed`,
        hint: `the table (${layout.csv}) says why; the same command tries them again`,
      });
    } finally {
      redis?.redis.disconnect();
    }
  },
};

const counted = (rows: readonly Row[]): string =>
  (['done', 'failed', 'waiting'] as const)
    .map((status) => [rows.filter((row) => row.status === status).length, status] as const)
    .filter(([count, status]) => count > 0 || status === 'done')
    .map(([count, status]) => `${count} ${status}`)
    .join(', ');

function tellOthers(rows: readonly Row[], note: (text: string) => void): void {
  const others = rows.filter(({ otherOptions }) => otherOptions).length;
  if (others > 0) note(`warning: ${others} results were made with other options than these, earlier; --force makes them anew`);
}

/** With --force results that are there are none of this batch: one that is killed on the way goes on with them. */
async function markUndone({ scan, folder, name, given, options }: ScanJob): Promise<void> {
  const { record, checkpoint } = batchLayout(folder).of(name);
  await rm(checkpoint, { recursive: true, force: true });
  await writeRecord(record, { scan, output: given.output, status: 'running', options, tries: 0, machine: hostname() });
}

/** The address of a queue may hold one; files of the batch and its pages are for many eyes. */
const withoutPassword = (word: string): string => word.replace(/(rediss?:\/\/)[^@/]*@/, '$1');

/**
 * Options are tried on the largest scan that can be read, before anything starts: what is wrong with them would fail every scan. The
 * number of runs at once follows from its plan.
 * @throws SlicewiseError as the run does, where the options are at fault
 */
async function probe(jobs: readonly BatchJob[], gate: MemoryGate, stop: AbortSignal): Promise<{ bytes: number; build: string }> {
  const largest = [...jobs].sort((a, b) => b.bytes - a.bytes).slice(0, PROBES);
  const failures: { code: string; message: string }[] = [];
  for (const job of largest) {
    if (stop.aborted) throw new SlicewiseError('ABORTED', { message: 'the batch was stopped before its first scan' });
    const given = { ...job.given, workers: 1 };
    const plan = await probeScan(job.given.backend === 'webgpu' ? job : { ...job, given }, process.cwd(), gate.each);
    if ('bytes' in plan) return plan;
    if (plan.status === 'failed') failures.push(plan);
  }
  // what is wrong with one file is said in the table; what is wrong with the command, here
  const usage = failures.find(({ code }) => ['ARGUMENT', 'MODEL', 'RUNTIME_MISSING'].includes(code));
  if (usage) throw new SlicewiseError(usage.code as ErrorCode, { message: usage.message.replace(/\.$/, '') });
  return { bytes: Math.max(1, gate.each), build: hasRelaxedSimd() ? 'simd-relaxed' : 'simd' };
}
