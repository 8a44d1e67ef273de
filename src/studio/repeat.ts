import type { FormField, Wish } from './protocol.js';

/** What a line or script that repeats a run goes by. */
export interface Repeated {
  /** Name of the scan file. */
  readonly file: string;
  /** What was said of the file, by option. */
  readonly said: { readonly [name: string]: string };
  readonly wish: Wish;
  /** Fields of the method's form and of the file's, for their flags and types. */
  readonly fields: readonly FormField[];
  readonly scanFields: readonly FormField[];
  readonly output: string;
}

/** The command that repeats a run; quoted for a shell. */
export function commandLine({ file, said, wish, fields, scanFields, output }: Repeated): string {
  const words = ['slicewise', 'recon', quoted(file), '-o', quoted(output), '--method', wish.method];
  if (wish.prior !== undefined) words.push('--prior', quoted(wish.prior));
  for (const [name, value] of Object.entries(said)) words.push(...flag(scanFields, name, value));
  for (const [name, value] of Object.entries(wish.options)) words.push(...flag(fields, name, value));
  if (wish.prior !== undefined || wish.seed !== 0) words.push('--seed', String(wish.seed));
  return words.join(' ');
}

function flag(fields: readonly FormField[], name: string, value: string | boolean): string[] {
  const field = fields.find((f) => f.name === name);
  if (!field || value === '') return [];
  if (field.type !== 'boolean') return [`--${field.flag}`, quoted(String(value))];
  const on = value === true || value === 'true';
  if (field.fallback === 'true') return on ? [] : [`--no-${field.flag}`];
  return on ? [`--${field.flag}`] : [];
}

/** A program for Node that does the same. */
export function script({ file, said, wish, fields, scanFields, output }: Repeated): string {
  const scan = literal(said, scanFields);
  const options = literal(wish.options, fields);
  const run = [
    `  method: ${text(wish.method)},`,
    ...(wish.prior === undefined ? [] : [`  prior: ${text(wish.prior)},`]),
    ...(wish.prior === undefined && wish.seed === 0 ? [] : [`  seed: ${wish.seed},`]),
    ...(options === '{}' ? [] : [`  methodOptions: ${options},`]),
  ];
  return [
    `import { readInput, readScan, reconstruct, writeFileAtomic, writeVolume } from 'slicewise';`,
    '',
    `const scan = await readScan(await readInput(${text(file)})${scan === '{}' ? '' : `, ${scan}`});`,
    'const run = reconstruct(scan, {',
    ...run,
    '});',
    'for await (const { step, steps, residual } of run) console.log(step, steps, residual);',
    'const { volume } = await run.result();',
    `await writeFileAtomic(${text(output)}, await writeVolume(${text(output)}, volume));`,
    '',
  ].join('\n');
}

/** Options as they stand in a program. */
function literal(given: { readonly [name: string]: string | boolean }, fields: readonly FormField[]): string {
  const parts = Object.entries(given).flatMap(([name, value]) => {
    const field = fields.find((f) => f.name === name);
    if (!field || value === '') return [];
    return [`${name}: ${valueOf(field, value)}`];
  });
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function valueOf({ type, name }: FormField, value: string | boolean): string {
  if (type === 'boolean') return String(value === true || value === 'true');
  const given = String(value);
  if (type === 'number' || /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(given)) return given;
  if (LISTS.includes(name) && /^[\d.,x:]+$/.test(given)) return `[${given.split(/[,x:]/).join(', ')}]`;
  return text(given);
}

/** Lists of numbers that are written with commas or × on the command line. */
const LISTS = ['size', 'spacing'];

const text = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`;

/** A word as a shell takes it literally. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
