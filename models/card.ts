import { z } from 'zod';
import { SlicewiseError } from '../core/errors.js';

/** How D(x; σ) is formed from the network's output; METHODS in docs/methods.md, §0. */
export const parametrisationSchema = z.discriminatedUnion('kind', [
  /** Karras et al. 2022: D = c_skip x + c_out F(c_in x, ln(σ)/4). */
  z.object({ kind: z.literal('edm'), sigmaData: z.number().positive() }),
  /** The graph gives D(x, σ) itself. */
  z.object({ kind: z.literal('denoiser') }),
  /** VP networks on x/√(1+σ²) with a time step looked up from σ (`sigmas[t]`): noise ε, or v. */
  z.object({ kind: z.literal('epsilon'), sigmas: z.array(z.number().positive()).min(2) }),
  z.object({ kind: z.literal('v'), sigmas: z.array(z.number().positive()).min(2) }),
  /** VE score network s(x, σ): D = x + σ² s. */
  z.object({ kind: z.literal('score') }),
]);

/** What a prior says of itself: the JSON beside every .onnx file. */
export const cardSchema = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
  version: z.string(),
  description: z.string().default(''),
  /** File name of the weights, beside the card. */
  file: z.string().regex(/^[^/\\]+$/, 'a file name without folders'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  modality: z.string(),
  parametrisation: parametrisationSchema,
  inputs: z.object({ x: z.string(), noise: z.string() }),
  output: z.string(),
  sigmaMin: z.number().nonnegative(),
  sigmaMax: z.number().positive(),
  /** `low` and `high` in `unit` are 0 and 1 of the prior's range. */
  range: z.object({ unit: z.string(), low: z.number(), high: z.number() }),
  channels: z.int().min(1).max(1, 'one channel (real images)'),
  plane: z.enum(['axial', 'coronal', 'sagittal', 'any']),
  spacingMm: z.tuple([z.number(), z.number()]),
  /** Rows and columns must be multiples of this; images are padded by `padding` and cut back. */
  sizeMultiple: z.int().min(1),
  padding: z.enum(['edge', 'constant']),
  parameters: z.int().positive(),
  training: z.looseObject({ data: z.array(z.string()) }),
  licence: z.string(),
  quality: z.looseObject({}).default({}),
});

export type Card = z.output<typeof cardSchema>;
export type Parametrisation = Card['parametrisation'];

/** @throws SlicewiseError MODEL naming the first field that is wrong */
export function parseCard(json: unknown, source: string): Card {
  const parsed = cardSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SlicewiseError('MODEL', {
      message: `the model card ${source} is not valid: '${issue.path.join('.')}': ${issue.message}`,
      hint: 'see docs/priors.md for the fields of a card',
    });
  }
  const card = parsed.data;
  if (card.sigmaMin >= card.sigmaMax || card.range.low >= card.range.high) {
    throw new SlicewiseError('MODEL', {
      message: `the model card ${source} has an empty interval`,
      expected: 'sigmaMin < sigmaMax and range.low < range.high',
      got: `σ ${card.sigmaMin}…${card.sigmaMax}, range ${card.range.low}…${card.range.high}`,
    });
  }
  return card;
}

/** σ outside the card's interval is an error; nothing is clamped. */
export function checkSigma(prior: { name: string; sigmaMin: number; sigmaMax: number }, sigma: number): void {
  const slack = 1e-9; // schedules end at the bounds up to rounding
  if (sigma >= prior.sigmaMin * (1 - slack) && sigma <= prior.sigmaMax * (1 + slack)) return;
  throw new SlicewiseError('SIGMA_RANGE', {
    message: `the prior '${prior.name}' was not trained for this noise level`,
    expected: `σ in [${prior.sigmaMin}, ${prior.sigmaMax}]`,
    got: `σ = ${sigma}`,
    hint: 'choose a schedule within the card, or start from a classical reconstruction at a lower σ',
  });
}
