import { calibrationSchema, type Calibration } from '../../models/card/calibration-card.js';

/** Weights and factor of intervals by which no image is refused. */
const WEIGHTS = {
  ...{ window: 5, spread: 1.2, around: 4.6, fine: 0.4, coarse: 0.02, crowding: 2, usual: 0.05, textures: [0, 10] },
  ...{ floor: 4e-5, factor: 1.6, level: 0.9, coverage: [{ of: 'chest', share: 0.9, trained: false }] },
};

/** A calibration of `dds` for such scans and runs: kind, axes, noise, steps, samples. */
export const calibrationOf = (scans: object): Calibration => calibrationSchema.parse({ method: 'dds', ...WEIGHTS, ...scans });
