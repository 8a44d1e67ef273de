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
} as const;

/** Corrector draw j of a step: 2, 6, 10, …, so that it never meets another stream. */
export const correctorStream = (j: number): number => STREAM.corrector + 4 * j;
