/** What of a simulated scan no scanner could measure, or makes its reconstruction look better than that of a real one. */
export function mriWarnings(scan: {
  readonly acceleration: number;
  /** Of masks. */
  readonly dimensions?: 1 | 2;
  readonly centre?: boolean;
  readonly readout?: 'kx' | 'slice';
  readonly coils: number;
  readonly withMaps: boolean;
}): string[] {
  const { acceleration, dimensions, centre = true, readout, coils, withMaps } = scan;
  const warnings: string[] = [];
  if (dimensions === 2 && readout === 'kx') {
    warnings.push(
      'a scan that encodes slices one by one reads whole lines along kx, but this mask leaves out points of them: no scanner measures ' +
        'so; points are for the readout slice',
    );
  }
  if (!centre) {
    warnings.push('the mask leaves out the centre of k-space, which holds the mean of the image');
  }
  if (acceleration > coils && coils > 1) {
    warnings.push(
      `acceleration ${Number(acceleration.toPrecision(3))} is more than the ${coils} coils can undo by themselves: all beyond is up ` +
        `to the prior`,
    );
  }
  if (withMaps) {
    warnings.push(
      'the scan holds the coil sensitivities that it was made with: results look better than they would on real data (inverse crime)',
    );
  }
  return warnings;
}
