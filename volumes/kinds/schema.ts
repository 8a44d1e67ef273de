import { issueText } from '../../core/issue-text.js';
import type { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';

/**
 * Checks a geometry and completes it with its defaults.
 * @param kind for the message
 * @throws SlicewiseError GEOMETRY naming the first field that is wrong
 */
export function parseGeometry<S extends z.ZodType>(
  schema: S,
  geometry: unknown,
  kind: string,
  { expected, hint }: { readonly expected?: string; readonly hint?: string } = {},
): z.output<S> {
  const parsed = schema.safeParse(geometry);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SlicewiseError('GEOMETRY', {
    message: `the ${kind} geometry is not usable: '${issue.path.join('.') || 'geometry'}': ${issueText(issue)}`,
    expected,
    hint,
  });
}
