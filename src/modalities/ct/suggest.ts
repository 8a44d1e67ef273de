import type { ArrayInfo } from '../../../volumes/raw-array.js';
import type { ScanSuggestion } from '../reading.js';

const NAMES_OF_ANGLES = /ang|theta|proj/i;

/**
 * Options that make a parallel scan of an array of two or three axes: the view is the axis as long as a list of angles beside the array,
 * else the first one, over half a turn.
 */
export function suggestRadon({ shape, type }: ArrayInfo, beside: readonly ArrayInfo[]): ScanSuggestion | undefined {
  const long = shape.filter((n) => n > 1);
  if (type.startsWith('complex') || long.length < 2 || long.length > 3) return undefined;
  const lists = beside.filter((other) => other.shape.filter((n) => n > 1).length === 1 && !other.type.startsWith('complex'));
  const fitting = lists.filter((list) => long.includes(Math.max(...list.shape)));
  const angles = fitting.find(({ path }) => NAMES_OF_ANGLES.test(path));
  // wavelengths, times: an axis of it is something else
  if (!angles && fitting.length > 0) return undefined;
  const view = angles ? long.indexOf(Math.max(...angles.shape)) : 0;
  const others = long.length === 2 ? ['detector'] : ['row', 'column'];
  const names = long.map((_, axis) => (axis === view ? 'view' : others.shift()!));
  const axes = shape.map((n) => (n > 1 ? names.shift()! : '-')).join(',');
  const views = long[view];
  // the end of a half turn is left out where it would be a view too many
  const list = angles ? `@${angles.path}` : `0:180:${Number((180 / views).toPrecision(12))}`;
  return {
    what: `${views} parallel views${angles ? '' : ' over half a turn'} (fan and cone want --sod and --sdd, too)`,
    options: `--geometry parallel --axes ${axes} --angles ${list} --pitch 1`,
  };
}
