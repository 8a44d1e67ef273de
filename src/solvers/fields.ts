import type { Field, MemoryPlan } from '../../compute/backend.js';
import type { Workspace } from '../../compute/workspace.js';
import { bytesOf, type Space } from '../../core/space.js';

/** Where the images and the data of a problem live. */
export interface ProblemSpaces {
  readonly domain: Space;
  readonly range: Space;
}

/** A field that a method (or a regulariser) works with, as declared. */
export interface FieldSpec {
  /** 'domain': like the image; 'range': like the data; or a space of its own. */
  readonly space: 'domain' | 'range' | Space;
  /** True: it lasts from step to step, so a checkpoint holds it. False: scratch, whose contents a step may lose. */
  readonly state: boolean;
  /** In the memory plan; its name without it. */
  readonly what?: string;
  /** In checkpoints, for a member of a list; the name it is declared under, and its place, without it. */
  readonly name?: string;
}

/** Fields by name: one, a list, or (undefined) none with these options. */
export interface FieldSpecs {
  readonly [name: string]: FieldSpec | readonly FieldSpec[] | undefined;
}

type FieldOf<S> = S extends readonly FieldSpec[] ? readonly Field[] : S extends FieldSpec ? Field : undefined;

/** What becomes of a declaration: fields where it has specs. */
export type FieldsOf<F> = { readonly [name in keyof F]: FieldOf<F[name]> };

/** A field that lasts from step to step. */
export const state = (space: FieldSpec['space'], what?: string): FieldSpec => ({ space, state: true, what });

/** A field whose contents a step may lose. */
export const scratch = (space: FieldSpec['space'], what?: string): FieldSpec => ({ space, state: false, what });

interface NamedSpec {
  readonly name: string;
  readonly spec: FieldSpec;
}

/** Every field of a declaration with its name, in order. */
function listed(specs: FieldSpecs): NamedSpec[] {
  return Object.entries(specs).flatMap(([name, given]): NamedSpec[] => {
    if (given === undefined) return [];
    if (!isList(given)) return [{ name: given.name ?? name, spec: given }];
    return given.map((spec, i) => ({ name: spec.name ?? `${name}${i}`, spec }));
  });
}

const isList = (given: FieldSpec | readonly FieldSpec[]): given is readonly FieldSpec[] => Array.isArray(given);

const spaceOf = ({ space }: FieldSpec, spaces: ProblemSpaces): Space => (space === 'domain' || space === 'range' ? spaces[space] : space);

/** The fields declared, all zero; they live as long as the workspace. */
export function allocate<F extends FieldSpecs>(specs: F, spaces: ProblemSpaces, workspace: Workspace): FieldsOf<F> {
  const one = (spec: FieldSpec): Field => workspace.field(spaceOf(spec, spaces));
  const fields = Object.entries(specs).map(([name, given]) => [
    name,
    given === undefined ? undefined : isList(given) ? given.map(one) : one(given),
  ]);
  return Object.fromEntries(fields) as FieldsOf<F>;
}

/** The fields that a checkpoint holds, by name. */
export function stateFields<F extends FieldSpecs>(specs: F, fields: FieldsOf<F>): { readonly [name: string]: Field } {
  const made = Object.values(fields).flat() as (Field | undefined)[];
  const present = made.filter((field) => field !== undefined);
  const entries = listed(specs).map(({ name, spec }, i) => ({ name, spec, field: present[i] }));
  return Object.fromEntries(entries.filter(({ spec }) => spec.state).map(({ name, field }) => [name, field]));
}

/** Bytes of the fields declared. */
export function fieldItems(specs: FieldSpecs, spaces: ProblemSpaces): MemoryPlan['items'] {
  return listed(specs).map(({ name, spec }) => ({ what: spec.what ?? name, bytes: bytesOf(spaceOf(spec, spaces)) }));
}
