import { issueText } from '../../../../core/issue-text.js';
import type { z } from 'zod';
import { SlicewiseError } from '../../../../core/errors.js';

/**
 * Checks and completes the options of a method; `undefined` counts as not given.
 * @throws SlicewiseError ARGUMENT naming the option
 */
export function optionsOf<S extends z.ZodObject>(method: string, schema: S, given: object | undefined): z.output<S> {
  const values = Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = issue.code === 'unrecognized_keys' ? issue.keys[0] : issue.path.join('.');
  throw new SlicewiseError('ARGUMENT', {
    message:
      issue.code === 'unrecognized_keys' ? `${method} has no option '${name}'` : `option '${name}' of ${method}: ${issueText(issue)}`,
    expected: issue.code === 'unrecognized_keys' ? `one of ${Object.keys(schema.shape).join(', ')}` : undefined,
    got: JSON.stringify(values[name]),
  });
}
