import { computed, signal } from '@preact/signals';
import type { NamedBytes } from '../../../volumes/format.js';
import type { SliceView } from '../../report/slice-view.js';
import type { StepRecord } from '../../report/types.js';
import type { About, DataImage, FormField, StudioEngine, StudioEvent, StudioResult, Told, Wish } from '../protocol.js';
import { pageEngine, serverEngine } from './connect.js';

/** Names of the priors in zoo/, put in by the build. */
declare const __PRIORS__: readonly string[];

/** Where the page may compute. */
export type EngineName = 'server' | 'webgpu' | 'cpu';
export type Phase = 'idle' | 'running' | 'stopping';

/** What the page shows: signals, changed by the functions below and by what the engine tells. */
export const engineName = signal<EngineName>('cpu');
export const engines = signal<readonly EngineName[]>(['cpu']);
/** A sentence about the engine, such as why there is no GPU. */
export const engineNote = signal('');
export const about = signal<About | undefined>(undefined);
export const told = signal<Told | undefined>(undefined);
export const data = signal<DataImage | undefined>(undefined);
export const said = signal<{ readonly [name: string]: string }>({});
/** Files that could not be read, and what was said of them. */
export const unread = signal<{ readonly files: readonly NamedBytes[]; readonly options: { readonly [name: string]: string } } | undefined>(
  undefined,
);
export const busy = signal('');
export const problem = signal('');
export const fields = signal<readonly FormField[]>([]);
export const wish = signal<Wish>({ method: '', seed: 0, options: {} });
export const phase = signal<Phase>('idle');
export const progress = signal<{ readonly text: string; readonly share: number } | undefined>(undefined);
export const plan = signal('');
export const warnings = signal<readonly string[]>([]);
export const steps = signal<readonly StepRecord[]>([]);
export const preview = signal<{ readonly step: number; readonly views: readonly SliceView[] } | undefined>(undefined);
export const results = signal<readonly StudioResult[]>([]);
export const resumable = signal(false);
/** What the last run said when it ended without a result. */
export const ending = signal('');

export const running = computed(() => phase.value !== 'idle');

/** Seconds that the steps to come will take, when there were enough to tell. */
export const timeLeft = computed(() => {
  const known = steps.value;
  const last = known.at(-1);
  if (!last || known.length < 2) return undefined;
  const recent = known.slice(-8);
  return ((last.steps - last.step) * recent.reduce((sum, { seconds }) => sum + seconds, 0)) / recent.length;
});

let engine: StudioEngine | undefined;
/** The first engine has answered; files that are dropped before wait for it. */
let ready: Promise<void> = Promise.resolve();
/** What was dropped, to be opened again by another engine. */
let dropped: readonly NamedBytes[] | undefined;
let sampled: string | undefined;

const base = (): string => new URL('./', location.href).href.replace(/[?#].*$/, '');

/** Finds out where this page may compute, and starts there. */
export function begin(): Promise<void> {
  ready = choose();
  return ready;
}

async function choose(): Promise<void> {
  const served = document.querySelector('meta[name=studio]')?.getAttribute('content') === 'served';
  const adapter = await gpuAdapter();
  engines.value = [...(served ? ['server' as const] : []), ...(adapter ? ['webgpu' as const] : []), 'cpu'];
  if (!adapter) engineNote.value = 'This browser offers no GPU to pages, so the processor computes: the same methods, slower with priors.';
  await connect(engines.value[0]);
  if (about.value?.given) await openGiven();
}

async function gpuAdapter(): Promise<boolean> {
  try {
    return Boolean(await navigator.gpu?.requestAdapter());
  } catch {
    return false;
  }
}

/** Takes another engine, which opens what is open. */
export async function connect(name: EngineName): Promise<void> {
  await attempt('starting the engine', async () => {
    if (engine && running.value) await engine.stop();
    const files = dropped ?? (engine && told.value?.what === 'scan' && sampled === undefined ? await engine.files() : undefined);
    engine?.close();
    engineName.value = name;
    engine =
      name === 'server'
        ? await serverEngine(() => (problem.value = 'The server has gone. Start slicewise studio again and open its new address.'))
        : pageEngine({ engine: name, base: base(), priors: __PRIORS__ });
    engine.onEvent(hear);
    about.value = await engine.about();
    results.value = [];
    resumable.value = false;
    if (sampled !== undefined) await takeTold(await engine.sample({ name: sampled }));
    else if (files) await takeTold(await engine.open({ files, options: said.value }));
  });
}

/** Opens files that were dropped or chosen. */
export async function openFiles(files: readonly File[]): Promise<void> {
  await ready;
  await attempt(`reading ${files.map(({ name }) => name).join(', ')}`, async () => {
    const read = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
    await openBytes(read, {});
  });
}

/** What is open stays so where these cannot be read as they are: their user may say more of them. */
async function openBytes(files: readonly NamedBytes[], options: { readonly [name: string]: string }): Promise<void> {
  let read: Told;
  try {
    read = await engine!.open({ files, options });
  } catch (error) {
    unread.value = { files, options };
    throw error;
  }
  dropped = files;
  sampled = undefined;
  said.value = options;
  await takeTold(read);
}

/** Opens the same files with what was said of them. */
export async function openAgain(options: { readonly [name: string]: string }): Promise<void> {
  const own = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== ''));
  const files = unread.value?.files ?? dropped;
  await attempt('reading again', async () => {
    if (files) return openBytes(files, own);
    const read = await engine!.given({ options: own });
    said.value = own;
    await takeTold(read);
  });
}

async function openGiven(): Promise<void> {
  await attempt('reading', async () => takeTold(await engine!.given({ options: {} })));
}

export async function openSample(name: string): Promise<void> {
  await attempt('making the sample', async () => {
    said.value = {};
    dropped = undefined;
    sampled = name;
    await takeTold(await engine!.sample({ name }));
  });
}

async function takeTold(read: Told): Promise<void> {
  told.value = read;
  unread.value = undefined;
  data.value = read.data;
  results.value = [];
  resumable.value = false;
  ending.value = '';
  clearRun();
  if (read.what === 'scan') await chooseMethod(read.method);
}

/** Takes a method with its form; a prior where it needs one. */
export async function chooseMethod(method: string): Promise<void> {
  const entry = told.value?.methods.find(({ name }) => name === method);
  fields.value = await engine!.form({ method });
  const prior = entry?.needsPrior ? (wish.value.prior ?? told.value?.prior) : undefined;
  wish.value = { method, seed: wish.value.seed, options: {}, ...(prior === undefined ? {} : { prior }) };
  resumable.value = false;
}

export function setOption(name: string, value: string | boolean): void {
  const { [name]: _, ...others } = wish.value.options;
  const given = value === '' || fields.value.find((f) => f.name === name)?.fallback === String(value) ? {} : { [name]: value };
  wish.value = { ...wish.value, options: { ...others, ...given } };
  resumable.value = false;
}

export const setWish = (changed: Partial<Wish>): void => {
  wish.value = { ...wish.value, ...changed };
  resumable.value = false;
};

export async function lookAtData(index: number): Promise<void> {
  data.value = await engine!.data({ index });
}

function clearRun(): void {
  steps.value = [];
  preview.value = undefined;
  warnings.value = [];
  plan.value = '';
  progress.value = undefined;
}

export async function run(resume = false): Promise<void> {
  problem.value = '';
  ending.value = '';
  if (!resume) clearRun();
  resumable.value = false;
  phase.value = 'running';
  progress.value = { text: resume ? 'going on' : 'beginning', share: 0 };
  try {
    await engine!.start({ wish: wish.value, resume });
  } catch (error) {
    phase.value = 'idle';
    problem.value = messageOf(error);
  }
}

/** How long an engine that does not answer is waited for, ms. */
const PATIENCE = 950;

export async function stop(): Promise<void> {
  if (phase.value !== 'running') return;
  phase.value = 'stopping';
  const late = setTimeout(() => void giveUp(), PATIENCE);
  await engine!.stop().catch((error: unknown) => (problem.value = messageOf(error)));
  clearTimeout(late);
}

/** The page's own engine is busy with something that hears nothing: it is ended, and another one opens the file. */
async function giveUp(): Promise<void> {
  if (engineName.value === 'server' || phase.value !== 'stopping') return;
  const kept = results.value;
  phase.value = 'idle';
  ending.value = 'Stopped. The engine of the page was busy and has been started again.';
  await connect(engineName.value);
  if (kept.length > 0) ending.value += ' Earlier results are gone with it.';
}

/** Bytes of a result as a file. */
export const write = (result: number, name: string): Promise<readonly NamedBytes[]> => engine!.write({ result, name });
export const report = (result: number): Promise<string> => engine!.report({ result });
export const scanFile = (): Promise<NamedBytes> => engine!.scanFile();

function hear(event: StudioEvent): void {
  switch (event.event) {
    case 'phase':
      progress.value = { text: event.phase, share: event.total > 0 ? event.done / event.total : 0 };
      return;
    case 'plan':
      plan.value = event.words;
      return;
    case 'warning':
      warnings.value = [...warnings.value, event.text];
      return;
    case 'step': {
      const { step, steps: all, sample, samples, start } = event;
      const which = samples > 1 ? `, sample ${sample} of ${samples}` : '';
      progress.value = { text: `${start ? 'start image, ' : ''}step ${step} of ${all}${which}`, share: step / all };
      if (!start) steps.value = [...steps.value, event];
      return;
    }
    case 'preview':
      preview.value = event;
      return;
    case 'done':
      results.value = [...results.value, event.result];
      warnings.value = event.result.manifest.warnings;
      finish('');
      return;
    case 'stopped':
      resumable.value = event.resumable;
      finish(event.resumable ? 'Stopped. It can go on where it was.' : 'Stopped.');
      return;
    case 'failed':
      finish('');
      problem.value = event.message;
  }
}

function finish(text: string): void {
  phase.value = 'idle';
  progress.value = undefined;
  ending.value = text;
}

async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  problem.value = '';
  busy.value = what;
  try {
    await work();
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    busy.value = '';
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Hands bytes to the browser as a file. */
export function download(name: string, bytes: Uint8Array | string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
