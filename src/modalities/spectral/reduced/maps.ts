import type { Backend, Field } from '../../../../compute/backend.js';
import { space } from '../../../../core/space.js';
import { fieldOperator } from '../../../../operators/algebra/field-operator.js';
import type { LinearOperator } from '../../../../operators/operator.js';
import { reduced, spread, type Separable } from '../../../../operators/sampling/reduction/separable.js';
import { fitCube } from '../lowrank/cube.js';
import { keptModels, mixed, modelOf, restOf, unmixed, type MapModel } from '../maps.js';
import { coarseCube } from './coarse.js';
import { fineMaps } from './methods.js';

/** Maps as large pixels have them, and the fine grid's. */
export interface ReducedModel {
  readonly coarse: MapModel;
  readonly fine: MapModel;
}

/** The model of a scan, made once, likewise (`mapModel`). */
export const reducedModel = keptModels((scan, maps, shape): ReducedModel => {
  const cube = fitCube(coarseCube(scan));
  const coarse = modelOf(cube, maps);
  // the scale of the maps is the data's: what the kernel blurred goes beyond 0 and 1
  const rest = cube.rank > maps ? restOf({ ...cube, maps: fineMaps(cube, scan, shape) }, maps) : undefined;
  return { coarse, fine: { ...coarse, rest } };
});

/** A = N⁻¹ B D on maps [k, line, sample]: D reduces every map, B mixes maps into bands, N is their noise. AᵀA = BᵀN⁻²B ⊗ DᵀD. */
export function reducedMapsOperator(
  [bands, lines, samples]: readonly number[],
  separable: Separable,
  { maps, basis, noise }: MapModel,
  backend: Backend,
): LinearOperator {
  const mixing = basis.map((value, n) => value / noise[Math.floor(n / maps)]);
  const gram = new Float64Array(maps * maps);
  for (let b = 0; b < bands; b++) {
    for (let i = 0; i < maps; i++) for (let j = 0; j < maps; j++) gram[i * maps + j] += mixing[b * maps + i] * mixing[b * maps + j];
  }
  const step =
    (name: string, run: (values: Float32Array) => Float32Array) =>
    (from: Field, to: Field): void =>
      backend.host({ name, inputs: [from], outputs: [to], run: ([values]) => [run(values)] });
  const { rows, columns } = separable;
  return fieldOperator(
    {
      name: 'sampling/reduction of mixed maps',
      domain: space(['slice', 'y', 'x'], [maps, rows.columns, columns.columns]),
      range: space(['slice', 'y', 'x'], [bands, lines, samples]),
      apply: step('bands of maps', (images) => mixed(reduced(images, separable), undefined, mixing, bands, maps)),
      adjoint: step('maps of bands', (values) => spread(unmixed(values, undefined, mixing, bands, maps), separable)),
      normal: step('maps of maps', (images) => {
        const small = reduced(images, separable);
        const pixels = small.length / maps;
        const turned = new Float32Array(small.length);
        for (let i = 0; i < maps; i++) {
          for (let j = 0; j < maps; j++) {
            const factor = gram[i * maps + j];
            for (let p = 0; p < pixels && factor !== 0; p++) turned[i * pixels + p] += factor * small[j * pixels + p];
          }
        }
        return spread(turned, separable);
      }),
      bytes: () => ({ items: [{ what: 'products of the basis', bytes: 8 * gram.length }] }),
    },
    backend,
  );
}
