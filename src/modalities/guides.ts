import * as z from 'zod';
import type { Field, MemoryPlan } from '../../compute/backend.js';
import { count } from '../../core/options.js';
import type { Space } from '../../core/space.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { cgls } from '../solvers/classical/cgls.js';
import { csWavelet } from '../solvers/classical/cs-wavelet.js';
import type { Solver } from '../solvers/solver.js';
import type { NormalisedProblem, Work } from './modality.js';

/** What a guide is made of. `O`: the modality's options. */
export interface GuideCall<O = object> extends Work<O> {
  /** Completed: with its coil maps, noise level, … */
  readonly scan: Measurement;
  readonly grid: Grid;
  /**
   * What the solver works on. The guide's planes have the space of its operator's domain and are in the same range, which is the prior's.
   */
  readonly problem: NormalisedProblem;
  /** Options of the guide, as its schema completes them. */
  readonly guideOptions: { readonly [name: string]: unknown };
}

/**
 * A way to make what guided priors are shown of a scan (models/guide.ts): cheap, and the same for the same scan. Only what was measured
 * may go into it: a guided network hands through what it is shown.
 */
export interface GuideMethod<O = object> {
  /** Options, which a prior's card gives; strict. */
  readonly schema: z.ZodObject;
  /** Planes that it makes with these options. */
  planes(options: { readonly [name: string]: unknown }): number;
  /** The planes, in the order that priors are trained with; the caller disposes of them. */
  make(call: GuideCall<O>): Promise<readonly Field[]>;
  /**
   * Direct methods of the kind whose images it shows: a network must not end below them. What is measured without truth decides between
   * its answer and theirs (engine/judge/guard.ts).
   */
  readonly shows?: readonly string[];
  /** Fields that it needs while it works, besides the planes. */
  memory?(domain: Space, range: Space): MemoryPlan['items'];
}

/** x of a classical method after so many iterations from 0, in the problem's units, with the method's own defaults; for any operator. */
function afterIterations<O extends { iterations: number }>(solver: Solver<O>, iterations: number, what: string): GuideMethod {
  const schema = z.strictObject({ iterations: count.default(iterations).describe(what) });
  return {
    schema,
    planes: () => 1,
    async make({ problem: { operator, y }, guideOptions, signal, progress }) {
      const { backend } = operator;
      const given = schema.parse(guideOptions);
      const options = solver.options(given as Partial<O>);
      const plane = backend.field(operator.domain);
      progress?.('guide', 0, given.iterations);
      try {
        for await (const { step, steps, estimate } of solver.run({ backend, operator, y, seed: 0, signal }, options)) {
          if (step === steps) await backend.write(plane, await estimate());
          progress?.('guide', step, steps);
        }
        return [plane];
      } catch (error) {
        plane.dispose();
        throw error;
      }
    },
    memory: (domain, range) => solver.memory(domain, range, solver.options({})).items,
  };
}

/**
 * 'cgls': x of min ½‖Ax − y‖² after so many rounds of CGLS from 0 (Hestenes & Stiefel 1952): in CT early-stopped CGLS, which with few views
 * has streaks and little noise; in MR as many rounds of CG-SENSE without damping.
 */
const cglsGuide = afterIterations(cgls, 12, 'rounds of conjugate gradients from 0');

/**
 * 'cs-wavelet': L1-wavelet regularised x (Lustig, Donoho, Pauly 2007) after so many FISTA iterations, with the default weight. Where what
 * is wrong with CG-SENSE lies all over the image, as with lines of k-space missing, a network of slices cannot see where it comes from; of
 * this most is gone.
 */
const waveletGuide = afterIterations(csWavelet, 30, 'FISTA iterations from 0');

/** No guide, for priors that were trained without one too (`GuideSpec.optional`): planes of zeros. */
export const noGuide = (planes: number): GuideMethod => ({
  schema: z.strictObject({}),
  planes: () => planes,
  async make({ problem: { operator } }) {
    const fields = Array.from({ length: planes }, () => operator.backend.field(operator.domain));
    for (const field of fields) operator.backend.fill(field, 0);
    return fields;
  },
});

/** Guides that every operator gives; a kind of scan may have others, and its own under these names. */
export const commonGuides: { readonly [kind: string]: GuideMethod } = { cgls: cglsGuide, 'cs-wavelet': waveletGuide };
