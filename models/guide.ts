import type { Field } from '../compute/backend.js';
import { SlicewiseError } from '../core/errors.js';
import { describeSpace, sameSpace } from '../core/space.js';

/**
 * What a guided prior is shown of the scan beside x: D(x; σ, c) ≈ E[x₀ | x₀ + σn = x, c], c a cheap reconstruction of the same scan, or
 * several.
 *
 * c is made once a run by the scan's modality, which knows the kind and its options (src/modalities/guides.ts), as `planes` images of
 * the space of x, in the prior's range.
 */
export interface GuideSpec {
  /** How c is made: 'cgls', or another name that a modality knows. */
  readonly kind: string;
  /** Options of that: { iterations: 12 }. Plain JSON. */
  readonly options?: { readonly [name: string]: unknown };
  /** Images that c consists of. */
  readonly planes: number;
  /** D was trained without a guide too: planes of zeros say that there is none. */
  readonly optional?: boolean;
  /** Options of methods that are better with this guide than their defaults, by method; a user's own win: { dds: { order: 2 } }. */
  readonly methods?: { readonly [method: string]: { readonly [option: string]: unknown } };
  /** What a run may begin with at `sigmaMax`, in place of noise; without it nothing of c. */
  readonly start?: GuideStart;
}

/** A plane of c that a run may begin with. */
export interface GuideStart {
  /** Which one, from 0. */
  readonly plane: number;
  /**
   * Noised to the first level. false: D was trained to be shown the plane itself as x at `sigmaMax`, so that D there is the mean of x₀
   * given c, without a draw.
   */
  readonly noise: boolean;
}

/** What is looked at of a guided prior. */
interface Guided {
  readonly name: string;
  readonly guide?: GuideSpec;
}

/**
 * The planes that a prior was given, checked; none for a prior without a guide, which looks at none.
 * @throws SlicewiseError MODEL where a guided prior was given none, SHAPE for another number of planes or for planes unlike x, ARGUMENT
 * where `out` is one
 */
export function guidePlanes(prior: Guided, x: Field, out: Field, planes?: readonly Field[]): readonly Field[] {
  const { name, guide } = prior;
  if (!guide) return [];
  const what = `the guide of the prior '${name}' (${guide.kind})`;
  if (!planes) {
    throw new SlicewiseError('MODEL', {
      message: `the prior '${name}' is a guided one, and was given no guide`,
      expected: `${count(guide.planes)} of the kind '${guide.kind}', in the option guide of denoise`,
      got: 'none',
      hint: 'reconstruct makes it; where a solver is run by hand, give it in the problem: { …, guide: [field] }',
    });
  }
  if (planes.length !== guide.planes) {
    throw new SlicewiseError('SHAPE', { message: what, expected: count(guide.planes), got: `${planes.length}` });
  }
  for (const plane of planes) {
    if (!sameSpace(plane.space, x.space)) {
      throw new SlicewiseError('SHAPE', {
        message: `${what} and the image differ`,
        expected: describeSpace(x.space),
        got: describeSpace(plane.space),
      });
    }
    if (plane === out) throw new SlicewiseError('ARGUMENT', { message: `${what} would be overwritten: it is the output too` });
  }
  return planes;
}

const count = (planes: number): string => (planes === 1 ? '1 plane' : `${planes} planes`);

/** For what is told of a prior: nothing of one without a guide. */
export function describeGuide(guide: GuideSpec | undefined): { readonly guide?: GuideSpec } {
  if (!guide) return {};
  const { kind, options = {}, planes, optional, start } = guide;
  return { guide: { kind, options, planes, ...(optional && { optional }), ...(start && { start }) } };
}
