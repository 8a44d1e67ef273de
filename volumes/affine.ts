import type { Affine, Lattice } from '../core/placement.js';

/** A 3×3 matrix, row-major. */
export type Matrix3 = readonly number[];

export const determinant3 = (m: Matrix3): number =>
  m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);

/** Inverse by cofactors; the caller knows that the matrix has one. */
export function inverse3(m: Matrix3): number[] {
  const d = 1 / determinant3(m);
  return [
    (m[4] * m[8] - m[5] * m[7]) * d,
    (m[2] * m[7] - m[1] * m[8]) * d,
    (m[1] * m[5] - m[2] * m[4]) * d,
    (m[5] * m[6] - m[3] * m[8]) * d,
    (m[0] * m[8] - m[2] * m[6]) * d,
    (m[2] * m[3] - m[0] * m[5]) * d,
    (m[3] * m[7] - m[4] * m[6]) * d,
    (m[1] * m[6] - m[0] * m[7]) * d,
    (m[0] * m[4] - m[1] * m[3]) * d,
  ];
}

export const multiply3 = (a: Matrix3, b: Matrix3): number[] =>
  [0, 1, 2].flatMap((r) => [0, 1, 2].map((c) => a[3 * r] * b[c] + a[3 * r + 1] * b[3 + c] + a[3 * r + 2] * b[6 + c]));

export const apply3 = (m: Matrix3, v: readonly number[]): [number, number, number] => [
  m[0] * v[0] + m[1] * v[1] + m[2] * v[2],
  m[3] * v[0] + m[4] * v[1] + m[5] * v[2],
  m[6] * v[0] + m[7] * v[1] + m[8] * v[2],
];

export const dot3 = (a: readonly number[], b: readonly number[]): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross3 = (a: readonly number[], b: readonly number[]): [number, number, number] => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** The 3×3 part of a 4×4 affine: columns are spacing · direction of i, j, k. */
export const linearPart = (a: Affine): number[] => [a[0], a[1], a[2], a[4], a[5], a[6], a[8], a[9], a[10]];

/** Spacing, origin and direction of an affine; undefined when it is singular or not finite. */
export function decomposeAffine(affine: Affine): Lattice | undefined {
  const m = linearPart(affine);
  const spacing = [0, 1, 2].map((c) => Math.hypot(m[c], m[3 + c], m[6 + c])) as [number, number, number];
  const direction = m.map((value, n) => value / spacing[n % 3]);
  const origin: [number, number, number] = [affine[3], affine[7], affine[11]];
  const sound = [...direction, ...origin, ...spacing].every(Number.isFinite) && Math.abs(determinant3(direction)) > 1e-6;
  return sound ? { spacing, origin, direction } : undefined;
}

/** Are the three axes at right angles, within `tolerance` (cosine)? */
export function isOrthogonal(direction: Matrix3, tolerance = 1e-4): boolean {
  const column = (c: number) => [direction[c], direction[3 + c], direction[6 + c]];
  return [
    [0, 1],
    [0, 2],
    [1, 2],
  ].every(([a, b]) => Math.abs(dot3(column(a), column(b))) <= tolerance);
}
