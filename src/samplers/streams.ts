/** Streams of the noise generator: which draw within a step a NoiseKey names. */
export const STREAM = {
  start: 0,
  predictor: 1,
  corrector: 2,
  renoise: 3,
  /** Random shifts of wavelet methods; drawn on the main thread. */
  shift: 4,
  /** Phases at which the denoiser is asked; drawn on the main thread. */
  phase: 5,
  /** Of the measured values, raised to a noise level. */
  measured: 7,
  /** Of an ancestral reverse step. */
  ancestral: 8,
  /** Of a jump back to more noise. */
  jump: 9,
  /** Added before an evaluation of the sampler edm. */
  churn: 11,
  /** That makes a solution of least squares a sample: in the image … */
  perturbedImage: 12,
  /** … and in the data. */
  perturbedData: 13,
  /** At which a current image is denoised, by methods that descend. */
  probe: 15,
} as const;

/** Corrector draw j of a step: 2, 6, 10, …, so that it never meets another stream. */
export const correctorStream = (j: number): number => STREAM.corrector + 4 * j;

/** Draw j of a chain within a step: 17, 21, 25, …, likewise. */
export const innerStream = (j: number): number => 17 + 4 * j;
