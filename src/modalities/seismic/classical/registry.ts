import type { ClassicalMethod } from './grid.js';
import { linear } from './linear.js';
import { pocs } from './pocs.js';
import { predict } from './predict.js';
import { rankReduction } from './rank-reduction.js';
import { slope } from './slope.js';

/** The classical methods of trace interpolation, cheapest first. */
export const classicalMethods = { linear, slope, predict, pocs, 'rank-reduction': rankReduction } as const;

export type ClassicalName = keyof typeof classicalMethods;

/** One of them, its options not known to the type checker. */
export const classicalMethod = (name: ClassicalName): ClassicalMethod => classicalMethods[name] as unknown as ClassicalMethod;
