/**
 * A side of a tensor: `times` · (a side of the input that is not known yet) + `plus`; a known one has no `of`. Networks of images run at
 * any number of slices, rows and columns, and what is needed of shapes is only which sides are equal, which are 1, and which are known.
 */
export interface Side {
  readonly of?: string;
  readonly times: number;
  readonly plus: number;
}

/** A tensor's sides; undefined where they are not known. */
export type Shape = readonly Side[] | undefined;

export const known = (length: number): Side => ({ times: 0, plus: length });
export const isKnown = (side: Side): boolean => side.of === undefined;
export const isOne = (side: Side): boolean => isKnown(side) && side.plus === 1;
export const sameSide = (a: Side, b: Side): boolean => a.of === b.of && a.times === b.times && a.plus === b.plus;
export const sameShape = (a: Shape, b: Shape): boolean =>
  a !== undefined && b !== undefined && a.length === b.length && a.every((side, i) => sameSide(side, b[i]));

/** Both by numpy's rules; undefined where it cannot be told. */
export function broadcast(a: Shape, b: Shape): Shape {
  if (!a || !b) return undefined;
  const length = Math.max(a.length, b.length);
  const out: Side[] = [];
  for (let i = 0; i < length; i++) {
    const [s, t] = [a, b].map((shape) => shape[i - length + shape.length] ?? known(1));
    if (!isOne(s) && !isOne(t) && !sameSide(s, t)) return undefined;
    out.push(isOne(s) ? t : s);
  }
  return out;
}
