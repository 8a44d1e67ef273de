import type { Boundary, Field } from '../../compute/backend.js';
import { componentsOf } from '../../core/space.js';
import { Differences, differencesAlong, type TotalVariationAxes } from './differences.js';
import type { Regulariser } from './regulariser.js';

/** Along which axes. */
export interface TotalVariationOptions {
  readonly axes: TotalVariationAxes;
  /** ζ, the weight of differences along z; 1 without it. */
  readonly zWeight?: number;
  /** Beyond the first and last slice; replicate without it. */
  readonly boundary?: Boundary;
}

/** As `--regulariser` says them. */
const NAMES = { z: 'tv-z', xy: 'tv-xy', '3d': 'tv3d' } as const;

/**
 * Total variation, isotropic (Rudin, Osher, Fatemi, Physica D 60 (1992) 259), real or complex:
 *
 *     R(x) = Σ √(|∂x|² + |∂y|² + |ζ D_z x|²)     3d;  xy and z have their own terms alone
 *
 * z alone, ‖D_z x‖₁, is the regulariser of DiffusionMBIR and DDS as published. K is D (differences.ts); the proximal
 * map of Σ‖z‖₂ shrinks the length of the vector of differences of every pixel by the threshold.
 */
export function totalVariation({ axes, zWeight = 1, boundary = 'replicate' }: TotalVariationOptions): Regulariser {
  const count = differencesAlong(axes);
  return {
    name: NAMES[axes],
    parameters: { ...(axes === 'xy' ? {} : { zWeight, boundary }) },
    coupling: axes === 'xy' ? 'slice' : 'volume',
    components: (domain) => Array.from({ length: count }, () => domain),
    bind(_, backend) {
      const differences = new Differences(backend, axes, zWeight, boundary);
      const prox = (v: readonly Field[], threshold: number, out: readonly Field[]): void => {
        if (count === 1) return backend.shrink(v[0], threshold, out[0]);
        out.forEach((field, k) => field !== v[k] && backend.lincomb(field, [1, v[k]]));
        backend.shrinkVector(out, threshold);
      };
      return {
        prox,
        apply: (x, out) => differences.apply(x, out),
        addAdjoint: (weight, d, x, neighbours) => differences.addAdjoint(weight, d, x, neighbours),
        addNormal: (weight, x, out, neighbours) => differences.addNormal(weight, x, out, neighbours),
        imageNeighbours: (x) => differences.imageNeighbours(x),
        splitNeighbours: (d) => differences.splitNeighbours(d),
      };
    },
    penalty(components, domain) {
      const parts = componentsOf(domain);
      let sum = 0;
      for (let i = 0; i < components[0].length; i += parts) {
        let squares = 0;
        for (const component of components) for (let k = 0; k < parts; k++) squares += component[i + k] ** 2;
        sum += Math.sqrt(squares);
      }
      return sum;
    },
  };
}
