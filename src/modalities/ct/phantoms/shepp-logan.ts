import { MU_WATER } from '../../../../core/units.js';
import type { Ellipsoid, Phantom } from './phantom.js';

/*
 * The head phantom of Shepp and Logan, "The Fourier reconstruction of a head section", IEEE Trans. Nucl. Sci. 21 (1974), in
 * its usual extension to ellipsoids. Unit coordinates −1 … 1 become −100 … 100 mm: a head of 138 × 184 mm. Values are relative
 * to water. Contrasts: the original (skull 2, brain 1.02, features of 1 %) or Toft's (PhD thesis, 1996, p. 199: skull 1,
 * brain 0.2, features of 0.1), which can be seen without a narrow window.
 */

const RADIUS = 100;

/** Semi-axes a, b, c; centre x, y, z; degrees about z; original value; Toft's value. */
const TABLE = [
  [0.69, 0.92, 0.81, 0, 0, 0, 0, 2, 1],
  [0.6624, 0.874, 0.78, 0, -0.0184, 0, 0, -0.98, -0.8],
  [0.11, 0.31, 0.22, 0.22, 0, 0, -18, -0.02, -0.2],
  [0.16, 0.41, 0.28, -0.22, 0, 0, 18, -0.02, -0.2],
  [0.21, 0.25, 0.41, 0, 0.35, -0.15, 0, 0.01, 0.1],
  [0.046, 0.046, 0.05, 0, 0.1, 0.25, 0, 0.01, 0.1],
  [0.046, 0.046, 0.05, 0, -0.1, 0.25, 0, 0.01, 0.1],
  [0.046, 0.023, 0.05, -0.08, -0.605, 0, 0, 0.01, 0.1],
  [0.023, 0.023, 0.02, 0, -0.606, 0, 0, 0.01, 0.1],
  [0.023, 0.046, 0.02, 0.06, -0.605, 0, 0, 0.01, 0.1],
] as const;

/**
 * @param contrast 'modified' (Toft) or 'original'
 * @param flat true: elliptic cylinders, so that every slice is the classical 2D phantom; false: ellipsoids
 */
export function sheppLogan(contrast: 'modified' | 'original', flat: boolean): Phantom {
  const ellipsoids = TABLE.map(([a, b, c, x, y, z, about, original, modified]): Ellipsoid => {
    const value = contrast === 'original' ? original : modified;
    return {
      centre: [x * RADIUS, y * RADIUS, flat ? 0 : z * RADIUS],
      semiAxes: [a * RADIUS, b * RADIUS, flat ? Infinity : c * RADIUS],
      rotation: [0, 0, about],
      mu: value * MU_WATER,
    };
  });
  const name = `shepp-logan${flat ? '-2d' : ''}${contrast === 'original' ? '-original' : ''}`;
  return { name, ellipsoids, combine: 'add', size: [2 * RADIUS, 2 * RADIUS, 2 * RADIUS] };
}
