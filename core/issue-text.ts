import type { z } from 'zod';

/**
 * What is wrong with a value, in our own words: those of the schema library speak of "Invalid input" and "Unrecognized key".
 * @example issueText({ code: 'too_small', origin: 'number', minimum: 0, inclusive: false }) // 'expected a number above 0'
 */
export function issueText(issue: z.core.$ZodIssue): string {
  const { code, message } = issue;
  const field = { ...issue } as { readonly [name: string]: unknown };
  // a message that a schema of ours gives
  if (!/^(Invalid|Unrecognized key|Too (big|small))/.test(message)) return message;
  const list = (values: unknown): string => (values as readonly unknown[]).map(String).join(', ');
  const unit = field.origin === 'string' ? ' characters' : field.origin === 'array' ? ' entries' : '';
  switch (code) {
    case 'unrecognized_keys':
      return `no field of this name: ${list(field.keys)}`;
    case 'invalid_value':
      return `expected one of ${list(field.values)}`;
    case 'invalid_type':
      return `expected ${TYPES[String(field.expected)] ?? String(field.expected)}`;
    case 'too_small':
      return `expected ${unit ? 'at least' : field.inclusive ? 'at least' : 'a number above'} ${String(field.minimum)}${unit}`;
    case 'too_big':
      return `expected ${unit ? 'at most' : field.inclusive ? 'at most' : 'a number below'} ${String(field.maximum)}${unit}`;
    case 'not_multiple_of':
      return `expected a multiple of ${String(field.divisor)}`;
    case 'invalid_union': {
      const texts = ((field.errors as z.core.$ZodIssue[][] | undefined) ?? []).flatMap(([first]) => (first ? [issueText(first)] : []));
      return texts.length > 0 ? [...new Set(texts)].join(', or ').replace(/, or expected /g, ', or ') : 'another kind of value';
    }
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    default:
      return message.replace(/^Invalid input: /, '');
  }
}

const TYPES: { readonly [name: string]: string } = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  nan: 'a number',
};
