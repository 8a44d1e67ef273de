import * as z from 'zod';
import { SlicewiseError } from '../../../../core/errors.js';
import type { SamplingMask } from '../../../../core/sampling-mask.js';
import { CALIBRATION, maskPatterns } from '../../../../operators/patterns/index.js';

const patterns = maskPatterns.names() as [string, ...string[]];

/** Options of `simulateMri`; also the command line's. */
export const simulateMriSchema = z.strictObject({
  coils: z.int().min(1).max(128).default(8).describe('receive coils around the object'),
  mask: z.enum(patterns).optional().describe('samples of k-space, equispaced, random and gaussian lines, or points; default: all'),
  trajectory: z.enum(['radial', 'spiral']).optional().describe('samples along spokes or spirals instead of on a grid'),
  accel: z
    .number()
    .min(1)
    .optional()
    .describe(
      'acceleration: all points ÷ sampled points, calibration region included; for trajectories Nyquist ÷ spokes or windings; default 4',
    ),
  acs: z.int().nonnegative().default(CALIBRATION).describe('fully sampled calibration region: lines, or points along each axis'),
  corners: z.boolean().default(true).describe('sample the corners of k-space (masks of points)'),
  perSlice: z.boolean().default(false).describe('a mask of its own for every slice (2-D acquisitions)'),
  readout: z
    .enum(['kx', 'slice'])
    .optional()
    .describe('fully sampled direction: kx, each slice encoded alone, or slice, 3-D encoding; default kx for lines, slice for points'),
  spokes: z.int().min(1).max(65536).optional().describe('radial: number of spokes, instead of --accel'),
  angles: z.enum(['golden', 'uniform']).optional().describe('radial: spokes 111.25° apart, or 180° ÷ spokes; default golden'),
  interleaves: z.int().min(1).max(65536).optional().describe('spiral: arms that share the windings; default 16'),
  pitch: z
    .enum(['variable', 'archimedean'])
    .optional()
    .describe('spiral: windings 0.7 cells apart in the calibration region and farther outside, or the same everywhere; default variable'),
  readoutOversample: z
    .number()
    .min(0.5)
    .max(8)
    .optional()
    .describe('trajectories: samples per cycle per field of view along the readout; default 2'),
  plane: z.enum(['axial', 'coronal', 'sagittal']).default('axial').describe('plane of the slices'),
  slices: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .optional()
    .describe('first and last slice, both included, counted from the feet, back or left'),
  snr: z
    .number()
    .positive()
    .optional()
    .describe(
      'mean foreground magnitude ÷ standard deviation of the complex noise in the fully sampled, coil-combined image; default: no noise',
    ),
  phase: z.enum(['smooth', 'none']).default('smooth').describe('phase of the object'),
  oversample: z.int().min(1).max(4).default(2).describe('coils and phase act on an image grid finer by this factor; 1 is an inverse crime'),
  withMaps: z.boolean().default(false).describe('write the true coil sensitivities into the scan (an inverse crime)'),
  seed: z.int().default(0).describe('of mask, noise, coils and phase'),
});

/** Options of a simulated MR scan. */
export type SimulateMriOptions = z.input<typeof simulateMriSchema>;
export type MriOptions = z.output<typeof simulateMriSchema>;

/** Acceleration of a mask or trajectory that is asked for without one. */
export const ACCELERATION = 4;

/** What the schema cannot say. @throws SlicewiseError ARGUMENT */
export function requireAgreement(o: MriOptions, own: SamplingMask | undefined): void {
  const wrong = (message: string, hint: string): SlicewiseError => new SlicewiseError('ARGUMENT', { message, hint });
  const masks = [
    ['accel', o.accel !== undefined],
    ['perSlice', o.perSlice],
    ['corners', !o.corners],
  ] as const;
  const radial = [
    ['spokes', o.spokes !== undefined],
    ['angles', o.angles !== undefined],
  ] as const;
  const spiral = [
    ['interleaves', o.interleaves !== undefined],
    ['pitch', o.pitch !== undefined],
  ] as const;
  const along = [...radial, ...spiral, ['readoutOversample', o.readoutOversample !== undefined]] as const;
  const refuse = (options: readonly (readonly [string, boolean])[], why: string, hint: string): void => {
    for (const [option, given] of options) if (given) throw wrong(`${option}: ${why}`, hint);
  };

  if (o.trajectory === undefined) {
    refuse(along, 'is for trajectories', 'give trajectory, radial or spiral');
    if (own && o.mask !== undefined) throw wrong('two masks: a pattern and one of your own', 'give one of them');
    if (o.mask !== undefined) return;
    if (own) refuse(masks, 'a mask of your own has its own samples', 'leave the option out');
    else refuse(masks, 'every point is measured without a mask', `give mask, one of ${patterns.join(', ')}`);
    return;
  }
  if (own || o.mask !== undefined) {
    throw wrong('mask and trajectory: masks choose points of a grid, trajectories leave it', 'give one of them');
  }
  if (o.readout !== undefined) {
    throw wrong(`readout ${o.readout} and trajectory: the readout runs along the trajectory`, 'leave the readout out');
  }
  refuse(masks.slice(1), 'is for masks', 'leave the option out');
  if (o.trajectory === 'radial') refuse(spiral, 'is for spiral trajectories', "give trajectory 'spiral', or spokes");
  else refuse(radial, 'is for radial trajectories', "give trajectory 'radial', or interleaves");
  if (o.spokes !== undefined && o.accel !== undefined) {
    throw wrong('spokes and accel both say how many spokes there are', 'give one of them');
  }
}
