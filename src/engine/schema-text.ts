import type { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { kebab } from '../../core/text.js';

/* Schemas of options as people write them: on the command line, and in a form. */

/** The schema inside `.optional()` and `.default()`, with the description and default found on the way. */
export interface Unwrapped {
  readonly core: z.ZodType;
  readonly description: string;
  readonly fallback: unknown;
}

export function unwrap(schema: z.ZodType): Unwrapped {
  let core = schema;
  let description = schema.description;
  let fallback: unknown;
  for (;;) {
    const { def } = core as { def: { type: string; innerType?: z.ZodType; defaultValue?: unknown } };
    if (def.type === 'default') fallback ??= def.defaultValue;
    if (def.innerType === undefined) return { core, description: description ?? '', fallback };
    core = def.innerType;
    description ??= core.description;
  }
}

export const typeOf = (schema: z.ZodType): string => (schema as { def: { type: string } }).def.type;
export const choicesOf = (schema: z.ZodType): string[] =>
  typeOf(schema) === 'enum' ? ((schema as unknown as { options: string[] }).options ?? []) : [];
export const membersOf = (schema: z.ZodType): z.ZodType[] => (schema as unknown as { options?: z.ZodType[] }).options ?? [];
const itemsOf = (schema: z.ZodType): z.ZodType[] =>
  typeOf(schema) === 'tuple'
    ? (schema as unknown as { def: { items: z.ZodType[] } }).def.items
    : [(schema as unknown as { def: { element: z.ZodType } }).def.element];

/** One member of the union is a number. */
export const takesNumbers = (core: z.ZodType): boolean => membersOf(core).some((member) => typeOf(unwrap(member).core) === 'number');

/** What stands behind the flag in the help. */
export function placeholder(core: z.ZodType): string {
  const choices = typeOf(core) === 'union' ? membersOf(core).flatMap(choicesOf) : choicesOf(core);
  if (choices.length > 0) {
    return `<${typeOf(core) === 'union' && takesNumbers(core) ? 'n|' : ''}${choices.join('|')}>`;
  }
  if (typeOf(core) === 'tuple')
    return `<${itemsOf(core)
      .map((_, n) => 'ab'[n] ?? 'n')
      .join(':')}>`;
  if (typeOf(core) === 'array') return '<list>';
  return typeOf(core) === 'number' ? '<n>' : '<text>';
}

/** One value. Numbers in lists stand between commas, colons or x: `30:45`, `0,5,10`, `256x256`. */
export function fromText(name: string, core: z.ZodType, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const type = typeOf(core);
  if (type === 'number') return toNumber(name, value);
  if (type === 'tuple' || type === 'array') {
    // 1,5 would be two numbers where 1.5 may be meant; lists of lengths are written 1x5
    if (type === 'array' && name === 'spacing' && /^\d+,\d+$/.test(value)) throw decimalComma(name, value);
    // a range of whole numbers may be written 40-55
    const parts = type === 'tuple' && /^\d+-\d+$/.test(value) ? value.split('-') : value.split(/[,:x]/);
    const items = itemsOf(core).map((item) => unwrap(item).core);
    return parts.map((part, n) => fromText(name, items[Math.min(n, items.length - 1)], part));
  }
  if (type === 'union') {
    const numeric = value.trim() !== '' && Number.isFinite(Number(value));
    return numeric && membersOf(core).some((m) => typeOf(unwrap(m).core) === 'number') ? Number(value) : value;
  }
  return value;
}

function toNumber(name: string, text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  if (/^[-+]?\d+,\d+$/.test(text.trim())) throw decimalComma(name, text);
  throw new SlicewiseError('ARGUMENT', { message: `--${kebab(name)}`, expected: 'a number', got: `'${text}'` });
}

const decimalComma = (name: string, text: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: `--${kebab(name)}`,
    expected: 'numbers with a decimal point',
    got: `'${text}'`,
    hint: `write ${text.trim().replace(',', '.')}, or ${text.trim().replace(',', 'x')} for two numbers`,
  });
