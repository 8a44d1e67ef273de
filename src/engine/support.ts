import type { Backend, Field } from '../../compute/backend.js';
import type { Space } from '../../core/space.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';
import type { RunRequest } from './request.js';

/** What a run does where A sees nothing of the image: keeps it at 0, or leaves it to prior and regulariser. */
export type Unmeasured = 'zero' | 'prior';

/** The part of an image that data say something of. */
export interface Support {
  /** 1 where A sees something, 0 where it sees nothing; values of the solver's image. */
  readonly mask: Float32Array;
  /** For solvers, where x is to be held; to be disposed of. */
  readonly field?: Field;
}

/** In the manifest: how much of the image was not measured at all, and what was done there. */
export interface UnmeasuredRecord {
  readonly values: number;
  readonly of: number;
  /** Slices of which nothing was measured, from 0. */
  readonly slices: readonly number[];
  readonly filled: Unmeasured;
}

/** The mask as the modality tells it, on the backend where x is to be held; undefined where everything is seen or nobody can tell. */
export async function supportFor(
  mask: Float32Array | undefined,
  domain: Space,
  backend: Backend,
  { unmeasured = 'zero' }: { readonly unmeasured?: Unmeasured },
): Promise<Support | undefined> {
  if (!mask?.some((seen) => seen === 0)) return undefined;
  if (unmeasured === 'prior') return { mask };
  const field = backend.field({ ...domain, dtype: 'float32' });
  await backend.write(field, mask);
  return { mask, field };
}

/** The mask as a volume on the grid of the result. */
export const supportVolume = ({ grid, scan }: RunRequest, { mask }: Support): Volume =>
  makeVolume(mask, grid.shape, {
    ...{ axes: grid.axes, placement: grid.placement, units: 'arbitrary', modality: grid.modality },
    meta: { source: scan.meta.source, format: 'support' },
  });

/** What stands where nothing was measured. */
export const filledOf = ({ field }: Pick<Support, 'field'>): Unmeasured => (field ? 'zero' : 'prior');

export function unmeasuredRecord({ mask, field }: Support, slices: number): UnmeasuredRecord {
  const size = mask.length / slices;
  const none = (k: number): boolean => !mask.subarray(k * size, (k + 1) * size).includes(1);
  return {
    values: mask.reduce((sum, seen) => sum + Number(seen === 0), 0),
    of: mask.length,
    slices: [...Array(slices).keys()].filter(none),
    filled: filledOf({ field }),
  };
}

/** @example unmeasuredText({ values: 300, of: 1200, slices: [2], filled: 'zero' }) */
export function unmeasuredText({ values, of, slices, filled }: UnmeasuredRecord): string {
  const share = (100 * values) / of;
  const whole = slices.length === 0 ? '' : `, ${slices.length} whole slice${slices.length === 1 ? '' : 's'}`;
  const shown = share < 0.1 ? '< 0.1' : share.toFixed(1);
  return `${shown} % of the values${whole}; ${filled === 'zero' ? 'held at 0' : 'what is there is made up by the method'}`;
}
