/** In which order the traces of a file run over the grid. */
export interface Sorting {
  /** Axes of the grid, the slowest first. */
  readonly order: readonly number[];
  /** For every axis of the grid: 1 rising, −1 falling. */
  readonly direction: readonly (1 | -1)[];
}

/**
 * The order in which the traces lie in the file: the permutation of axes, and a direction for each, in which their positions rise all
 * along the file; undefined when there is none (as recorded, appended, serpentine).
 * @param positionOf grid position of every trace, −1 for traces outside (they are passed over)
 * @param counts lengths of the grid's axes, the last one fastest
 */
export function findSorting(positionOf: Int32Array, counts: readonly number[]): Sorting | undefined {
  const strides = stridesOf(counts);
  // directions follow from the first pair of neighbours that differ, where all slower axes are the same
  for (const order of permutations(counts.length)) {
    const direction = counts.map(() => 0);
    let ok = true;
    let last = -1;
    for (let n = 0; n < positionOf.length && ok; n++) {
      const position = positionOf[n];
      if (position < 0) continue;
      if (last >= 0 && position !== last) {
        for (const axis of order) {
          const step = (Math.floor(position / strides[axis]) % counts[axis]) - (Math.floor(last / strides[axis]) % counts[axis]);
          if (step === 0) continue;
          if (direction[axis] === 0) direction[axis] = Math.sign(step);
          if (Math.sign(step) !== direction[axis]) ok = false;
          break;
        }
      }
      last = position;
    }
    if (ok) return { order, direction: direction.map((d) => (d < 0 ? -1 : 1)) };
  }
  return undefined;
}

/** Rank of a position in the order of a sorting: rises along the file. */
export function sortingKey(sorting: Sorting, counts: readonly number[]): (position: number) => number {
  const strides = stridesOf(counts);
  return (position) => {
    let key = 0;
    for (const axis of sorting.order) {
      const at = Math.floor(position / strides[axis]) % counts[axis];
      key = key * counts[axis] + (sorting.direction[axis] > 0 ? at : counts[axis] - 1 - at);
    }
    return key;
  };
}

/** The position that has this rank: the inverse of `sortingKey`. */
export function positionOfKey(sorting: Sorting, counts: readonly number[]): (key: number) => number {
  const strides = stridesOf(counts);
  return (key) => {
    let position = 0;
    let rest = key;
    for (const axis of [...sorting.order].reverse()) {
      const at = rest % counts[axis];
      rest = Math.floor(rest / counts[axis]);
      position += (sorting.direction[axis] > 0 ? at : counts[axis] - 1 - at) * strides[axis];
    }
    return position;
  };
}

/** C order: the last axis has stride 1. */
export function stridesOf(counts: readonly number[]): number[] {
  const strides = counts.map(() => 1);
  for (let axis = counts.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * counts[axis + 1];
  return strides;
}

function permutations(length: number): number[][] {
  if (length === 0) return [[]];
  const out: number[][] = [];
  for (const rest of permutations(length - 1)) {
    // axes in their own order come first
    for (let at = rest.length; at >= 0; at--) out.push([...rest.slice(0, at), length - 1, ...rest.slice(at)]);
  }
  return out;
}
