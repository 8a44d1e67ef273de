import * as z from 'zod';
import { SlicewiseError } from './errors.js';
import { issueText } from './issue-text.js';

/**
 * Checks options against a schema and completes them. Values that are `undefined` count as not given, so that a command line may
 * pass all it knows. `bases` are merged under what was given, later ones winning (presets, defaults that depend on other options).
 * @throws SlicewiseError ARGUMENT naming the option
 */
export function parseOptions<S extends z.ZodObject>(method: string, schema: S, given: object, ...bases: readonly object[]): z.output<S> {
  const merged = Object.assign({}, ...bases.map(withoutUndefined), withoutUndefined(given));
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue.code === 'unrecognized_keys') {
    throw new SlicewiseError('ARGUMENT', {
      message: `${method} has no option '${issue.keys[0]}'`,
      expected: `one of ${Object.keys(schema.shape).join(', ')}`,
      got: `'${issue.keys[0]}'`,
    });
  }
  const name = issue.path.join('.');
  throw new SlicewiseError('ARGUMENT', {
    message: `option '${name}' of ${method}: ${issueText(issue)}`,
    got: JSON.stringify((merged as Record<string, unknown>)[name]),
  });
}

export function withoutUndefined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** An unknown preset is an error that lists the ones there are. */
export function presetOf<T extends object>(
  method: string,
  presets: { readonly [name: string]: T },
  name: string | undefined,
): T | undefined {
  if (name === undefined) return undefined;
  const preset = presets[name];
  if (preset) return preset;
  throw new SlicewiseError('ARGUMENT', {
    message: `${method} has no preset '${name}'`,
    expected: `one of ${Object.keys(presets).join(', ')}`,
    got: `'${name}'`,
  });
}

/** Options that several methods share, said once. */
export const positive = z.number().positive();
export const count = z.number().int().positive();
export const nonNegative = z.number().nonnegative();
