import { commonUnit, describeSamples } from '../core/axis.js';
import { spacingOf, type Placed } from '../core/placement.js';

/**
 * Size and sampling of a volume or a grid in words: voxels where three axes measure the same, axis by axis else.
 * @param numbers how a list of numbers is written
 * @example describeVoxels(volume, sizes) // '256 × 256 × 16 voxels of 1.8 × 1.8 × 2.5 mm'
 * @example describeVoxels(line, sizes) // 'trace: 200 from 0 to 2487.5 m, step 12.5 m; time: 1500 from 0 to 5996 ms, step 4 ms'
 */
export function describeVoxels(
  volume: Placed & { readonly shape: readonly number[] },
  numbers: (values: readonly number[]) => string,
): string {
  const { axes, shape } = volume;
  const unit = axes.length === 3 ? commonUnit(axes) : undefined;
  if (unit) return `${numbers([...shape].reverse())} voxels of ${numbers(spacingOf(volume, unit))} ${unit}`;
  return axes.map((axis, a) => `${axis.name}: ${describeSamples(axis, shape[a])}`).join('; ');
}
