import { bytesOf, sliceSize, space, type Space } from '../../core/space.js';
import { SlicewiseError } from '../../core/errors.js';
import { withoutUndefined } from '../../core/options.js';
import type { Field } from '../../compute/backend.js';
import type { Prior, PriorState } from '../../models/prior.js';
import { fieldOperator } from '../../operators/algebra/field-operator.js';
import { slicePart } from '../../operators/algebra/slice-part.js';
import type { LinearOperator } from '../../operators/operator.js';
import type { Problem } from './solver.js';

/** A problem whose image is two images. */
export interface TwoParts {
  /** Its images have both parts one below the other: [slice, 2 · rows, columns]. ‖A‖ is as before. */
  readonly problem: Problem;
  /** The parts of such an image, each as the first problem has images. */
  split(image: Float32Array): readonly [first: Float32Array, second: Float32Array];
  /** Frees what it took. Operator, data and priors stay. */
  dispose(): void;
}

/**
 * Two priors on one measurement (Stevens et al. 2024, dehazing with joint posterior sampling): y = A(x₁ + x₂) + noise, x₁ of the problem's
 * prior and x₂ of another: haze, rings, streaks, ghosts. On both images together the operator is [A A]/√2 and D is D₁ beside D₂, so that
 * every method applies as it is; what it makes is taken apart by `split`. Slices stay slices, and what ties them together ties those of
 * each part.
 *
 * Two priors that know the same images share what is measured between them as they please: the parts are only as different as the priors.
 *
 * @param second prior of x₂, of the range of the first
 * @throws SlicewiseError ARGUMENT, MODEL for a problem without a prior, priors with a guide or of other ranges, a support
 *
 * @example
 * const two = twoParts(problem, streaks);
 * for await (const step of dds.run(two.problem, dds.options({ mode: '2d' }))) {
 *   const [image, artefact] = two.split(await step.estimate());
 * }
 */
export function twoParts(problem: Problem, second: Prior): TwoParts {
  const { backend, operator, y, prior: first, noiseLevel } = problem;
  if (!first)
    throw new SlicewiseError('ARGUMENT', { message: 'two parts need a prior each', expected: 'a problem with a prior', got: 'none' });
  if (problem.support) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'two parts of an image that is held to a support',
      expected: 'a problem without a support',
    });
  }
  const guided = [first, second].find(({ guide }) => guide);
  if (guided) throw new SlicewiseError('MODEL', { message: 'two parts are of priors without a guide', got: `'${guided.name}'` });
  const { unit, low, high } = first.range;
  if (second.range.unit !== unit || second.range.low !== low || second.range.high !== high) {
    throw new SlicewiseError('MODEL', {
      message: 'the parts of an image are added, and need priors of one range',
      expected: `0 and 1 at ${low} and ${high} ${unit}`,
      got: `'${second.name}': ${second.range.low} and ${second.range.high} ${second.range.unit}`,
    });
  }
  const { domain } = operator;
  const size = sliceSize(domain);
  const both = space(domain.axes, [domain.shape[0], 2 * domain.shape[1], ...domain.shape.slice(2)], domain.dtype);
  const [part, sum, data] = [backend.field(domain), backend.field(domain), backend.field(y.space)];
  backend.lincomb(data, [Math.SQRT1_2, y]);
  return {
    problem: {
      ...problem,
      operator: sumOperator(operator, both, part, sum),
      y: data,
      prior: stackedPrior(first, second, domain, part, sum),
      initial: undefined,
      noiseLevel: noiseLevel === undefined ? undefined : noiseLevel * Math.SQRT1_2,
    },
    split(image) {
      const values = image.length / both.shape[0] / 2; // of a slice of one part
      const take = (which: number): Float32Array =>
        Float32Array.from(
          { length: image.length / 2 },
          (_, i) => image[Math.floor(i / values) * 2 * values + which * values + (i % values)],
        );
      return [take(0), take(1)];
    },
    dispose() {
      for (const field of [part, sum, data]) field.dispose();
    },
  };

  /** [A A]/√2 */
  function sumOperator(A: LinearOperator, images: Space, one: Field, other: Field): LinearOperator {
    const copy = slicePart(backend);
    /** other ← (x₁ + x₂)/√2 */
    const add = (x: Field): void => {
      copy(x, one, { from: 0, to: 0, count: size });
      copy(x, other, { from: size, to: 0, count: size });
      backend.lincomb(other, [Math.SQRT1_2, one], [Math.SQRT1_2, other]);
    };
    /** both parts of x ← image/√2 */
    const spread = (image: Field, x: Field): void => {
      backend.lincomb(image, [Math.SQRT1_2, image]);
      copy(image, x, { from: 0, to: 0, count: size });
      copy(image, x, { from: 0, to: size, count: size });
    };
    return fieldOperator(
      {
        name: `${A.name} of two parts`,
        domain: images,
        range: A.range,
        coupling: A.coupling,
        apply(x, out) {
          add(x);
          A.apply(other, out);
        },
        adjoint(from, x) {
          A.adjoint(from, one);
          spread(one, x);
        },
        normal(x, out) {
          add(x);
          A.normal(other, one);
          spread(one, out);
        },
        bytes: () => ({ items: [...A.bytes().items, { what: 'images of two parts', bytes: 2 * bytesOf(domain) }] }),
      },
      backend,
    );
  }
}

/** D₁ of the upper half of every slice, D₂ of the lower. */
function stackedPrior(first: Prior, second: Prior, images: Space, part: Field, denoised: Field): Prior {
  const size = sliceSize(images);
  const priors = [first, second];
  const halves = (from: Field, out: Field, use: (prior: Prior, half: number) => void): void => {
    const copy = slicePart(from.backend);
    priors.forEach((prior, half) => {
      copy(from, part, { from: half * size, to: 0, count: size });
      use(prior, half);
      copy(denoised, out, { from: 0, to: half * size, count: size });
    });
  };
  return {
    name: `${first.name}+${second.name}`,
    sigmaMin: Math.max(first.sigmaMin, second.sigmaMin),
    sigmaMax: Math.min(first.sigmaMax, second.sigmaMax),
    range: first.range,
    scope: priors.some(({ scope }) => scope === 'volume') ? 'volume' : 'slice',
    denoise: (x, sigma, out, asked) => halves(x, out, (prior) => void prior.denoise(part, sigma, denoised, asked)),
    async begin(state) {
      for (const [k, prior] of priors.entries()) await prior.begin?.(state && ofPart(state, k));
    },
    async state() {
      const all: { [name: string]: Float32Array } = {};
      for (const [k, prior] of priors.entries()) {
        for (const [name, values] of Object.entries((await prior.state?.()) ?? {})) all[`${k}-${name}`] = values;
      }
      return all;
    },
    bytes: () => ({ items: priors.flatMap((prior) => prior.bytes(images).items) }),
    describe: () => ({
      name: `${first.name}+${second.name}`,
      kind: 'two parts',
      parts: priors.map((prior) => withoutUndefined(prior.describe())),
    }),
    get evaluations() {
      return (first.evaluations ?? 0) + (second.evaluations ?? 0);
    },
    dispose: async () => {},
  };
}

const ofPart = (state: PriorState, k: number): PriorState =>
  Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => name.startsWith(`${k}-`))
      .map(([name, values]) => [name.slice(`${k}-`.length), values]),
  );
