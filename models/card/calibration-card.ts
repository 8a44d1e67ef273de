import * as z from 'zod';

const between = z.tuple([z.number(), z.number()]);

/** How sure a prior's samples are, fitted on training volumes under one kind of scan (docs/reference/methods.md, calibrated intervals). */
export const calibrationSchema = z.strictObject({
  kind: z.string().describe('kind of scan'),
  axes: z.record(z.string(), between).describe('smallest and largest length of axes of the data: { "view": [18, 24] }'),
  spans: z.record(z.string(), between).default({}).describe('smallest and largest difference of last and first of lists of the geometry'),
  noise: z
    .looseObject({ type: z.string() })
    .describe('type of the noise, and the range of its number: { "type": "poisson", "photons": [..] }'),
  method: z.string().describe('method, with its default options'),
  steps: between.describe('steps of it'),
  samples: z.int().min(2).describe('samples'),
  window: z.int().positive().describe('side of the window of the local terms, in pixels of a slice, odd'),
  /** Half width² = spread · s² + around · ⟨s²⟩ + texture · (⟨x²⟩ − ⟨x⟩²) + floor, times factor², in the prior's range. */
  spread: z.number().nonnegative().describe('weight of the variance s² of the samples'),
  around: z.number().nonnegative().describe('weight of its mean in the window'),
  texture: z.number().nonnegative().describe('weight of the variance of the mean image in the window'),
  floor: z.number().nonnegative().describe('what is never fallen below, squared'),
  factor: z.number().positive().describe('that makes of the root of these terms half an interval of `level`'),
  overconfidence: z
    .number()
    .positive()
    .describe('noise level whose error over the prior’s belief (world), where it is more than 1, widens the interval by its root'),
  level: z.number().gt(0).lt(1).describe('share of values that the interval is to hold'),
  coverage: z
    .array(z.strictObject({ of: z.string(), share: z.number().min(0).max(1), trained: z.boolean() }))
    .describe('share that it held, by volume and part; `trained`: of volumes that it was fitted on'),
});

/** Of a card. */
export type Calibration = z.output<typeof calibrationSchema>;
