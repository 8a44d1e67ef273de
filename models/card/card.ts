import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { blockProblems, blockSchema } from './block-card.js';
import { problemsOf, type CardProblem } from './card-problems.js';
import { calibrationSchema } from './calibration-card.js';
import { worldSchema } from './world-card.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case');
const sigmaTable = z.array(z.number().positive()).min(2).describe('noise level of every time step t = 0, 1, 2, …, rising');

/** How D(x; σ) is formed from the network's output; docs/reference/methods.md, docs/reference/priors.md. */
export const parametrisationSchema = z.discriminatedUnion('kind', [
  /** Karras et al. 2022: D = c_skip x + c_out F(c_in x, ln(σ)/4). */
  z.object({
    kind: z.literal('edm'),
    sigmaData: z.number().positive().describe('standard deviation of the data in the prior’s range'),
  }),
  /** The graph gives D(x, σ) itself. */
  z.object({ kind: z.literal('denoiser') }),
  /** VP networks on x/√(1+σ²) with a time step looked up from σ (`sigmas[t]`): noise ε, or v. */
  z.object({ kind: z.literal('epsilon'), sigmas: sigmaTable }),
  z.object({ kind: z.literal('v'), sigmas: sigmaTable }),
  /** VE score network s(x, σ): D = x + σ² s. */
  z.object({ kind: z.literal('score') }),
]);

/** What a prior says of itself: the JSON beside every .onnx file. The descriptions are what a card's author is told of a missing field. */
export const cardSchema = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens')
    .describe('what --prior takes'),
  version: z.string().describe('version of the weights'),
  description: z.string().default('').describe('what it is, in a sentence or two'),
  file: z
    .string()
    .regex(/^(?!\.|.*\.json$)[^/\\]+$/, 'a file name without folders, such as NAME.onnx')
    .describe('file of the weights, beside the card'),
  sha256: digest.describe('sha256 of the weights’ file'),
  modality: z.string().describe('CT, MR, …: what it was trained on'),
  parametrisation: parametrisationSchema.describe('how the denoiser follows from the network'),
  inputs: z
    .object({
      x: z.string().describe('image input of the graph'),
      noise: z.string().describe('noise-level input of the graph'),
    })
    .describe('names of the graph’s inputs'),
  output: z.string().describe('name of the graph’s output'),
  /** Type of the noise input [N]. int64 is for networks that take whole time steps only. */
  noiseType: z.enum(['float32', 'int64']).default('float32').describe('type of the noise input'),
  sigmaMin: z.number().nonnegative().describe('least noise level it was trained for'),
  sigmaMax: z.number().positive().describe('greatest noise level it was trained for'),
  /** `low` and `high` in `unit` are 0 and 1 of the prior's range; data may lie outside (a network for −1…1 names the values of 0 and 1). */
  range: z
    .object({
      unit: z.string().describe('HU, or the data’s own'),
      low: z.number().describe('value that is 0 in the prior’s range'),
      high: z.number().describe('value that is 1 in the prior’s range'),
    })
    .describe('which values are 0 and 1 for the network'),
  /** 1: real images. 2: complex images, real part then imaginary part. */
  channels: z.literal([1, 2]).describe('1 for real images, 2 for complex ones (real and imaginary part)'),
  /**
   * Of a guided network, which is shown images of the scan at hand beside x (models/guide.ts): the graph's input `input` has `planes` ·
   * `channels` planes, the planes one after the other. With `centre` the network works about one of them, D(x; σ, c) = g + D′(x − g; σ,
   * c), D′ by the parametrisation.
   */
  guide: z
    .strictObject({
      kind: z.string().min(1, 'the name of a guide').describe('how the images are made: cgls, or what the modality knows'),
      options: z.record(z.string(), z.json()).default({}).describe('options of that, such as { "iterations": 12 }'),
      planes: z.int().positive().describe('images that the network is shown'),
      input: z.string().describe('condition input of the graph'),
      centre: z.int().nonnegative().optional().describe('which plane, from 0, the network works about'),
      methods: z
        .record(z.string(), z.record(z.string(), z.json()))
        .optional()
        .describe('options of methods that are better with this guide than their defaults, such as { "dds": { "start": "estimate" } }'),
      optional: z.boolean().optional().describe('trained without a guide too: planes of zeros say that there is none'),
      start: z
        .strictObject({
          plane: z.int().nonnegative().describe('which plane, from 0'),
          noise: z.boolean().default(true).describe('noised to the first level; false: shown as it is at sigmaMax'),
        })
        .optional()
        .describe('what a run may begin with in place of noise'),
    })
    .optional()
    .describe('what the network is shown of the scan beside the image'),
  block: blockSchema.optional().describe('that the network is one of three-dimensional blocks, and how volumes are cut'),
  /** Where it has been shown to give what it should; without it everywhere. */
  backends: z
    .array(z.enum(['cpu', 'webgpu']))
    .min(1)
    .optional()
    .describe('backends that it may run on'),
  /** `mean-variance`: the graph gives 2 · channels planes (learned variance), of which the first `channels` are F. */
  outputChannels: z.enum(['mean', 'mean-variance']).default('mean').describe('what the output’s planes are'),
  plane: z.enum(['axial', 'coronal', 'sagittal', 'any']).describe('plane of the slices it was trained on'),
  spacingMm: z.tuple([z.number().nonnegative(), z.number().nonnegative()]).describe('smallest and largest pixel it was trained on, in mm'),
  /** Rows and columns must be multiples of this; images are padded by `padding` and cut back. */
  sizeMultiple: z.int().min(1).describe('number that rows and columns of the graph’s images must be multiples of'),
  padding: z.enum(['edge', 'constant']).describe('how images are extended to such multiples: edge value, or 0'),
  parameters: z.int().positive().describe('number of the network’s parameters'),
  /** What the weights are stored and computed in; inputs and output are float32 whatever it says. */
  precision: z.enum(['float32', 'int8', 'float16']).default('float32').describe('number format of the weights'),
  /** The network that this one was made of, as the float network of an int8 copy. */
  derivedFrom: z
    .object({
      name: z.string().describe('name of that network'),
      version: z.string().describe('its version'),
      sha256: digest.describe('sha256 of its weights'),
    })
    .optional()
    .describe('the network that this one was made of'),
  /** Bytes that one evaluation holds for a pixel of a slice, beside the weights; without it they are estimated from `parameters`. */
  activationBytes: z.number().positive().optional().describe('bytes one evaluation holds for a pixel of a slice'),
  training: z
    .looseObject({ data: z.array(z.string()).describe('every source of the training data, with its licence') })
    .describe('what it was trained on, and how'),
  licence: z.string().min(1, 'a licence').describe('licence of the weights'),
  quality: z.looseObject({}).default({}).describe('measured figures'),
  calibration: z.array(calibrationSchema).optional().describe('how sure its samples are, by kind of scan'),
  world: worldSchema.optional().describe('what images of the training are like, by which others are told'),
});

/** What a prior is: how its network is called, what images it knows, where it comes from. The fields are in docs/reference/priors.md. */
export type Card = z.output<typeof cardSchema>;
/** How the denoiser follows from the network: EDM, ε, v, score, or the denoiser itself. */
export type Parametrisation = Card['parametrisation'];

/** Everything that is wrong with a card; empty when it is right. */
export function cardProblems(json: unknown): CardProblem[] {
  return problemsOf(cardSchema, json, contradictions);
}

/**
 * The card that JSON holds, with defaults filled in.
 * @param source where it comes from, for messages
 * @param hint added to the way out
 * @throws SlicewiseError MODEL that lists every problem: the field, what it should hold and what it holds
 */
export function parseCard(json: unknown, source: string, hint = ''): Card {
  const problems = cardProblems(json);
  if (problems.length === 0) return cardSchema.parse(json);
  const lines = problems.map(({ field, text }) => `\n  ${field === '' ? '' : `'${field}': `}${text}`);
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new SlicewiseError('MODEL', {
    message: `the model card ${source} has ${count}:${lines.join('')}`,
    hint: [hint, 'see docs/reference/priors.md for the fields of a card'].filter(Boolean).join('; '),
  });
}

/** Grids are written with few digits; a bound may miss its end of the table by this share. */
const SLACK = 1e-3;

/** What fields say against each other. Fields that are wrong by themselves are absent. */
function contradictions(card: Partial<Card>): CardProblem[] {
  const problems: CardProblem[] = [];
  const wrong = (field: keyof Card | `${keyof Card}.${string}`, expected: string, got: string): void =>
    void problems.push({ field, text: `expected ${expected}, got ${got}` });
  const { sigmaMin, sigmaMax, range, parametrisation: p, spacingMm, noiseType, derivedFrom, sha256, guide, inputs, block, channels } = card;
  if (sigmaMin !== undefined && sigmaMax !== undefined && sigmaMin >= sigmaMax) {
    wrong('sigmaMin', `less than sigmaMax, ${sigmaMax}`, `${sigmaMin}`);
  }
  if (range && range.low >= range.high) wrong('range', 'low < high', `${range.low} and ${range.high}`);
  if (spacingMm && spacingMm[0] > spacingMm[1]) {
    wrong('spacingMm', 'the smallest, then the largest pixel', spacingMm.join(' and '));
  }
  if (p?.kind === 'edm' && sigmaMin === 0) wrong('sigmaMin', 'more than 0 (the network takes ln σ)', '0');
  if (p?.kind === 'epsilon' || p?.kind === 'v') {
    const [first, last] = [p.sigmas[0], p.sigmas[p.sigmas.length - 1]];
    const step = p.sigmas.findIndex((s, t) => t > 0 && s <= p.sigmas[t - 1]);
    if (step > 0) {
      wrong('parametrisation.sigmas', 'rising noise levels', `${p.sigmas[step]} after ${p.sigmas[step - 1]}`);
    } else {
      const within = `within its table of noise levels, ${first} … ${last}`;
      if (sigmaMin !== undefined && sigmaMin < first * (1 - SLACK)) wrong('sigmaMin', within, `${sigmaMin}`);
      if (sigmaMax !== undefined && sigmaMax > last * (1 + SLACK)) wrong('sigmaMax', within, `${sigmaMax}`);
    }
  } else if (p && noiseType === 'int64') {
    wrong('noiseType', `'float32' for the kind '${p.kind}': only epsilon and v have time steps`, "'int64'");
  }
  if (guide) {
    const last = `a plane from 0 to ${guide.planes - 1}`;
    if ((guide.centre ?? 0) >= guide.planes) wrong('guide.centre', last, `${guide.centre}`);
    if ((guide.start?.plane ?? 0) >= guide.planes) wrong('guide.start', last, `${guide.start?.plane}`);
    if (inputs && [inputs.x, inputs.noise].includes(guide.input)) {
      wrong('guide.input', 'an input of its own', `'${guide.input}', which inputs names too`);
    }
  }
  if (block) {
    problems.push(...blockProblems(block));
    if (channels === 2) wrong('channels', '1 for a network of blocks', '2');
  }
  if (derivedFrom && derivedFrom.sha256 === sha256) {
    wrong('derivedFrom.sha256', 'the weights of another network', 'its own');
  }
  return problems;
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
