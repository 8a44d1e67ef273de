/** What a pattern is asked for: which of the lines (1-D) or points (2-D) of k-space are measured. */
export interface PatternRequest {
  /** [ky, kx]; lines have kx = 1. DC is at ⌊n/2⌋ of each axis. */
  readonly shape: readonly [number, number];
  /** Lines or points to sample, the calibration region included. */
  readonly count: number;
  /** 1 in the calibration region, C order; at most `count` of them. */
  readonly calibration: Uint8Array;
  /** 1 where sampling is allowed; 0 in corners that are left out. At least `count` of them. */
  readonly allowed: Uint8Array;
  readonly seed: number | bigint;
  /** Every slice has its own random numbers. */
  readonly slice: number;
}

/** One way to choose samples: a file here and a line in registry.ts. */
export interface MaskPattern {
  readonly name: string;
  readonly summary: string;
  /** 1: whole lines along the readout kx, chosen along ky. 2: points of (ky, kx), for a readout along the slice axis. */
  readonly dimensions: 1 | 2;
  /**
   * @returns 1 where sampled; exactly `count` ones, none drawn twice, those of `calibration` among them
   * @throws SlicewiseError ARGUMENT when the pattern cannot have so many or so few samples
   */
  draw(request: PatternRequest): Uint8Array<ArrayBuffer>;
}

/** Index of DC along an axis. */
export const centreOf = (length: number): number => Math.floor(length / 2);

/** Distance of a point from DC, 1 at the middle of each edge of k-space: the radius of the inscribed ellipse. */
export function ellipticalRadius([ny, nx]: readonly [number, number], y: number, x: number): number {
  return Math.hypot((y - centreOf(ny)) / (ny / 2), nx === 1 ? 0 : (x - centreOf(nx)) / (nx / 2));
}
