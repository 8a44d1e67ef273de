import { radians } from '../../../core/units.js';

/** How the views of a scan lie on a circle of 180° (parallel) or 360° (fan, cone). */
export interface Coverage {
  /** Radians of the circle that each view stands for: half the gap to either neighbour. */
  readonly weights: Float64Array;
  /** Radians covered, half a gap beyond the first and last view included; 2π (or π) when there is no hole. */
  readonly arc: number;
  /** Radians from the start of the arc to each view, counter-clockwise. */
  readonly along: Float64Array;
  readonly complete: boolean;
}

/** A hole this many times wider than the next widest gap is not sampling but a limited arc. */
const HOLE = 2;

/**
 * Quadrature weights for any list of angles, in any order, repeated or not.
 * @param angles degrees
 * @param period 180 or 360 degrees
 */
export function coverage(angles: readonly number[], period: 180 | 360): Coverage {
  const n = angles.length;
  const folded = angles.map((a) => ((a % period) + period) % period);
  const order = folded.map((_, i) => i).sort((a, b) => folded[a] - folded[b] || a - b);
  const gaps = order.map((view, i) => (i + 1 < n ? folded[order[i + 1]] : folded[order[0]] + period) - folded[view]);
  const sorted = gaps.toSorted((a, b) => b - a);
  const complete = n === 1 || sorted[0] <= HOLE * sorted[1] + 1e-9;
  const widest = gaps.indexOf(sorted[0]);
  const weights = new Float64Array(n);
  const along = new Float64Array(n);
  let position = 0;
  for (let step = 0; step < n; step++) {
    const i = (widest + 1 + step) % n; // starts behind the hole
    let before = gaps[(i + n - 1) % n];
    let after = gaps[i];
    // the outermost views of an arc stand for as much on the outside as on the inside
    if (!complete && step === 0) before = after;
    if (!complete && step === n - 1) after = before;
    weights[order[i]] = radians((before + after) / 2);
    along[order[i]] = position + radians(before) / 2;
    position += radians((before + after) / 2);
  }
  return { weights, along, arc: complete ? radians(period) : position, complete };
}

/**
 * Weight of the ray (view, γ) of a fan-beam scan over an arc of less than 360°, so that every line through the object counts once, although
 * some are measured twice, from either end. γ is positive towards +u, and (θ, γ) and (θ + 180° − 2γ, −γ) are the same line.
 *
 * @param arc radians covered
 * @param along radians from the start of the arc to the view
 * @param halfFan radians, the largest |γ|
 */
export function shortScanWeight(arc: number, along: number, gamma: number, halfFan: number): number {
  return arc >= Math.PI + 2 * halfFan - 1e-9 ? parker(arc, along, gamma) : limited(arc, along, gamma);
}

/** Parker 1982, Med. Phys. 9:254, with the excess of the arc over 180° in place of the fan angle (Silver 2000, Med. Phys. 27:773). */
function parker(arc: number, along: number, gamma: number): number {
  const excess = (arc - Math.PI) / 2;
  const rise = 2 * (excess + gamma);
  const fall = 2 * (excess - gamma);
  if (along < rise) return Math.sin((Math.PI / 2) * (along / rise)) ** 2;
  if (arc - along < fall) return Math.sin((Math.PI / 2) * ((arc - along) / fall)) ** 2;
  return 1;
}

/**
 * Noo et al. 2002 (Phys. Med. Biol. 47:2525), for less than a short scan: c/(c + c'), where c falls off smoothly at both ends of the arc
 * and c' is its value at the view that measured the same line, 0 if none did. Lines that no view measured stay missing.
 */
function limited(arc: number, along: number, gamma: number): number {
  const taper = Math.min(radians(10), arc / 4);
  const c = (at: number): number => {
    const inside = Math.min(at, arc - at);
    return inside <= 0 ? 0 : inside < taper ? Math.sin((Math.PI / 2) * (inside / taper)) ** 2 : 1;
  };
  const own = c(along);
  return own / (own + c(along + Math.PI - 2 * gamma) + c(along - Math.PI - 2 * gamma));
}

/**
 * Share of a line in a full circle when the detector reaches further to one side of the rotation axis than to the other (offset detector,
 * Wang 2002, Med. Phys. 29:1634): 1 where only one of the two opposite views sees it, and a smooth change in the band ±overlap that both
 * see. Sums to 1.
 *
 * @param s mm from the axis on the detector
 * @param low, high the detector's ends in mm
 */
function offsetShare(s: number, low: number, high: number): number {
  const overlap = Math.min(-low, high);
  const x = Math.max(-1, Math.min(1, s / overlap));
  return 0.5 * (1 + Math.sign(high + low) * Math.sin((Math.PI / 2) * x));
}

/** A scan as its weights see it: bins in mm on the detector. */
export interface Beam {
  readonly angles: readonly number[];
  readonly bins: number;
  readonly pitch: number;
  readonly offset: number;
  /** mm from source to detector; absent: parallel. */
  readonly sourceToDetector?: number;
  /** The bins lie on an arc about the source, and mm are along it. */
  readonly curved?: boolean;
}

const positionOf = ({ bins, pitch, offset }: Beam, bin: number): number => (bin - (bins - 1) / 2) * pitch + offset;
const ends = (beam: Beam): [number, number] => [positionOf(beam, -0.5), positionOf(beam, beam.bins - 0.5)];

/**
 * A full circle with a detector off the axis by more than a twentieth of its width (less is a shift of a quarter bin, or a badly aligned
 * scanner).
 */
function isHalfDetector(beam: Beam, full: Coverage): boolean {
  const [low, high] = ends(beam);
  return full.complete && low < 0 && high > 0 && Math.abs(high + low) > 0.05 * (high - low);
}

/**
 * Weights [view][bin] of a scan before filtering: the angle each view stands for × the share of each line among the views that measured it.
 * Parallel beam over 180° or less, or over 360°; fan beam over 360°, a short scan, or less.
 */
export function redundancyWeights(beam: Beam): Float64Array[] {
  const { angles, bins, sourceToDetector, curved } = beam;
  const full = coverage(angles, 360);
  const table = (weights: Float64Array, share: (view: number, s: number) => number): Float64Array[] =>
    angles.map((_, view) => Float64Array.from({ length: bins }, (_, bin) => weights[view] * share(view, positionOf(beam, bin))));
  const [low, high] = ends(beam);
  if (isHalfDetector(beam, full)) return table(full.weights, (_, s) => offsetShare(s, low, high));
  if (sourceToDetector === undefined) return table(coverage(angles, 180).weights, () => 1);
  if (full.complete) return table(full.weights, () => 0.5);
  const gamma = (s: number): number => (curved ? s / sourceToDetector : Math.atan(s / sourceToDetector));
  const halfFan = Math.max(Math.abs(gamma(low)), Math.abs(gamma(high)));
  return table(full.weights, (view, s) => shortScanWeight(full.arc, full.along[view], gamma(s), halfFan));
}

/**
 * Bins of zeros to add on either side: behind the near end of a half detector lie pixels that need the filter's tails from the far side.
 */
export function margins(beam: Beam): { before: number; after: number } {
  if (!isHalfDetector(beam, coverage(beam.angles, 360))) return { before: 0, after: 0 };
  const [low, high] = ends(beam);
  const missing = Math.ceil(Math.abs(high + low) / beam.pitch);
  return high > -low ? { before: missing, after: 0 } : { before: 0, after: missing };
}
