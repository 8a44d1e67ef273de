import type { MaskSummary } from '../../core/sampling-mask.js';

/** What of a simulated scan no scanner could measure, or makes its reconstruction look better than that of a real one. */
export function mriWarnings(scan: {
  readonly sampling: MaskSummary;
  readonly readout: 'kx' | 'slice';
  readonly coils: number;
  readonly withMaps: boolean;
}): string[] {
  const { sampling, readout, coils, withMaps } = scan;
  const warnings: string[] = [];
  if (sampling.dimensions === 2 && readout === 'kx') {
    warnings.push(
      'a scan that encodes slices one by one reads whole lines along kx, but this mask leaves out points of them: no scanner measures so; points are for the readout slice',
    );
  }
  if (!sampling.centre) {
    warnings.push('the mask leaves out the centre of k-space, which holds the mean of the image');
  }
  if (sampling.acceleration > coils && coils > 1) {
    warnings.push(
      `acceleration ${Number(sampling.acceleration.toPrecision(3))} is more than the ${coils} coils can undo by themselves: all beyond is up to the prior`,
    );
  }
  if (withMaps) {
    warnings.push(
      'the scan holds the coil sensitivities that it was made with: results look better than they would on real data (inverse crime)',
    );
  }
  return warnings;
}
