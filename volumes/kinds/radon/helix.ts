import { SlicewiseError } from '../../../core/errors.js';

/**
 * Heights of the source in every view of a helix, mm, their middle at 0: `sourceZ` of a cone beam.
 * @param angles degrees, in the order in which the views were taken
 * @param feed mm along +z in a full turn, whichever way it turns; negative: downwards
 * @example helixHeights([0, 90, 180, 270, 360], 40) // [-20, -10, 0, 10, 20]
 * @throws SlicewiseError ARGUMENT for angles that do not go one way
 */
export function helixHeights(angles: readonly number[], feed: number): number[] {
  const sense = Math.sign(angles[angles.length - 1] - angles[0]);
  const back = angles.findIndex((angle, n) => n > 0 && sense * (angle - angles[n - 1]) < 0);
  if (back >= 0) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'heights of a helix follow from angles that go one way',
      expected: 'angles beyond a turn that go on (0:1080:1)',
      got: `${angles[back - 1]}° and then ${angles[back]}°`,
      hint: 'give the height of every view instead: --source-z',
    });
  }
  return fromMiddle(angles.map((angle) => (sense * (angle - angles[0]) * feed) / 360));
}

/** Heights counted from the middle between the lowest and the highest. */
export function fromMiddle(heights: readonly number[]): number[] {
  const [low, high] = heights.reduce(([a, b], z) => [Math.min(a, z), Math.max(b, z)], [Infinity, -Infinity]);
  return heights.map((z) => z - (low + high) / 2);
}
