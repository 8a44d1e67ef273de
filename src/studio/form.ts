import type { z } from 'zod';
import { kebab } from '../../core/text.js';
import type { Measurement } from '../../volumes/measurement.js';
import { ELSEWHERE, methodFlag, methodSchemas } from '../engine/method-schemas.js';
import { choicesOf, fromText, membersOf, takesNumbers, typeOf, unwrap } from '../engine/schema-text.js';
import { scanOptions } from '../engine/scan-options.js';
import { fileMark } from '../modalities/reading.js';
import { optionsFor } from '../modalities/registry.js';
import { requireKind } from '../modalities/registry.js';
import type { FormField } from './protocol.js';

/** Options that a first look is given, where a method has them; then its own in their order. */
const FIRST = ['steps', 'iterations', 'lambda', 'innerIterations', 'mode', 'budget', 'filter', 'eta', 'rho'];
const BASIC = 5;

/** Fields of a method's form, the basic ones first. Values that these data have for defaults stand as such. */
export function methodForm(method: string, scan: Pick<Measurement, 'kind' | 'noise'>): FormField[] {
  const shape = schemaOf(method, scan.kind);
  const own = optionsFor(scan, method, {}) as { readonly [name: string]: unknown };
  const names = Object.keys(shape).filter((name) => !ELSEWHERE.includes(name));
  const order = [...FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !FIRST.includes(name))];
  return order.map((name, n) => field(name, methodFlag(name), shape[name], n < BASIC, own[name]));
}

/** What may be said of a file; options that are files of their own are left to the command line. */
export const scanForm = (): FormField[] =>
  scanOptions()
    .filter(({ schema }) => !fileMark(schema))
    .map(({ name, schema, modality }) => {
      const made = field(name, kebab(name), schema, false);
      return modality === undefined ? made : { ...made, words: `${modality}: ${made.words}` };
    });

/**
 * Options of a method as its schema wants them; empty texts are not given.
 * @throws SlicewiseError ARGUMENT for text that is no value of the option
 */
export function methodValues(
  method: string,
  kind: string,
  given: { readonly [name: string]: string | boolean },
): { [name: string]: unknown } {
  const shape = schemaOf(method, kind);
  return Object.fromEntries(
    Object.entries(given)
      .filter(([name, value]) => value !== '' && name in shape)
      .map(([name, value]) => [name, fromText(methodFlag(name), unwrap(shape[name]).core, value)]),
  );
}

/** The same of what is said of a file. @throws SlicewiseError ARGUMENT */
export function scanValues(given: { readonly [name: string]: string }): { [name: string]: unknown } {
  const known = new Map(scanOptions().map(({ name, schema }) => [name, schema]));
  return Object.fromEntries(
    Object.entries(given)
      .filter(([name, value]) => value !== '' && known.has(name))
      .map(([name, value]) => {
        const { core } = unwrap(known.get(name)!);
        return [name, typeOf(core) === 'boolean' ? value === 'true' : fromText(name, core, value)];
      }),
  );
}

/** Of a direct method the schema that this kind of data has for it. */
function schemaOf(method: string, kind: string): { readonly [option: string]: z.ZodType } {
  const direct = requireKind(kind).physics.direct?.[method];
  return direct?.schema.shape ?? methodSchemas().find(([name]) => name === method)?.[1] ?? {};
}

function field(name: string, flag: string, schema: z.ZodType, basic: boolean, own?: unknown): FormField {
  const { core, description, fallback: usual } = unwrap(schema);
  const kind = typeOf(core);
  const fallback = own ?? usual;
  const choices = kind === 'union' ? membersOf(core).flatMap(choicesOf) : choicesOf(core);
  const named = kind === 'enum' || (kind === 'union' && choices.length > 0 && !takesNumbers(core));
  const type = kind === 'boolean' || kind === 'number' ? kind : named ? 'choice' : 'text';
  return { name, flag, type, choices, words: description, basic, ...(fallback === undefined ? {} : { fallback: written(fallback) }) };
}

const written = (value: unknown): string =>
  Array.isArray(value) ? value.map(written).join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value);
