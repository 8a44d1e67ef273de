import * as z from 'zod';

const between = z.tuple([z.number(), z.number()]);

/** How sure a prior's samples are, fitted on training volumes under one kind of scan (docs/reference/methods.md, calibrated intervals). */
export const calibrationSchema = z.strictObject({
  kind: z.string().describe('kind of scan'),
  axes: z.record(z.string(), between).describe('smallest and largest length of axes of the data: { "view": [18, 24] }'),
  spans: z.record(z.string(), between).default({}).describe('smallest and largest difference of last and first of lists of the geometry'),
  geometry: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe('words of the geometry that it is for: { "readout": ["kx", "ky"] }'),
  shares: z.record(z.string(), between).default({}).describe('least and greatest mean of arrays beside the data: { "mask": [0.2, 0.3] }'),
  noise: z
    .looseObject({ type: z.string() })
    .describe('type of the noise, and the range of its number: { "type": "poisson", "photons": [..] }'),
  noiseLevel: between
    .optional()
    .describe('standard deviation of the noise as the method has it, in the prior’s range: for data whose own units say nothing'),
  method: z.string().describe('method, with its default options'),
  steps: between.describe('steps of it'),
  samples: z.int().min(2).describe('samples'),
  window: z.int().positive().describe('side of the window of ⟨s²⟩ and of the image’s texture, in pixels of a slice, odd'),
  /** Half width² = factor² (spread · s² + around · ⟨s²⟩ + (m/usual)^crowding (fine · v₃ + coarse · v₉) + floor), in the prior's range. */
  spread: z.number().nonnegative().describe('weight of the variance s² of the samples'),
  around: z.number().nonnegative().describe('weight of its mean in the window'),
  fine: z.number().nonnegative().describe('weight of the variance of the mean image in 3 × 3 pixels'),
  coarse: z.number().nonnegative().describe('weight of it in 9 × 9 pixels'),
  crowding: z
    .number()
    .nonnegative()
    .describe('power of the object’s mean texture over the usual one, by which the last two are multiplied'),
  usual: z.number().positive().describe('mean texture of the objects that it was fitted on'),
  textures: between.describe(
    'least and greatest mean texture of an object that it is for: of those that it was fitted on, a quarter to spare',
  ),
  floor: z.number().nonnegative().describe('what is never fallen below, squared'),
  factor: z.number().positive().describe('that makes of the root of these terms half an interval of `level`'),
  level: z.number().gt(0).lt(1).describe('share of values that the interval is to hold'),
  coverage: z
    .array(z.strictObject({ of: z.string(), share: z.number().min(0).max(1), trained: z.boolean() }))
    .describe('share that it held, by volume and part; `trained`: of volumes that it was fitted on'),
});

/** Of a card. */
export type Calibration = z.output<typeof calibrationSchema>;
