import type { z } from 'zod';
import { kebab } from '../../core/text.js';
import { directMethods, modalities } from '../modalities/registry.js';
import { solvers } from '../solvers/registry.js';
import { AUTO, autoSchema } from './judge/auto.js';

/** Every method with the schema of its options; of a direct method that several modalities have, with all of them. */
export const methodSchemas = (): readonly (readonly [name: string, shape: { readonly [option: string]: z.ZodType }])[] => [
  ...[...directMethods()].map(([name, all]) => [name, Object.assign({}, ...all.map(({ shape }) => shape))] as const),
  [AUTO, autoSchema.shape],
  ...solvers.entries().map(([name, solver]) => [name, solver.schema.shape] as const),
];

export const methodNames = (): string[] => methodSchemas().map(([name]) => name);

/** Whether runs of the method name a prior. */
export const methodNeedsPrior = (name: string): boolean =>
  solvers.has(name)
    ? solvers.get(name).needsPrior === true
    : modalities.entries().some(([, { kinds }]) => kinds.some(({ direct }) => direct?.[name]?.needsPrior === true));

/** Shorter flags, and one that would mean two things. */
const FLAGS: { readonly [option: string]: string } = {
  innerIterations: 'inner',
  axes: 'tv-axes',
  lines: 'kernel-lines',
  points: 'kernel-points',
};

/** The flag of a method's option on the command line, without its dashes. */
export const methodFlag = (option: string): string => FLAGS[option] ?? kebab(option);

/** Bounds are in the solver's range; on the command line --bounds says them in HU or the data's own units. */
export const ELSEWHERE: readonly string[] = ['low', 'high'];
