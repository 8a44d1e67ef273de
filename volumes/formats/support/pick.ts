import { SlicewiseError } from '../../../core/errors.js';

/**
 * Which 3-D volume of a file with more dimensions: `volumeIndex`, counted with the first of the extra dimensions fastest.
 * @param more the sizes beyond the third
 * @throws SlicewiseError FORMAT_UNSUPPORTED when there are several and none was picked, ARGUMENT when there is no such volume
 */
export function pickVolume(more: readonly number[], volumeIndex: number | undefined, format: string): number {
  const volumes = more.reduce((a, n) => a * n, 1);
  if (volumeIndex === undefined) {
    if (volumes === 1) return 0;
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `this ${format} file holds ${volumes} volumes (extra dimensions ${more.join(' × ')})`,
      expected: 'one volume',
      hint: `pick one with volumeIndex 0 … ${volumes - 1} (--volume-index 0 on the command line)`,
    });
  }
  if (!Number.isInteger(volumeIndex) || volumeIndex < 0 || volumeIndex >= volumes) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'no such volume',
      expected: `volumeIndex 0 … ${volumes - 1}`,
      got: `${volumeIndex}`,
    });
  }
  return volumeIndex;
}
