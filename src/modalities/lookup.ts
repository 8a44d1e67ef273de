import type { z } from 'zod';
import { parseOptions, withoutUndefined } from '../../core/options.js';
import { pause } from '../../core/phases.js';
import { Registry } from '../../core/registry.js';
import { SlicewiseError } from '../../core/errors.js';
import { operators } from '../../operators/registry.js';
import { kinds } from '../../volumes/kinds/registry.js';
import type { Measurement } from '../../volumes/measurement.js';
import { besideLevels } from '../solvers/dds/beside-levels.js';
import type { Modality, ModalityKind, Work } from './modality.js';

/** Every modality, in the order of the help. */
export const modalities = new Registry<Modality>('modality');

/**
 * Makes a modality known: its scans are read, told of by `info`, reconstructed, reported and simulated like ours. Its kinds' definitions
 * and operators are registered with it, where they are not yet.
 * @throws Error for a name or kind that is registered already, or a kind without an operator
 */
export function registerModality(modality: Modality): void {
  const taken = modality.kinds.find(({ kind }) => found(kind.name));
  if (taken) throw new Error(`kind '${taken.kind.name}' has a modality already`);
  for (const physics of modality.kinds) {
    const { kind } = physics;
    if (!kinds.has(kind.name)) kinds.add(kind.name, kind);
    if (operators.has(kind.name)) continue;
    if (!physics.operator) throw new Error(`kind '${kind.name}' has no operator`);
    const build = physics.operator.bind(physics);
    const defaults = (): object => parseOptions(modality.title, modality.options, {});
    operators.add(kind.name, (scan, grid, backend, options = defaults()) => build(scan, grid, backend, { ...options }));
  }
  modalities.add(modality.name, modality);
}

/** A kind with the modality that knows it. */
export interface KnownKind {
  readonly modality: Modality;
  readonly physics: ModalityKind;
}

const found = (kind: string): KnownKind | undefined => {
  for (const [, modality] of modalities.entries()) {
    const physics = modality.kinds.find((k) => k.kind.name === kind);
    if (physics) return { modality, physics };
  }
  return undefined;
};

/** Undefined for a kind that no modality knows. */
export const modalityOf = (kind: string): Modality | undefined => found(kind)?.modality;

/** @throws SlicewiseError GEOMETRY for a kind that no modality knows */
export function requireKind(kind: string): KnownKind {
  const known = found(kind);
  if (known) return known;
  const names = modalities.entries().flatMap(([, m]) => m.kinds.map((k) => k.kind.name));
  throw new SlicewiseError('GEOMETRY', {
    message: 'this kind of measurement cannot be reconstructed',
    expected: `one of ${names.join(', ')}`,
    got: kind,
    hint: 'a kind of your own comes with a modality: registerModality',
  });
}

/** The scan with everything that the stages of its kind make, one after the other. */
export async function completeScan(scan: Measurement, work: Work<object> = { options: {} }): Promise<Measurement> {
  let out = scan;
  for (const stage of requireKind(scan.kind).physics.complete ?? []) {
    await pause(work, 'completing the scan');
    out = await stage(out, { ...work, options: { ...work.options } });
  }
  return out;
}

/** A method's options as given, over what these data have for defaults. `compat` names whole settings, so nothing goes under it. */
export function optionsFor(
  scan: Pick<Measurement, 'kind' | 'noise' | 'arrays'> & Partial<Pick<Measurement, 'shape'>>,
  method: string,
  given: { readonly compat?: unknown } = {},
): object {
  const { physics } = requireKind(scan.kind);
  const defaults = given.compat === undefined ? physics.defaults?.(scan, given)[method] : undefined;
  return { ...besideLevels(defaults, given), ...withoutUndefined(given) };
}

/** Direct methods of all modalities by name, each with the schemas it has: several modalities may have one of a name. */
export function directMethods(): Map<string, z.ZodObject[]> {
  const found = new Map<string, z.ZodObject[]>();
  for (const [, modality] of modalities.entries()) {
    for (const { direct = {} } of modality.kinds) {
      for (const [name, { schema }] of Object.entries(direct)) {
        const known = found.get(name) ?? [];
        if (!known.includes(schema)) found.set(name, [...known, schema]);
      }
    }
  }
  return found;
}
