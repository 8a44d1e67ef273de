import type { Backend, Boundary, Field, Neighbours } from '../../compute/backend.js';

/** Along which axes differences are taken. */
export type TotalVariationAxes = '3d' | 'xy' | 'z';

/** Number of components of D. */
export const differencesAlong = (axes: TotalVariationAxes): number => ({ '3d': 3, xy: 2, z: 1 })[axes];

/**
 * D = (∂x, ∂y, ζ D_z), or its in-plane or z part alone: forward differences, replicate boundary in the plane. Components in this order.
 */
export class Differences {
  readonly planar: boolean;
  readonly axial: boolean;
  /** Number of components: 3, 2 or 1. */
  readonly components: number;

  constructor(
    private readonly backend: Backend,
    axes: TotalVariationAxes,
    /** ζ, the weight of differences along z. */
    private readonly zWeight: number,
    private readonly boundary: Boundary,
  ) {
    this.planar = axes !== 'z';
    this.axial = axes !== 'xy';
    this.components = differencesAlong(axes);
  }

  /** out ← D x */
  apply(x: Field, out: readonly Field[]): void {
    const { backend, zWeight } = this;
    if (this.planar) backend.gradient(x, out[0], out[1]);
    if (!this.axial) return;
    const z = out[this.components - 1];
    backend.dz(x, z, this.boundary);
    if (zWeight !== 1) backend.lincomb(z, [zWeight, z]);
  }

  /** x ← x + weight · Dᵀ d */
  addAdjoint(weight: number, d: readonly Field[], x: Field, neighbours?: Neighbours): void {
    const { backend, zWeight, boundary } = this;
    if (this.planar) backend.addGradientAdjoint(weight, d[0], d[1], x);
    if (this.axial) backend.addDzAdjoint(weight * zWeight, d[this.components - 1], x, boundary, neighbours);
  }

  /** out ← out + weight · DᵀD x */
  addNormal(weight: number, x: Field, out: Field, neighbours?: Neighbours): void {
    if (this.planar) this.backend.addGradientNormal(weight, x, out);
    if (this.axial) this.backend.addDzNormal(weight * this.zWeight ** 2, x, out, this.boundary, neighbours);
  }

  /** Begins what `addNormal` of x has to wait for; x must not change before that. */
  imageNeighbours(x: Field): Neighbours | undefined {
    return this.axial ? this.backend.neighbours(x, this.boundary) : undefined;
  }

  /** Begins what `addAdjoint` of d has to wait for; d must not change before that. */
  splitNeighbours(d: readonly Field[]): Neighbours | undefined {
    return this.imageNeighbours(d[this.components - 1]);
  }
}
