/**
 * Elements that one dispatch of a projector updates, at most: some milliseconds on a large GPU, well below the watchdogs of drivers on a
 * small one.
 */
export const MOST_UPDATES = 2 ** 31;

/**
 * [first, count] of the portions of `count` rays or views that one dispatch does, each of which costs so many updates. Sums depend on them,
 * so they depend on shapes alone.
 */
export function portions(count: number, updates: number, mostUpdates: number, most = Infinity): [number, number][] {
  const each = Math.max(1, Math.min(most, Math.floor(mostUpdates / updates)));
  return Array.from({ length: Math.ceil(count / each) }, (_, i) => [i * each, Math.min(each, count - i * each)]);
}
