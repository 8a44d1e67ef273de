import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SlicewiseError } from '../../core/errors.js';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { magnitudeOf, type Volume } from '../../volumes/volume.js';
import type { ReconstructionResult } from '../engine/reconstruct.js';
import type { NamedReading } from '../modalities/reading.js';
import type { CommandContext } from './command.js';
import type { Given } from './recon-flags.js';
import { STREAM } from './streams.js';
import { columns, duration } from './text.js';

/** Flags that name a file to write. */
const WRITTEN = ['output', 'std', 'uncertainty', 'support', 'decompose', 'report', 'json'] as const;

/**
 * A file beside the one that was named.
 * @example beside('out.nii.gz', 'echo1') // 'out-echo1.nii.gz'; of the folder out/ 'out-echo1/'
 */
export function beside(file: string, name: string): string {
  const [, stem, extension = ''] = /^(.*?)((?:\.nii)?\.[^./\\]+|[/\\]+)?$/s.exec(file)!;
  return `${stem}-${name}${extension}`;
}

/** What is done with the flags of one image. */
interface OneImage {
  check(given: Given): Promise<void>;
  run(given: Given): Promise<ReconstructionResult | undefined>;
  /** Where its checkpoints lie. */
  folder(given: Given): string;
}

/**
 * Several images of one file, one after the other: each a run by itself, as with the option that asks for it alone, with files of its own
 * beside those that were named. A table at the end. With `--resume` images whose files are all there are passed over.
 * @throws SlicewiseError ARGUMENT for what cannot be several, before the first run; as the runs do
 */
export async function reconImages(given: Given, images: readonly NamedReading[], context: CommandContext, one: OneImage): Promise<void> {
  const { terminal, watch } = context;
  const wrong = (message: string, hint: string): SlicewiseError => new SlicewiseError('ARGUMENT', { message, hint });
  if (watch) throw wrong('a batch writes one image of each scan', 'ask for one of them, or run slicewise recon on each scan');
  const stream = WRITTEN.find((flag) => given[flag] === STREAM);
  if (stream) throw wrong(`${images.length} images do not go to standard output`, `name a file for --${stream}: out.nii.gz`);
  const runs = images.map(({ name, options }) => ({ name, given: flagsOf(given, name, options) }));
  const todo = runs.filter((run) => !(given.resume && !given.force && WRITTEN.every((flag) => isThere(run.given[flag], flag))));
  for (const run of todo) await one.check(run.given);

  terminal.note(`${runs.length} images: ${runs.map(({ name }) => name).join(', ')}`);
  if (todo.length < runs.length) terminal.note(`${runs.length - todo.length} of them are there already`);
  const rows = [['image', 'file', 'mean', 'largest', 'warnings', 'time']];
  for (const { name, given: own } of todo) {
    terminal.note(`${name} (${todo.findIndex((run) => run.name === name) + 1} of ${todo.length})`);
    const folder = own.checkpoint ?? one.folder(own);
    const resume = given.resume && (await checkpointFolder(folder).latest()) ? true : undefined;
    const result = await one.run({ ...own, resume });
    if (!result) continue;
    const { timings, warnings } = result.manifest;
    rows.push([name, own.output, ...figuresOf(result.volume), String(warnings.length), duration(timings.totalSeconds)]);
  }
  if (rows.length > 1) terminal.out(columns(rows));
}

/** The flags of one image. `{image}` in the name of a reference becomes its name. */
function flagsOf(given: Given, name: string, options: NamedReading['options']): Given {
  const files = WRITTEN.flatMap((flag) => {
    const file = given[flag];
    return file === undefined ? [] : [[flag, beside(file, name)] as const];
  });
  return {
    ...given,
    ...options,
    ...Object.fromEntries(files),
    checkpoint: given.checkpoint === undefined ? undefined : join(given.checkpoint, name),
    reference: given.reference?.replaceAll('{image}', name),
  };
}

/** Is what a flag asks for written? Of an image that is taken apart, its last part. */
const isThere = (file: string | undefined, flag: (typeof WRITTEN)[number]): boolean =>
  file === undefined || existsSync(flag === 'decompose' ? beside(file, 'resolution') : file);

/** Mean and largest magnitude. */
function figuresOf(volume: Volume): string[] {
  const { data } = magnitudeOf(volume);
  let [sum, most] = [0, 0];
  for (const value of data) {
    sum += value;
    most = Math.max(most, value);
  }
  return [sum / data.length, most].map((value) => value.toPrecision(4));
}
