/** A box of a volume [slow trace axis, fast trace axis, time]. */
export type Three = readonly [number, number, number];

/** How a volume is cut. */
export interface Tiling {
  /** Largest block. */
  readonly shape: Three;
  /** How far neighbouring blocks overlap at least; less than the shape. */
  readonly overlap: Three;
}

/** A block: where its first element lies, and how large it is. */
export interface Block {
  readonly origin: Three;
  readonly shape: Three;
}

/**
 * Where the blocks of one axis begin: evenly spread, the last ends with the axis. An axis shorter than a block has one, as long as
 * the axis.
 */
export function startsOf(length: number, size: number, overlap: number): number[] {
  if (length <= size) return [0];
  const count = Math.ceil((length - overlap) / (size - overlap));
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - size)) / (count - 1)));
}

/** The blocks of a volume in C order. */
export function blocksOf(volume: Three, { shape, overlap }: Tiling): Block[] {
  const [a, b, c] = volume.map((length, axis) => startsOf(length, shape[axis], overlap[axis]));
  const size = volume.map((length, axis) => Math.min(length, shape[axis])) as unknown as Three;
  return a.flatMap((i) => b.flatMap((j) => c.map((k) => ({ origin: [i, j, k] as const, shape: size }))));
}

/**
 * Weights of a block along one axis: 1, falling in a line towards faces that lie inside of the volume, over the overlap, to
 * 1/(overlap + 1) at the face. Positive everywhere.
 */
export function rampOf(length: number, start: number, size: number, overlap: number): Float64Array {
  return Float64Array.from({ length: size }, (_, k) => {
    const before = start === 0 ? Infinity : k + 1;
    const after = start + size === length ? Infinity : size - k;
    return Math.min(1, Math.min(before, after) / (overlap + 1));
  });
}
