import { SlicewiseError } from '../../core/errors.js';
import type { SamplingMask } from '../../core/sampling-mask.js';
import { ones } from './draws.js';
import { centreOf, ellipticalRadius } from './pattern.js';
import { maskPatterns } from './registry.js';

/** Which pattern, and how much of it. */
export interface MaskOptions {
  /** A name of the registry: equispaced, random, gaussian (lines); poisson, radial, spiral (points). */
  readonly pattern: string;
  /** [ky, kx] */
  readonly shape: readonly [number, number];
  /** All points ÷ sampled points, calibration region included and left-out corners counted. At least 1. */
  readonly acceleration: number;
  /** Lines (1-D) or points along each axis (2-D) of the fully sampled centre. Default 24. */
  readonly calibration?: number;
  /** Draws of the same seed are the same. Default 0. */
  readonly seed?: number | bigint;
  /** Points outside the ellipse that touches the edges may be sampled. Default true; false for 2-D patterns only. */
  readonly corners?: boolean;
  /** Give every one of so many slices a mask of its own; without it there is one for all. */
  readonly slices?: number;
}

/** Lines of the calibration region, and points along each of its axes, unless asked otherwise. */
export const CALIBRATION = 24;

/**
 * A sampling mask with exactly the acceleration that was asked, to the nearest line or point: the samples, calibration region
 * included, are drawn without replacement, and are round(all ÷ acceleration). DC lies at ⌊n/2⌋.
 *
 * @throws SlicewiseError ARGUMENT for an unknown pattern, or a request that cannot be met (calibration region too large, acceleration < 1,
 *   …)
 *
 * @example
 * const { data } = samplingMask({ pattern: 'random', shape: [256, 256], acceleration: 4, seed: 1 });
 * data.reduce((sum, value) => sum + value) / 256; // 64 lines
 */
export function samplingMask(options: MaskOptions): SamplingMask {
  const { shape, acceleration, seed = 0, corners = true, slices, calibration = CALIBRATION } = options;
  const pattern = maskPatterns.get(options.pattern);
  const [ny, nx] = shape;
  const lines = pattern.dimensions === 1;
  requireNumbers(options, calibration);
  if (lines && !corners) {
    const got = `${pattern.name}, which samples whole lines`;
    throw wrong('only masks of points can leave the corners out', 'a 2-D mask', got);
  }

  const drawn: readonly [number, number] = lines ? [ny, 1] : shape;
  const total = drawn[0] * drawn[1];
  const count = Math.round(total / acceleration);
  const what = lines ? 'lines' : 'points';
  if (count < 1) throw wrong('the acceleration leaves nothing to measure', `at most ${total}`, `${acceleration}`);
  const centre = calibrationBlock(drawn, lines ? [calibration, 1] : [calibration, calibration]);
  if (ones(centre) > count) {
    const most = lines ? count : Math.floor(Math.sqrt(count));
    const got = lines ? `${calibration} lines` : `${calibration} × ${calibration} = ${ones(centre)} points`;
    const room = `acceleration ${acceleration} of ${total} leaves room for ${count}`;
    throw wrong(
      'the calibration region has more samples than the acceleration allows',
      `at most ${most}: ${room}`,
      got,
      `ask for a smaller calibration region (--acs ${most}) or a lower acceleration`,
    );
  }
  const allowed = new Uint8Array(total).fill(1);
  if (!corners) {
    for (let at = 0; at < total; at++) {
      const outside = ellipticalRadius(drawn, Math.floor(at / drawn[1]), at % drawn[1]) > 1;
      if (outside && !centre[at]) allowed[at] = 0;
    }
  }
  if (ones(allowed) < count) {
    const least = (total / ones(allowed)).toFixed(2);
    throw wrong('without the corners there are too few points', `an acceleration of at least ${least}`, `${acceleration}`);
  }

  const frames = slices ?? 1;
  const data = new Float32Array(frames * ny * nx);
  for (let slice = 0; slice < frames; slice++) {
    const samples = pattern.draw({ shape: drawn, count, calibration: centre, allowed, seed, slice });
    if (ones(samples) !== count) throw new Error(`${pattern.name} drew ${ones(samples)} ${what} instead of ${count}`);
    const frame = data.subarray(slice * ny * nx, (slice + 1) * ny * nx);
    if (lines) samples.forEach((one, y) => frame.fill(one, y * nx, (y + 1) * nx));
    else frame.set(samples);
  }
  return { data, shape: [frames, ny, nx] };
}

/** The block of k-space around DC that is sampled fully: indices ⌊n/2⌋ − ⌊size/2⌋ and on, `size` of them, along each axis. */
export function calibrationBlock([ny, nx]: readonly [number, number], [height, width]: readonly [number, number]): Uint8Array<ArrayBuffer> {
  if (height > ny || width > nx) {
    const expected = `at most ${Math.min(ny, nx === 1 ? ny : nx)}`;
    throw wrong('the calibration region is larger than k-space', expected, `${Math.max(height, width)}`);
  }
  const region = new Uint8Array(ny * nx);
  const [top, left] = [centreOf(ny) - centreOf(height), centreOf(nx) - centreOf(width)];
  for (let y = top; y < top + height; y++) region.fill(1, y * nx + left, y * nx + left + width);
  return region;
}

function requireNumbers({ shape, acceleration, slices }: MaskOptions, calibration: number): void {
  if (!(acceleration >= 1 && Number.isFinite(acceleration))) {
    throw wrong('acceleration', 'a number of at least 1', `${acceleration}`);
  }
  for (const [name, value, least] of [
    ['ky', shape[0], 1],
    ['kx', shape[1], 1],
    ['slices', slices ?? 1, 1],
    ['calibration', calibration, 0],
  ] as const) {
    if (!(Number.isInteger(value) && value >= least)) {
      throw wrong(`${name} of a mask`, `a whole number of at least ${least}`, `${value}`);
    }
  }
}

const wrong = (message: string, expected: string, got: string, hint?: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', { message, expected, got, hint });
