/**
 * A test object made of ellipsoids of constant linear attenuation, whose line integrals have a closed form.
 * Coordinates are world mm relative to the isocentre: +x right, +y anterior, +z head for body phantoms.
 */
export interface Phantom {
  readonly name: string;
  readonly ellipsoids: readonly Ellipsoid[];
  /**
   * 'add': attenuations of overlapping ellipsoids add up (Shepp-Logan).
   * 'paint': a later ellipsoid replaces what was there before it, as tissue does (thorax).
   */
  readonly combine: 'add' | 'paint';
  /** mm along x, y, z of a grid that shows it, margin included. */
  readonly size: readonly [number, number, number];
}

export interface Ellipsoid {
  /** mm */
  readonly centre: readonly [number, number, number];
  /** Semi-axes in mm before rotation; Infinity along z makes an elliptic cylinder. */
  readonly semiAxes: readonly [number, number, number];
  /** Degrees about world x, then y, then z; counter-clockwise seen from the tip of the axis. Default none. */
  readonly rotation?: readonly [number, number, number];
  /** Linear attenuation in mm⁻¹. */
  readonly mu: number;
}

/** 3×3 row-major rotation of an ellipsoid: Rz · Ry · Rx; its columns are the world directions of the semi-axes. */
export function rotationOf(ellipsoid: Ellipsoid): number[] {
  const [a, b, c] = (ellipsoid.rotation ?? [0, 0, 0]).map((deg) => (deg * Math.PI) / 180);
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)];
  return [
    cc * cb,
    cc * sb * sa - sc * ca,
    cc * sb * ca + sc * sa,
    sc * cb,
    sc * sb * sa + cc * ca,
    sc * sb * ca - cc * sa,
    -sb,
    cb * sa,
    cb * ca,
  ];
}

/** Half the extent of an ellipsoid along world z, in mm. */
export function halfHeight(ellipsoid: Ellipsoid): number {
  const r = rotationOf(ellipsoid);
  // 0 · ∞ is NaN: an infinite semi-axis counts only where the rotation gives it a part in z.
  return Math.hypot(...ellipsoid.semiAxes.map((s, n) => (r[6 + n] === 0 ? 0 : r[6 + n] * s)));
}

/** The phantom with only those ellipsoids that the plane z meets: the same along every ray in that plane. */
export function atHeight(phantom: Phantom, z: number): Phantom {
  return { ...phantom, ellipsoids: phantom.ellipsoids.filter((e) => Math.abs(z - e.centre[2]) <= halfHeight(e)) };
}
