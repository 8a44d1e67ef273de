import * as z from 'zod';
import type { Field, Per, Scalars } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import { philox, philoxKey } from '../../../core/philox.js';
import { bytesOf, sizeOf, type Space } from '../../../core/space.js';
import { daubechies, waveletNames } from '../../../operators/wavelet/daubechies.js';
import { waveletLayout, waveletScratch } from '../../../operators/wavelet/layout.js';
import { waveletTransform, type WaveletTransform } from '../../../operators/wavelet/wavelet.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { STREAM } from '../../samplers/streams.js';
import { count, nonNegative, parseOptions } from '../../../core/options.js';
import { defineSolver } from '../define.js';
import { scratch, state } from '../fields.js';
import type { Problem } from '../solver.js';
import { holdToSupport } from '../support.js';
import { linearWeight, tellWeight } from './data-weights.js';

const schema = z.strictObject({
  iterations: count.default(100).describe('FISTA iterations (SigPy 100)'),
  lambda: nonNegative.optional().describe('weight λ of the penalty, in the data’s own units'),
  wavelet: z.enum(waveletNames).default('db4').describe('Daubechies wavelet (SigPy db4)'),
  levels: count
    .optional()
    .describe('wavelet levels; default as deep as the filter fits into the shorter side of the image (as PyWavelets)'),
  extension: z
    .enum(['periodic', 'zero'])
    .default('periodic')
    .describe('beyond the image: periodic is orthonormal (own choice), zero is SigPy’s transform'),
  shifts: z
    .enum(['random', 'none'])
    .optional()
    .describe(
      'cycle spinning: another shift of the wavelet grid in every iteration; default random, or none with the zero extension or monotone',
    ),
  monotone: z.boolean().default(false).describe('refuse steps that raise the objective (MFISTA; one more operator call an iteration)'),
});

export type CsWaveletOptions = z.output<typeof schema>;

/**
 * λ where none is given, in multiples of the image’s size (root mean square of Aᴴy). Own trial on a 128² brain slice,
 * 6 coils, SNR 30, 1-D random ×4: .003, .01 and .02 gave 27.6, 27.4 and 26.8 dB (zero-filled 23.2).
 */
const LAMBDA = 0.005;

/**
 * L1-wavelet regularised reconstruction (Lustig, Donoho, Pauly, MRM 58 (2007) 1182) by FISTA (Beck & Teboulle, SIAM
 * J. Imaging Sci. 2 (2009) 183, eq. 4.1-4.3), from v = x, t = 1, with α = 1/‖A‖²:
 *
 *     minimise ½‖Ax − y‖² + λ‖Ψx‖₁
 *
 *     z ← Ψᴴ shrink(Ψ(v − αAᴴ(Av − y)), αλ)              shrink of the modulus
 *     t' = (1 + √(1 + 4t²))/2 ;  v ← z + ((t − 1)/t')(z − x) ;  x ← z ;  t ← t'
 *
 * λ is that of SigPy's `L1WaveletRecon(lamda)` for the same A and y; with `extension: 'zero'` the iterates are
 * SigPy's (its Ψ is not orthonormal at the edges, so there the limit is that of the iteration and not quite the
 * minimum). By default Ψ is orthonormal and moved by a random shift, the same for all slices, in every iteration,
 * which averages the blocks of the wavelet grid away (Coifman & Donoho 1995; Figueiredo & Nowak 2003); the objective
 * then is a different one in every iteration. `monotone`: x ← whichever of z and x has the smaller objective, slice
 * by slice, and v ← x' + (t/t')(z − x') + ((t − 1)/t')(x' − x) (Beck & Teboulle, IEEE Trans. Image Process. 18 (2009)
 * 2419, §V.A).
 */
export const csWavelet = defineSolver({
  name: 'cs-wavelet',
  schema,
  examples: [{ iterations: 6 }, { iterations: 6, extension: 'zero', wavelet: 'db2' }, { iterations: 6, monotone: true, lambda: 0.1 }],

  complete(given) {
    const options = parseOptions('cs-wavelet', schema, given);
    const fixed = options.extension === 'zero' ? "extension 'zero'" : options.monotone ? 'monotone' : undefined;
    if (fixed && options.shifts === 'random') {
      throw new SlicewiseError('ARGUMENT', {
        message: `random shifts and ${fixed} exclude each other`,
        hint: 'leave one of the two out',
      });
    }
    return { ...options, shifts: options.shifts ?? (fixed ? 'none' : 'random') };
  },

  steps: ({ iterations }) => iterations,

  fields: (options, { domain }) => ({
    x: state('domain'),
    v: state('domain', 'momentum point'),
    z: scratch('domain', 'step'),
    coefficients: scratch(layoutOf(options, domain).coefficients, 'wavelet coefficients'),
  }),

  memory: (options, { domain }) =>
    waveletScratch(domain, layoutOf(options, domain)).map((s) => ({ what: 'wavelet scratch', bytes: bytesOf(s) })),

  async prepare({ problem, backend, operator, y, options, own, fields: { z } }) {
    const psi = own(waveletTransform(operator.domain, backend, transformOf(options)));
    operator.adjoint(y, z);
    const lambda = await weight(problem, options, z);
    const alpha = 1 / (await operator.norm()) ** 2;
    const per: Per = operator.coupling === 'slice' ? 'slice' : 'volume';
    return { psi, lambda, alpha, per, t: 1, best: undefined as Scalars | undefined };
  },

  start({ backend, problem: { initial }, fields: { x, v } }) {
    if (!initial) return;
    backend.lincomb(x, [1, initial]);
    backend.lincomb(v, [1, initial]);
  },

  begin(run, kept, done) {
    for (let i = 0; i < done; i++) kept.t = momentum(kept.t);
    if (run.options.monotone) kept.best = objective(run, kept, run.fields.x);
  },

  step(run, kept, i) {
    const { problem, backend, operator, projection: difference, misfit, options } = run;
    const { x, v, z, coefficients } = run.fields;
    const { psi, lambda, alpha, t } = kept;
    if (options.shifts === 'random') shift(psi, operator.domain, problem.seed, i);
    operator.apply(v, difference);
    const residual = misfit.ofProjection(difference); // of v; the field is Av − y from here
    operator.adjoint(difference, z);
    backend.lincomb(z, [1, v], [-alpha, z]);
    psi.apply(z, coefficients);
    backend.shrink(coefficients, alpha * lambda, coefficients);
    psi.adjoint(coefficients, z);
    holdToSupport(problem, z);

    kept.t = momentum(t);
    const ahead = (t - 1) / kept.t;
    if (kept.best) {
      const { best } = kept;
      kept.best = backend.scope(() => {
        const reached = objective(run, kept, z);
        const gained = best.minus(reached);
        const better = gained.select(1, 0);
        // v ← x' + (t/t')(z − x') + ((t − 1)/t')(x' − x), x' = better · z + (1 − better) · x
        backend.lincomb(v, [-ahead, x], [t / kept.t, z]);
        backend.lincomb(x, [better.times(-1).plus(1), x], [better, z]);
        backend.lincomb(v, [1, v], [1 - t / kept.t + ahead, x]);
        return gained.select(reached, best);
      });
    } else {
      backend.lincomb(v, [1 + ahead, z], [-ahead, x]);
      backend.lincomb(x, [1, z]);
    }
    return { residual };
  },
});

interface Objective {
  readonly operator: LinearOperator;
  readonly y: Field;
  readonly projection: Field;
  readonly fields: { readonly coefficients: Field };
}

/** ½‖Af − y‖² + λ‖Ψf‖₁ */
function objective(
  { operator, y, projection, fields: { coefficients } }: Objective,
  { psi, lambda, per }: { readonly psi: WaveletTransform; readonly lambda: number; readonly per: Per },
  f: Field,
): Scalars {
  const { backend } = operator;
  operator.apply(f, projection);
  backend.lincomb(projection, [1, projection], [-1, y]);
  psi.apply(f, coefficients);
  return backend.scope(() => {
    const half = backend.dot(projection, projection, per).times(0.5);
    return half.plus(backend.norm1(coefficients, per).times(lambda));
  });
}

const layoutOf = ({ wavelet, extension, levels }: CsWaveletOptions, domain: Space) =>
  waveletLayout(domain, daubechies(wavelet).low.length, extension, levels);

const momentum = (t: number): number => (1 + Math.sqrt(1 + 4 * t * t)) / 2;

const transformOf = ({ wavelet, extension, levels }: CsWaveletOptions) => ({ wavelet, boundary: extension, levels }) as const;

/** Another grid for this iteration, anywhere in the image; the same after an interruption. */
function shift(psi: WaveletTransform, { shape: [, rows, columns] }: Space, seed: number, step: number): void {
  const words = new Uint32Array(4);
  philox(words, 0, 0, step, STREAM.shift, philoxKey(seed));
  psi.shiftBy(words[0] % rows, words[1] % columns);
}

/** λ in the problem's units; where none was given from the size of Aᴴy. */
async function weight(problem: Problem, options: CsWaveletOptions, back: Field): Promise<number> {
  const squares = problem.backend.dot(back, back, 'volume');
  const [sum] = await problem.backend.readScalars(squares);
  squares.dispose();
  const usual = LAMBDA * Math.sqrt(sum / sizeOf(back.space));
  const lambda = options.lambda === undefined ? usual : linearWeight(problem, options.lambda);
  tellWeight(problem, linearWeight, { lambda, usual });
  return lambda;
}
