import * as z from 'zod';
import type { Per, Scalars } from '../../../compute/backend.js';
import { count, nonNegative, parseOptions, positive } from '../../../core/options.js';
import { sizeOf } from '../../../core/space.js';
import { boundsRegulariser } from '../../regularisers/bounds.js';
import { regulariserOf, regulariserOptions } from '../../regularisers/choice.js';
import type { Regulariser } from '../../regularisers/regulariser.js';
import { DataStep, dataStepFields, type SplitTerm } from '../data-step.js';
import { defineSolver, type SolverDefinition } from '../define.js';
import { state } from '../fields.js';
import type { PenaltyWeight, Problem } from '../solver.js';
import { boundsSchema, interval, isBounded, requireBounds, type Bounds } from './bounds.js';

/**
 * Own trials on a real chest CT (256², 20 views over 180°, photon noise 1e5; PSNR after 100 iterations): λ = 1e-4,
 * 3e-4, 1e-3, which are .0007, .002 and .007 of the image's size, gave 24.2, 24.4 and 24.0 dB; λ/ρ of .13, .33 and
 * .66 of it 24.4, 24.5 and 24.4 dB, the last soonest.
 */
const LAMBDA = 2e-3;
const THRESHOLD = 0.5;

/** Options that every form of the ADMM has. */
export interface AdmmOptions extends Bounds {
  readonly iterations: number;
  readonly innerIterations: number;
  readonly lambda?: number;
  readonly rho?: number;
}

/** One form of the ADMM: its name and words, which regulariser its options say, and in which units λ is said. */
export interface AdmmForm<S extends z.ZodObject> extends Pick<SolverDefinition<S, never, never>, 'name' | 'schema' | 'examples'> {
  regulariser(options: z.output<S>): Regulariser;
  /** λ in unit-norm units of one that was given; the same without it. */
  given?(problem: Problem, lambda: number): number;
  /** Tells λ, in unit-norm units; `Problem.tellWeight` without it. */
  tell?(problem: Problem, weight: PenaltyWeight): void;
}

/**
 * The alternating direction method of multipliers with any regulariser (Boyd et al. 2011, §6.4; total variation as in
 * Goldstein & Osher 2009):
 *
 *     minimise ½‖Ax − y‖² + λ φ(Kx)   subject to low ≤ x ≤ high
 *
 *     x ← CG( AᴴA + ρKᴴK + ρ ;  Aᴴy + ρKᴴ(z − u) + ρ(v − t) ;  start at x )      the lone ρ and v, t only with bounds
 *     z ← prox(Kx + u, λ/ρ) ;  u ← u + Kx − z
 *     v ← min(max(x + t, low), high) ;  t ← t + x − v
 *
 * An iteration is one sweep of data-step.ts, with the bounds as a second regulariser. With bounds, the estimate is the x projected on them.
 */
export function admmSolver<S extends z.ZodObject>(form: AdmmForm<S>) {
  type Options = z.output<S> & AdmmOptions;
  const termsOf = (options: Options): SplitTerm[] => [
    { name: 'w', regulariser: form.regulariser(options) },
    ...(isBounded(options) ? [{ name: 'wBound', regulariser: boundsRegulariser(...interval(options)) }] : []),
  ];
  return defineSolver({
    name: form.name,
    schema: form.schema,
    examples: form.examples,

    complete(given) {
      const options = parseOptions(form.name, form.schema, given);
      form.regulariser(options);
      return options;
    },

    check: (problem, options: Options) => requireBounds(problem, options),

    steps: ({ iterations }: Options) => iterations,

    fields: (options: Options, { domain }) => ({
      x: state('domain'),
      ...dataStepFields(termsOf(options), domain, 'apart'),
    }),

    memory: (options: Options, { domain }) => form.regulariser(options).memory?.(domain) ?? [],

    async prepare({ problem, backend, operator, y, options, own, projection, fields }) {
      const terms = termsOf(options as Options);
      const sliced = terms.every(({ regulariser }) => regulariser.coupling === 'slice');
      const per: Per = sliced && operator.coupling === 'slice' ? 'slice' : 'volume';
      operator.adjoint(y, fields.residual);
      const scale = backend.dot(fields.residual, fields.residual, per); // ‖Aᴴy‖², what CG's residual is small against
      const squares = (await backend.readScalars(scale)).reduce((a, b) => a + b, 0);
      const size = Math.sqrt(squares / sizeOf(operator.domain));
      const { lambda: said, rho, innerIterations } = options as Options;
      const given = said === undefined || !form.given ? said : form.given(problem, said);
      const weights = penalties(given, rho, size);
      const told = { lambda: weights.lambda, usual: LAMBDA * size };
      if (form.tell) form.tell(problem, told);
      else problem.tellWeight?.(told);
      const settings = { terms, ...weights, innerIterations, per, order: 'apart' } as const;
      return { scale, data: own(new DataStep(problem, settings, fields, projection)) };
    },

    start({ backend, problem: { initial }, fields: { x } }, { data }) {
      if (!initial) return;
      backend.lincomb(x, [1, initial]);
      data.startFrom(x);
    },

    step({ backend, options, misfit, fields: { x, direction } }, { scale, data }) {
      let residual: Scalars | undefined; // of the x this step began with
      data.sweep(x, { scale, difference: (field) => (residual = misfit.ofDifference(field)) });
      if (!isBounded(options as Options)) return { residual };
      backend.clamp(x, ...interval(options as Options), direction);
      return { residual, image: direction };
    },

    result({ backend, options, fields: { x } }) {
      if (isBounded(options as Options)) backend.clamp(x, ...interval(options as Options), x);
      return x;
    },
  });
}

/**
 * λ and ρ where not given, from the size s of the image: the root mean square of Aᴴy, about that of x when ‖A‖ = 1 and the image is mostly
 * smooth. Both λ and λ/ρ have the unit of x, so λ = LAMBDA · s and ρ = λ/(THRESHOLD · s).
 */
function penalties(lambda: number | undefined, rho: number | undefined, size: number): { lambda: number; rho: number } {
  const weight = lambda ?? LAMBDA * size;
  return { lambda: weight, rho: rho ?? (weight > 0 ? weight / (THRESHOLD * (size || 1)) : 0.01) };
}

const schema = z.strictObject({
  iterations: count.default(100).describe('outer ADMM iterations'),
  lambda: nonNegative
    .optional()
    .describe(
      'weight λ in unit-norm units; default 0.002 times the size of the image (root mean square of Aᴴy; tried with total variation)',
    ),
  rho: positive
    .optional()
    .describe('ADMM penalty ρ in unit-norm units; changes the speed, not the limit; default λ/(0.5 times the size of the image)'),
  innerIterations: count.default(5).describe('CG iterations of one x update, warm-started'),
  ...regulariserOptions,
  ...boundsSchema,
});

/** The ADMM with a regulariser by name, or of one's own: isotropic 3-D total variation without one. */
export const admm = admmSolver({
  name: 'admm',
  schema,
  examples: [
    { iterations: 6 },
    { iterations: 6, regulariser: 'wavelet', wavelet: 'haar', lambda: 0.01 },
    { iterations: 6, regulariser: 'low-rank', block: 2 },
    { iterations: 6, regulariser: 'none', low: 0 },
  ],
  regulariser: (options) => regulariserOf('admm', options, 'tv3d'),
});

export type AdmmAnyOptions = z.output<typeof schema>;
