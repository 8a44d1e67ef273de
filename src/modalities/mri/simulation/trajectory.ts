import { SlicewiseError } from '../../../../core/errors.js';
import { GOLDEN_ANGLE } from '../../../../operators/patterns/radial.js';

/** A path through k-space. */
export interface Trajectory {
  /** (ky, kx) of every sample, cycles per field of view, [readout, sample of it, 2]: |k| is at most half the matrix along each axis. */
  readonly points: Float32Array;
  /** Spokes or interleaves, all of as many samples. */
  readonly readouts: number;
  /** Readouts (radial) or windings (spiral) that Nyquist asks, over those that there are. */
  readonly acceleration: number;
}

export interface RadialOptions {
  /** [rows, columns] of the image. */
  readonly shape: readonly [number, number];
  readonly spokes: number;
  /** Angle from one spoke to the next: the golden one, 111.25°, or 180° ÷ spokes. */
  readonly angles: 'golden' | 'uniform';
  /** Samples per cycle per field of view along a spoke. */
  readonly oversampling: number;
}

/** Spokes that leave no gap wider than a cell at the edge of k-space: π/2 times the longer side of the matrix. */
export const nyquistSpokes = ([rows, columns]: readonly [number, number]): number => (Math.PI / 2) * Math.max(rows, columns);

/**
 * Full spokes through DC, (ky, kx) = r(n_y sin θ, n_x cos θ), r from −½ on in steps of 1/S, S = oversampling × the longer side: the ellipse
 * that touches the edges of k-space. Sample ⌊S/2⌋ of every spoke is DC.
 */
export function radialTrajectory({ shape: [rows, columns], spokes, angles, oversampling }: RadialOptions): Trajectory {
  const samples = Math.max(2, Math.round(oversampling * Math.max(rows, columns)));
  const turn = angles === 'golden' ? GOLDEN_ANGLE : Math.PI / spokes;
  const points = new Float32Array(2 * spokes * samples);
  for (let spoke = 0; spoke < spokes; spoke++) {
    const [y, x] = [rows * Math.sin(spoke * turn), columns * Math.cos(spoke * turn)];
    for (let i = 0; i < samples; i++) {
      const r = (i - Math.floor(samples / 2)) / samples;
      points.set([r * y, r * x], 2 * (spoke * samples + i));
    }
  }
  return { points, readouts: spokes, acceleration: nyquistSpokes([rows, columns]) / spokes };
}

export interface SpiralOptions {
  readonly shape: readonly [number, number];
  readonly interleaves: number;
  /** Windings of a spiral without gaps, half the longer side of the matrix, over those that there are. */
  readonly acceleration: number;
  /** Gaps the same everywhere, or none in the middle and wider ones outside. */
  readonly pitch: 'variable' | 'archimedean';
  /** Side of the calibration region, whose inscribed circle has narrow gaps, for variable pitch. */
  readonly calibration: number;
  readonly oversampling: number;
}

/**
 * Interleaved spirals from DC outwards, turned by 2π/interleaves against each other. With k in cycles per field of view of the longer side,
 * all windings counted together by w, and g(k) the gap between neighbouring ones along the radius in cells,
 *
 *     dk/dw = g(k),    θ = 2πw/interleaves.
 *
 * Archimedean: g = acceleration. Variable: g = 0.7 out to the edge of the calibration region, k_c, rising in a straight line to its outer
 * value at 2k_c (an effective field of view that falls with k: Lee et al., Magn. Reson. Med. 50 (2003) 1276), which is the one that leaves
 * n/(2·acceleration) windings. Samples are the same length of arc apart, as at constant gradient: what the slew rate of a real scanner adds
 * near DC is left out. Along the shorter side of the matrix all is scaled down.
 *
 * @throws SlicewiseError ARGUMENT when the calibration square takes more windings than the acceleration leaves
 */
export function spiralTrajectory(options: SpiralOptions): Trajectory {
  const { shape, interleaves, acceleration, oversampling } = options;
  const [rows, columns] = shape;
  const longest = Math.max(rows, columns);
  const { gap, at, windings } = profile(options, longest / 2);
  const arm: [number, number][] = [];
  const perTurn = interleaves / (2 * Math.PI); // windings per radian
  for (let theta = 0; theta * perTurn <= windings;) {
    const k = at(theta * perTurn);
    arm.push([k, theta]);
    // by the speed in the middle of the step
    const speed = (r: number): number => Math.hypot(gap(r) * perTurn, r);
    const half = theta + 0.5 / (oversampling * speed(k));
    theta += 1 / (oversampling * speed(at(half * perTurn)));
  }
  const points = new Float32Array(2 * interleaves * arm.length);
  for (let n = 0, to = 0; n < interleaves; n++) {
    for (const [k, theta] of arm) {
      const angle = theta + (2 * Math.PI * n) / interleaves;
      points[to++] = ((k * rows) / longest) * Math.sin(angle);
      points[to++] = ((k * columns) / longest) * Math.cos(angle);
    }
  }
  return { points, readouts: interleaves, acceleration };
}

interface Profile {
  /** Gap between windings at k, cells. */
  gap(k: number): number;
  /** k after w windings. */
  at(w: number): number;
  /** That reach the edge. */
  readonly windings: number;
}

/**
 * Gap between the windings in the calibration region, cells. With 1 the ring of aliasing about every point has the radius of the field of
 * view, so that opposite borders meet: maps of an object that reaches them are wrong (limb of docs/lab/mri.md, R 2, CG-SENSE: 25.4 dB where
 * the true maps give 30.6; with .7 28.6 and 29.7).
 */
const CENTRE_GAP = 0.7;

function profile({ acceleration, pitch, calibration }: SpiralOptions, edge: number): Profile {
  const windings = edge / acceleration;
  if (pitch === 'archimedean') return { gap: () => acceleration, at: (w) => acceleration * w, windings };
  const inner = CENTRE_GAP;
  const centre = Math.min(edge / 2, Math.max(1, calibration / 2));
  const ramp = Math.min(centre, edge - centre);
  /** Windings to the edge for an outer gap of g: ∫ dk/g(k). */
  const needed = (g: number): number => centre / inner + ramp * slope(inner, g) + (edge - centre - ramp) / g;
  // gaps as wide as half of k-space are no sampling
  let [low, high] = [inner, edge];
  if (needed(high) > windings) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the calibration region of ${calibration} × ${calibration} takes too many of the windings of the spiral`,
      expected: `an acceleration of at most ${Math.floor((100 * edge) / needed(high)) / 100}`,
      got: `${acceleration}`,
      hint: 'ask for a lower acceleration, a smaller calibration region (acs), or an Archimedean spiral',
    });
  }
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (needed(middle) > windings) low = middle;
    else high = middle;
  }
  const outer = high;
  const rise = ramp > 0 ? (outer - inner) / ramp : 0;
  const [beforeRamp, afterRamp] = [centre / inner, centre / inner + ramp * slope(inner, outer)];
  return {
    gap: (k) => (k < centre ? inner : Math.min(outer, inner + rise * (k - centre))),
    at: (w) => {
      if (w <= beforeRamp) return inner * w;
      if (w >= afterRamp) return centre + ramp + outer * (w - afterRamp);
      const into = w - beforeRamp;
      return centre + inner * (rise > 1e-9 ? Math.expm1(rise * into) / rise : into);
    },
    windings,
  };
}

/** ∫ dx/(from + (to − from)x) over the ramp, x from 0 to 1. */
const slope = (from: number, to: number): number => (to / from - 1 > 1e-9 ? Math.log(to / from) / (to - from) : 1 / from);
