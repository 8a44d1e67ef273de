import { SlicewiseError } from '../../core/errors.js';
import { regulariserOf, type RegulariserSettings } from '../regularisers/choice.js';
import type { SplitTerm } from './data-step.js';

/** What of a diffusion method's options says how its slices hang together. */
export interface CouplingSettings extends RegulariserSettings {
  /** '3d': slices are coupled; '2d': every slice for itself. */
  readonly mode: '3d' | '2d';
  /** ADMM penalty of the regulariser; 0 switches it off. */
  readonly rho: number;
}

/**
 * The regulariser of a diffusion method: total variation along z without another, and none where slices are independent.
 * @throws SlicewiseError ARGUMENT for a regulariser across slices in mode 2d
 */
export function couplingOf(method: string, settings: CouplingSettings): readonly SplitTerm[] {
  const { mode, rho } = settings;
  const regulariser = regulariserOf(method, settings, mode === '3d' ? 'tv-z' : 'none');
  if (mode === '2d' && regulariser.coupling === 'volume') {
    throw new SlicewiseError('ARGUMENT', {
      message: `mode 2d of ${method} leaves the slices independent, and the regulariser '${regulariser.name}' couples them`,
      hint: 'leave one of the two out',
    });
  }
  return rho > 0 && regulariser.name !== 'none' ? [{ name: 'w', regulariser }] : [];
}
