import type { SlicewiseError } from '../core/errors.js';
import type { Dtype } from '../core/space.js';

/** What is known of images before a prior is asked to denoise them. */
export interface DenoisedImages {
  /** Every name of what they are images of, the usual one first. */
  readonly modality: readonly [string, ...string[]];
  /** Names of all other modalities there are: a prior that was trained on one of these does not fit. */
  readonly otherModalities: readonly string[];
  /** What the file says they show, where that is known; it may be another modality than what measured them. */
  readonly shown?: string;
  readonly dtype: Dtype;
  /** Of the values. */
  readonly units: string;
  /** The two axes of a slice, rows before columns. */
  readonly axes: readonly [SliceAxis, SliceAxis];
  /** How slices lie in what was measured: 'axial', for medical images. */
  readonly plane?: string;
  /** A prior that is known to fit, for the way out. */
  readonly suggestion?: string;
}

/** One axis of the images that a prior is asked about. */
export interface SliceAxis {
  readonly name: string;
  /** Of `step`: 'mm'. */
  readonly unit?: string;
  /** Between neighbours. */
  readonly step?: number;
}

/** What a prior says of images. */
export interface Fit {
  /** Why it cannot denoise them; absent: it can. */
  readonly problem?: SlicewiseError;
  /** In what they are unlike those that it knows. */
  readonly warnings: readonly string[];
}

/** Fits, with nothing to say. */
export const FITS: Fit = { warnings: [] };

/**
 * Asks a prior whether it fits images; one that does not say fits.
 * @returns its warnings
 * @throws SlicewiseError MODEL when the prior says that it cannot denoise such images
 */
export function requireFit(prior: { fits?(images: DenoisedImages): Fit }, images: DenoisedImages): readonly string[] {
  const { problem, warnings } = prior.fits?.(images) ?? FITS;
  if (problem) throw problem;
  return warnings;
}
