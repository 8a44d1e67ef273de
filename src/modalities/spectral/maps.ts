import type { Backend, Field } from '../../../compute/backend.js';
import type { Watch } from '../../../core/phases.js';
import { space } from '../../../core/space.js';
import { fieldOperator } from '../../../operators/algebra/field-operator.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { Units } from '../../../volumes/volume.js';
import type { NormalisedProblem } from '../modality.js';
import { inUnitNorm, writtenData } from '../normalise.js';
import { fitCube, type CubeFactors } from './lowrank/cube.js';

/**
 * A cube as coefficient maps that a 2-D prior knows how to denoise: x(b, p) = offset(b) + Σ_k basis(b, k) map(k, p) + rest(b, p), each map
 * from about 0 to 1. Basis and noise come from `fitCube`.
 */
export interface MapModel {
  readonly maps: number;
  /** [band, maps] in units of the data; columns beyond the rank that the data support are 0. */
  readonly basis: Float64Array;
  readonly offset: Float64Array;
  /** Standard deviation of each band's noise. */
  readonly noise: Float64Array;
  /** [band, pixel]: what the data support beyond so many maps, as the fit has it. Absent where that is nothing. */
  readonly rest?: Float32Array;
}

/** What a model follows from beside the data. */
const seenOf = ({ arrays, noise, shape }: Measurement, grid: readonly number[]): readonly unknown[] => [
  arrays?.mask?.data,
  arrays?.noise?.data,
  JSON.stringify([noise, shape, grid]),
];

/**
 * Models of scans, each made once for a number of maps and kept as long as the data are; made anew where mask, noise or shapes are others.
 * @param make of a scan, the number of maps, and the shape of the grid
 */
export function keptModels<M>(make: (scan: Measurement, maps: number, grid: readonly number[]) => M): typeof make {
  const kept = new WeakMap<Float32Array, Map<number, { readonly seen: readonly unknown[]; readonly model: M }>>();
  return (scan, maps, grid) => {
    const ofScan = kept.get(scan.data) ?? new Map<number, { readonly seen: readonly unknown[]; readonly model: M }>();
    kept.set(scan.data, ofScan);
    const seen = seenOf(scan, grid);
    const found = ofScan.get(maps);
    if (found?.seen.every((value, n) => value === seen[n])) return found.model;
    const model = make(scan, maps, grid);
    ofScan.set(maps, { seen, model });
    return model;
  };
}

const models = keptModels((scan, maps) => modelOf(fitCube(scan), maps));

/** The model of a scan, made once. */
export const mapModel = (scan: Measurement, maps: number): MapModel => models(scan, maps, scan.shape);

/** The first `maps` coefficients of a fit, those of most energy, from 0 to 1; the others are `rest`. */
export function modelOf(cube: CubeFactors, maps: number): MapModel {
  const { rank, factors, maps: z, noise } = cube;
  const bands = noise.length;
  const pixels = z.length / Math.max(1, rank);
  const basis = new Float64Array(bands * maps);
  const offset = Float64Array.from({ length: bands }, (_, b) => factors[b * (rank + 1) + rank]);
  for (let k = 0; k < Math.min(rank, maps); k++) {
    const values = Float64Array.from({ length: pixels }, (_, p) => z[p * rank + k]).sort();
    const [low, high] = [0.005, 0.995].map((q) => values[Math.floor(q * (pixels - 1))]);
    const length = high > low ? high - low : 1;
    for (let b = 0; b < bands; b++) {
      const factor = factors[b * (rank + 1) + k];
      basis[b * maps + k] = factor * length;
      offset[b] += factor * low;
    }
  }
  return { maps, basis, offset, noise, rest: restOf(cube, maps) };
}

/** What a fit has beyond its first `maps` coefficients, [band, pixel]; undefined where that is nothing. */
export function restOf({ rank, factors, maps: z, noise }: CubeFactors, maps: number): Float32Array | undefined {
  if (rank <= maps) return undefined;
  const bands = noise.length;
  const pixels = z.length / rank;
  const rest = new Float32Array(bands * pixels);
  for (let b = 0; b < bands; b++) {
    for (let p = 0; p < pixels; p++) {
      let sum = 0;
      for (let k = maps; k < rank; k++) sum += factors[b * (rank + 1) + k] * z[p * rank + k];
      rest[b * pixels + p] = sum;
    }
  }
  return rest;
}

/** Values of the cube, [band, pixel], of maps [k, pixel]. */
export function cubeOfMaps({ maps, basis, offset, rest }: MapModel, images: Float32Array): Float32Array {
  const pixels = images.length / maps;
  const out = rest?.slice() ?? new Float32Array(offset.length * pixels);
  for (let b = 0; b < offset.length; b++) {
    const row = out.subarray(b * pixels, (b + 1) * pixels);
    for (let p = 0; p < pixels; p++) row[p] += offset[b];
    for (let k = 0; k < maps; k++) {
      const factor = basis[b * maps + k];
      for (let p = 0, at = k * pixels; p < pixels && factor !== 0; p++, at++) row[p] += factor * images[at];
    }
  }
  return out;
}

/** y = M (x − offset − rest) / noise, so that the noise of y is white of deviation 1. */
export function whitened({ data, arrays }: Measurement, { offset, noise, rest }: MapModel): Float32Array {
  const pixels = data.length / offset.length;
  const mask = arrays!.mask.data;
  return data.map((value, n) => {
    const band = Math.floor(n / pixels);
    return (mask[n] * (value - offset[band] - (rest?.[n] ?? 0))) / noise[band];
  });
}

/**
 * A = M N⁻¹ B on maps [k, line, sample]: B mixes maps into bands, N is the noise of the bands, M the mask. AᴴA is a k × k matrix of
 * each pixel. On every backend by steps on the host: the sums run over slices.
 */
export function mapsOperator({ shape, arrays }: Pick<Measurement, 'shape' | 'arrays'>, model: MapModel, backend: Backend): LinearOperator {
  const [bands, lines, samples] = shape;
  const { maps, noise } = model;
  const pixels = lines * samples;
  const mask = arrays!.mask.data;
  const mixing = model.basis.map((value, n) => value / noise[Math.floor(n / maps)]);
  const gram = grams(mask, mixing, bands, maps, pixels);
  const step =
    (name: string, run: (values: Float32Array) => Float32Array) =>
    (from: Field, to: Field): void =>
      backend.host({ name, inputs: [from], outputs: [to], run: ([values]) => [run(values)] });
  return fieldOperator(
    {
      name: 'sampling/mask of mixed maps',
      domain: space(['slice', 'y', 'x'], [maps, lines, samples]),
      range: space(['slice', 'y', 'x'], [bands, lines, samples]),
      apply: step('bands of maps', (images) => mixed(images, mask, mixing, bands, maps)),
      adjoint: step('maps of bands', (values) => unmixed(values, mask, mixing, bands, maps)),
      normal: step('maps of maps', (images) => {
        const out = new Float32Array(images.length);
        for (let p = 0; p < pixels; p++) {
          for (let i = 0; i < maps; i++) {
            let sum = 0;
            for (let j = 0; j < maps; j++) sum += gram[(p * maps + i) * maps + j] * images[j * pixels + p];
            out[i * pixels + p] = sum;
          }
        }
        return out;
      }),
      bytes: () => ({ items: [{ what: 'products of the basis', bytes: 8 * gram.length + 4 * mask.length }] }),
    },
    backend,
  );
}

/** M B z: bands [b, pixel] of maps [k, pixel], by `mixing` [b, k]; without a mask all of them. */
export function mixed(
  images: Float32Array,
  mask: Float32Array | undefined,
  mixing: Float64Array,
  bands: number,
  maps: number,
): Float32Array {
  const pixels = images.length / maps;
  const out = new Float32Array(bands * pixels);
  const row = new Float64Array(pixels);
  for (let b = 0; b < bands; b++) {
    row.fill(0);
    for (let k = 0; k < maps; k++) {
      const factor = mixing[b * maps + k];
      for (let p = 0, at = k * pixels; p < pixels && factor !== 0; p++, at++) row[p] += factor * images[at];
    }
    for (let p = 0; p < pixels; p++) out[b * pixels + p] = mask ? mask[b * pixels + p] * row[p] : row[p];
  }
  return out;
}

/** Bᵀ M y, the transpose of `mixed`. */
export function unmixed(
  values: Float32Array,
  mask: Float32Array | undefined,
  mixing: Float64Array,
  bands: number,
  maps: number,
): Float32Array {
  const pixels = values.length / bands;
  const out = new Float64Array(maps * pixels);
  for (let b = 0; b < bands; b++) {
    for (let k = 0; k < maps; k++) {
      const factor = mixing[b * maps + k];
      if (factor === 0) continue;
      for (let p = 0; p < pixels; p++) out[k * pixels + p] += factor * (mask ? mask[b * pixels + p] : 1) * values[b * pixels + p];
    }
  }
  return Float32Array.from(out);
}

/** Bᵀ N⁻¹ M N⁻¹ B of every pixel, [pixel, k, k]. */
function grams(mask: Float32Array, mixing: Float64Array, bands: number, maps: number, pixels: number): Float64Array {
  const out = new Float64Array(pixels * maps * maps);
  for (let b = 0; b < bands; b++) {
    for (let p = 0; p < pixels; p++) {
      if (mask[b * pixels + p] === 0) continue;
      for (let i = 0, at = p * maps * maps; i < maps; i++) {
        const factor = mixing[b * maps + i];
        for (let j = 0; j < maps; j++, at++) out[at] += factor * mixing[b * maps + j];
      }
    }
  }
  return out;
}

/**
 * The problem on maps: data in units of their noise, maps from 0 to 1.
 * @param cube the data as a cube with its mask
 * @throws SlicewiseError GEOMETRY where no spectrum stands out of the noise
 */
export async function mapsProblem(
  operator: LinearOperator,
  cube: Measurement,
  model: MapModel,
  units: Units,
  watch: Watch = {},
): Promise<NormalisedProblem> {
  if (!model.basis.some((value) => value !== 0)) {
    operator.dispose();
    throw new SlicewiseError('GEOMETRY', {
      message: 'no spectrum of this cube stands out of its noise',
      expected: 'a coefficient map or more',
      got: 'none',
      hint: 'check the noise of the bands; --components 0 reconstructs the bands themselves',
    });
  }
  const y = await writtenData({ ...cube, data: whitened(cube, model) }, operator);
  return inUnitNorm(operator, y, {
    ...{ norm: await operator.norm(watch), scale: 1, noiseStd: 1, map: { scale: 1, offset: 0 }, units },
    source: '½ and 99½ percentile of every coefficient map of the data ↔ 0 and 1',
  });
}
