import { compareVolumes, volumeData, type Volume } from '../../src/index.js';

export interface Quality {
  /**
   * dB over the whole volume. HU: peak 2000, both clipped to ±1000; other units: peak is the largest value of the truth, nothing clipped.
   */
  readonly psnr: number;
  /** Mean over axial slices. */
  readonly ssim: number;
  /** ‖x − truth‖/‖truth‖, nothing clipped. */
  readonly nrmse: number;
}

export function quality(volume: Volume, truth: Volume): Quality {
  const peak = truth.units === 'HU' ? undefined : largest(truth);
  const { psnr, ssim, error } = compareVolumes(volume, truth, { peak, planes: ['axial'] });
  return { psnr: psnr ?? Infinity, ssim: ssim!, nrmse: error.rmse / rootMeanSquare(truth) };
}

const largest = (volume: Volume): number => volumeData(volume).reduce((most, v) => Math.max(most, v), -Infinity);

export function rootMeanSquare(volume: Volume): number {
  const data = volumeData(volume);
  return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
}
