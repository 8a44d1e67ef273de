import type { ReadOptions } from '../../format.js';
import type { Modality, Units } from '../../volume.js';
import type { ValueSummary } from './samples.js';

/** What the numbers mean, and how we know. */
export interface Meaning {
  readonly units: Units;
  readonly modality: Modality;
  /** For `meta.unitsFrom`. */
  readonly from: string;
  readonly warning?: string;
}

/**
 * Formats without a unit field (NIfTI, NumPy) leave CT to be recognised by its values: air is near −1000 HU.
 * Rule: whole numbers whose smallest lies in [−3100, −900] are HU (padding goes down to −3024; Siemens phase images start at −4096).
 * `options.units` and `options.modality` overrule it.
 */
export function guessMeaning(values: ValueSummary, options: ReadOptions): Meaning {
  if (options.units !== undefined) {
    const modality = options.modality ?? (options.units === 'HU' || options.units === '1/mm' ? 'CT' : 'other');
    return { units: options.units, modality, from: 'given' };
  }
  const range = values.min >= -3100 && values.min <= -900;
  if (options.modality !== undefined && options.modality !== 'CT') {
    return { units: 'arbitrary', modality: options.modality, from: 'modality given' };
  }
  if (range && values.integers) {
    return {
      units: 'HU',
      modality: 'CT',
      from: 'values',
      warning: `taken as HU: whole numbers from ${values.min} to ${values.max} (say units if that is wrong)`,
    };
  }
  const warning = range
    ? `values from ${values.min} to ${values.max} may be HU but are not whole numbers: taken as arbitrary units (say units HU if they are)`
    : undefined;
  return { units: 'arbitrary', modality: options.modality ?? 'other', from: 'none', warning };
}
