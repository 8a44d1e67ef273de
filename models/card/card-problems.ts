import type { z } from 'zod';

/** One thing that is wrong with a card. `field` is a path such as `inputs.noise`; empty for the card as a whole. */
export interface CardProblem {
  readonly field: string;
  /** What was expected and what came, or what the missing field means. */
  readonly text: string;
}

type Issue = z.core.$ZodIssue;
type Values = { readonly [field: string]: unknown };

/**
 * Everything that is wrong with `json`, in the schema's order: fields that are missing or hold something else, what fields say against each
 * other (`contradictions` sees those that are right by themselves), and unknown fields that look like a misspelt one. Other unknown
 * fields are the author's own.
 */
export function problemsOf<S extends z.ZodObject>(
  schema: S,
  json: unknown,
  contradictions: (valid: Partial<z.output<S>>) => CardProblem[],
): CardProblem[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return [{ field: '', text: `expected a JSON object, got ${shown(json)}` }];
  }
  const card = json as Values;
  const shape = schema.shape as { readonly [field: string]: z.ZodType };
  const problems: CardProblem[] = [];
  const valid: Record<string, unknown> = {};
  for (const [field, fieldSchema] of Object.entries(shape)) {
    const parsed = fieldSchema.safeParse(card[field]);
    if (parsed.success) valid[field] = parsed.data;
    else {
      for (const issue of parsed.error.issues) {
        problems.push(explain(schema, json, { ...issue, path: [field, ...issue.path] }));
      }
    }
  }
  problems.push(...contradictions(valid as Partial<z.output<S>>));
  for (const [field, twin] of misspelt(card, Object.keys(shape))) {
    const missing = problems.findIndex((p) => p.field === twin);
    if (missing >= 0) problems[missing] = { field: twin, text: `${problems[missing].text}; the card has '${field}'` };
    else problems.push({ field, text: `no such field; is '${twin}' meant?` });
  }
  return problems;
}

function explain(schema: z.ZodType, json: unknown, issue: Issue): CardProblem {
  const field = issue.path.join('.');
  const got = valueAt(json, issue.path);
  const wanted = expected(issue, schema);
  if (got !== undefined) return { field, text: `expected ${wanted}, got ${shown(got)}` };
  const meaning = meaningOf(schema, json, issue.path);
  return { field, text: `missing${meaning ? `: ${meaning}` : ''} (${wanted})` };
}

const TYPES: { readonly [type: string]: string } = {
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a text',
  tuple: 'a list of two numbers',
};

function expected(issue: Issue, schema: z.ZodType): string {
  if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return oneOf(issue.values as readonly unknown[]);
  if (issue.code === 'invalid_union') {
    const kinds = kindsOf(schemaAt(schema, {}, issue.path.slice(0, -1)));
    return kinds.length > 0 ? oneOf(kinds) : issue.message;
  }
  if (issue.code === 'too_small' && issue.origin !== 'string') {
    const least = `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    return issue.origin === 'array' ? `a list of ${least} values` : `a number of ${least}`;
  }
  return issue.message; // the schema's own words
}

const oneOf = (values: readonly unknown[]): string => values.map((v) => JSON.stringify(v)).join(' or ');

/** Inside of `.optional()`, `.default()`. */
function inner(schema: z.ZodType): z.ZodType {
  const { innerType } = (schema as { def?: { innerType?: z.ZodType } }).def ?? {};
  return innerType ? inner(innerType) : schema;
}

const optionsOf = (schema: z.ZodType): readonly z.ZodObject[] =>
  (inner(schema) as unknown as { options?: readonly z.ZodObject[] }).options ?? [];
const kindOf = (option: z.ZodObject): unknown => (option.shape?.kind as { def?: { values?: unknown[] } } | undefined)?.def?.values?.[0];
const kindsOf = (schema: z.ZodType | undefined): unknown[] => (schema ? optionsOf(schema) : []).map(kindOf).filter((k) => k !== undefined);

/** The schema of a field within; of a union the one that `json` chooses by its kind. */
function schemaAt(schema: z.ZodType, json: unknown, path: readonly PropertyKey[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = schema;
  let value = json;
  for (const key of path) {
    if (!at) return undefined;
    const { kind } = (value ?? {}) as { kind?: unknown };
    const object: z.ZodType = optionsOf(at).find((option) => kindOf(option) === kind) ?? inner(at);
    at = (object as z.ZodObject).shape?.[String(key)] as z.ZodType | undefined;
    value = valueAt(value, [key]);
  }
  return at;
}

/** What the schema says of a field. */
function meaningOf(schema: z.ZodType, json: unknown, path: readonly PropertyKey[]): string {
  const at = schemaAt(schema, json, path);
  return at?.description ?? (at && inner(at).description) ?? '';
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let at = json;
  for (const key of path) at = (at as { [key: PropertyKey]: unknown } | null | undefined)?.[key];
  return at;
}

/** A value in a line. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Unknown fields that look like a known one that the card lacks. */
function misspelt(card: Values, known: readonly string[]): [field: string, twin: string][] {
  const lacking = known.filter((field) => !(field in card));
  return Object.keys(card)
    .filter((field) => !known.includes(field))
    .flatMap((field) => {
      const twin = lacking.find((other) => alike(field, other));
      return twin === undefined ? [] : [[field, twin] as [string, string]];
    });
}

/** Equal but for case and punctuation, or one letter (two in long names) away from it. */
function alike(a: string, b: string): boolean {
  const [p, q] = [a, b].map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  return distance(p, q) <= (q.length > 6 ? 2 : q.length > 3 ? 1 : 0);
}

/** Letters to change, add or leave out (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
