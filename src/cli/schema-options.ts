import { Option, type Command } from 'commander';
import type { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { issueText } from '../../core/issue-text.js';
import { fromText, placeholder, typeOf, unwrap } from '../engine/schema-text.js';
import { kebab } from './text.js';

/** Adds one option to a command. Values arrive as text; `optionValues` turns them into what the schema wants. */
export function addOption(command: Command, name: string, schema: z.ZodType, flags?: string, group?: string, note?: string): void {
  const { core, description, fallback } = unwrap(schema);
  const boolean = typeOf(core) === 'boolean';
  const flag = flags ?? (boolean ? `--${fallback === true ? 'no-' : ''}${kebab(name)}` : `--${kebab(name)} ${placeholder(core)}`);
  const shown =
    note ?? (fallback === undefined || boolean ? '' : ` (default ${Array.isArray(fallback) ? fallback.join(',') : String(fallback)})`);
  const option = new Option(flag, `${fallback === true && boolean ? 'not: ' : ''}${description}${shown}`);
  if (group) option.helpGroup(group);
  command.addOption(option);
}

/**
 * Text of the command line → values of a schema, checked by it.
 * @throws SlicewiseError ARGUMENT naming the flag, what it takes and what it got
 */
export function optionValues<S extends z.ZodObject>(schema: S, raw: { readonly [name: string]: unknown }): z.output<S> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
    if (raw[name] !== undefined) values[name] = fromText(name, unwrap(field).core, raw[name]);
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue.path[0]);
  const missing = values[name] === undefined;
  throw new SlicewiseError('ARGUMENT', {
    message: missing ? `--${kebab(name)} is missing` : `--${kebab(name)}: ${issueText(issue)}`,
    got: missing ? '' : `'${String(raw[name])}'`,
  });
}
