import type { Field } from '../../../compute/backend.js';
import { componentsOf, sizeOf, type Space } from '../../../core/space.js';
import { philox, philoxKey } from '../../../core/philox.js';
import type { AffineMap } from '../../../core/units.js';
import type { Units, Volume } from '../../../volumes/volume.js';
import { makeVolume } from '../../../volumes/volume.js';
import type { LinearOperator } from '../../../operators/operator.js';
import { affine, toVolume } from '../images.js';
import type { RunRequest } from '../request.js';
import { rangeProjection, type ProjectionReached, type ProjectionSettings, type RangeProjection } from './projection.js';

/** How an image is taken apart. */
export interface DecomposeOptions extends Partial<ProjectionSettings> {
  /** Random images of ±1 by which the diagonal of A⁺A is estimated; default 8. */
  readonly probes?: number;
}

/** An image x̂ = A⁺A x̂ + (x̂ − A⁺A x̂): what the data say, and what prior or regulariser added. */
export interface Decomposition {
  /** A⁺A x̂, in output units. */
  readonly measured: Volume;
  /** x̂ − A⁺A x̂, in output units; a difference, 0 where nothing was added. */
  readonly added: Volume;
  /** The diagonal of A⁺A: 1 where a value is determined by the data, 0 where it is invented. */
  readonly resolution: Volume;
  /** 1 where what was added is larger than what was measured, 0 elsewhere. */
  readonly exceeds: Volume;
  readonly record: DecompositionRecord;
}

/** In the manifest: how it was made, and how much it is. */
export interface DecompositionRecord {
  /** By singular values; else by conjugate gradients. */
  readonly exact: boolean;
  /** Asked of conjugate gradients, and reached by them for the image and (the worst) for the probes. */
  readonly tolerance?: number;
  readonly reached?: ProjectionReached;
  readonly probes: number;
  /** Standard error of a value of `resolution` (root mean square over the values), by the spread of the probes; 0 for masks. */
  readonly resolutionError: number;
  /** ‖x̂ − A⁺A x̂‖²/‖x̂‖² of the solver's image (CT: 0 is air). */
  readonly addedEnergy: number;
  /** Mean of `resolution` where the image is not empty: the share of its numbers that were measured. */
  readonly meanResolution: number;
  /** Share of values where more was added than measured. */
  readonly exceeds: number;
}

const DEFAULTS = { tolerance: 1e-3, iterations: 100, probes: 8 };
/** What is added counts where it is more than this part of the image's largest value. */
const LEAST = 0.05;

/** Fields of the image's space that it takes: three of A⁺A (projection.ts), what is projected, and what comes of it. */
export const DECOMPOSITION_FIELDS = 5;
/**
 * Bytes on the host: parts in the solver's and in output units, probes and what comes of them, sums over the probes in float64, and sizes
 * by which the parts are compared. Some of it waits to be collected: 117 to 129 bytes were measured for every value of real images.
 */
export const decompositionBytes = (domain: Space): number => sizeOf(domain) * (40 * componentsOf(domain) + 80);

/** What of a run is needed to take its image apart. */
export interface Decomposed {
  readonly request: RunRequest;
  readonly operator: LinearOperator;
  readonly map: AffineMap;
  readonly units: Units;
  /** The solver's image, C order, complex interleaved. */
  readonly image: Float32Array;
}

/**
 * Takes an image apart, and estimates the diagonal of A⁺A with probes v of ±1 (Bekas, Kokiopoulou & Saad 2007): both v ⊙ A⁺A v and
 * (A⁺A v)² have it as their mean, where A⁺A is a projection, with variances of about d(1 − d) and 2d²; they are weighted for the mean d
 * of the image. Of masks a single probe gives it exactly.
 */
export async function decompose(of: Decomposed, given: DecomposeOptions = {}): Promise<Decomposition> {
  const { tolerance = DEFAULTS.tolerance, iterations = DEFAULTS.iterations, probes = DEFAULTS.probes } = given;
  const { operator, request, map, units } = of;
  const { backend, domain } = operator;
  const projection = await rangeProjection(operator, { tolerance, iterations });
  const [x, out] = [backend.field(domain), backend.field(domain)];
  try {
    await backend.write(x, of.image);
    const image = await projection.project(x, out);
    const seen = await backend.read(out);
    const parts = inUnits(of, seen);
    const resolution = await diagonal(of, projection, x, out, probes);
    const whole = magnitudes(parts.full, parts.components);
    const offset = parts.components === 1 ? map.offset : 0;
    const measuredSize = magnitudes(parts.measured, parts.components, offset);
    const addedSize = magnitudes(parts.added, parts.components);
    const largest = magnitudes(parts.full, parts.components, offset).reduce((most, v) => Math.max(most, v), 0);
    const exceeds = addedSize.map((v, i) => Number(v > measuredSize[i] && v > LEAST * largest));
    const inside = whole.map((_, i) => Number(measuredSize[i] + addedSize[i] > LEAST * largest));
    const { grid } = request;
    const plain = { ...{ axes: grid.axes, placement: grid.placement, modality: grid.modality }, units: 'arbitrary' } as const;
    const record: DecompositionRecord = {
      exact: projection.exact,
      ...(projection.exact ? {} : { tolerance, reached: worst(image, resolution.reached) }),
      probes,
      resolutionError: resolution.error,
      addedEnergy: energy(of.image, seen),
      meanResolution: meanWhere(resolution.values, inside),
      exceeds: meanWhere(exceeds),
    };
    return {
      measured: toVolume(request, parts.measured, units),
      added: toVolume(request, parts.added, units),
      resolution: makeVolume(resolution.values, grid.shape, { ...plain, meta: { format: 'resolution' } }),
      exceeds: makeVolume(exceeds, grid.shape, { ...plain, meta: { format: 'made up' } }),
      record,
    };
  } finally {
    x.dispose();
    out.dispose();
    projection.dispose();
  }
}

/** Image and measured part as they are written out, and their difference. */
function inUnits({ request, map, image }: Decomposed, seen: Float32Array) {
  const { slicing, physics, scan, complex } = request;
  const written = (values: Float32Array): Float32Array => {
    const data = affine(slicing.unpack?.(values) ?? values.slice(), map.scale, map.offset);
    return physics.finish?.(data, scan) ?? data;
  };
  const [full, measured] = [written(image), written(seen)];
  return { full, measured, added: full.map((v, i) => v - measured[i]), components: complex ? (2 as const) : (1 as const) };
}

/** |v − offset| of every value, or the modulus of complex ones. */
function magnitudes(values: Float32Array, components: 1 | 2, offset = 0): Float32Array {
  if (components === 1) return values.map((v) => Math.abs(v - offset));
  return Float32Array.from({ length: values.length / 2 }, (_, i) => Math.hypot(values[2 * i], values[2 * i + 1]));
}

interface Diagonal {
  readonly values: Float32Array;
  readonly error: number;
  readonly reached?: ProjectionReached;
}

/** The diagonal on the grid of the image: of B A⁺A Bᵀ over that of BBᵀ, where B makes the grid's values of the solver's. */
async function diagonal(of: Decomposed, projection: RangeProjection, x: Field, out: Field, probes: number): Promise<Diagonal> {
  const { request, operator } = of;
  const { backend, domain } = operator;
  const { unpack } = request.slicing;
  const components = componentsOf(domain);
  // what an image of zeros becomes is no part of the linear map
  const zero = unpack?.(new Float32Array(sizeOf(domain) * components));
  const onGrid = (values: Float32Array): Float32Array => unpack?.(values).map((v, i) => v - zero![i]) ?? values;
  let [products, squares, size] = [new Float64Array(), new Float64Array(), new Float64Array()];
  const powers = { pp: 0, ps: 0, ss: 0 };
  let reached: ProjectionReached | undefined;
  for (let n = 0; n < probes; n++) {
    const probe = signs(sizeOf(domain) * components, n);
    await backend.write(x, probe);
    reached = worst(reached, await projection.project(x, out));
    const [v, w] = [onGrid(probe), onGrid(await backend.read(out))];
    if (n === 0) [products, squares, size] = [0, 1, 2].map(() => new Float64Array(v.length / components));
    for (let i = 0; i < size.length; i++) {
      let [p, s, all] = [0, 0, 0];
      for (let at = components * i; at < components * (i + 1); at++) {
        p += v[at] * w[at];
        s += w[at] * w[at];
        all += v[at] * v[at];
      }
      products[i] += p;
      squares[i] += s;
      size[i] += all;
      if (all === 0) continue;
      powers.pp += (p / all) ** 2;
      powers.ps += (p * s) / all ** 2;
      powers.ss += (s / all) ** 2;
    }
  }
  const total = size.reduce((sum, v) => sum + v, 0) || 1;
  const mean = Math.min(1, Math.max(0, products.reduce((sum, v) => sum + v, 0) / total));
  const weight = (2 * mean) / (1 + mean);
  const estimate = size.map((all, i) => (all > 0 ? (weight * products[i] + (1 - weight) * squares[i]) / all : 0));
  const values = Float32Array.from(estimate, (v) => Math.min(1, Math.max(0, v)));
  // of one value over the probes, on average over the values
  const second = (weight ** 2 * powers.pp + 2 * weight * (1 - weight) * powers.ps + (1 - weight) ** 2 * powers.ss) / probes;
  const variance = (second - estimate.reduce((sum, v) => sum + v * v, 0)) / Math.max(1, estimate.length);
  // below that it is rounding
  const spread = variance > 1e-10 ? variance : 0;
  return { values, error: Math.sqrt(spread / Math.max(1, probes - 1)), reached };
}

/** ±1, the same for the same number. */
function signs(length: number, probe: number): Float32Array {
  const out = new Float32Array(length);
  const words = new Uint32Array(4);
  const key = philoxKey(0);
  for (let i = 0; i < length; i++) {
    if (i % 128 === 0) philox(words, i / 128, 0, probe, SIGNS, key);
    out[i] = (words[(i >> 5) & 3] >>> (i & 31)) & 1 ? 1 : -1;
  }
  return out;
}

/** The stream of the probes' signs, away from those of solvers (samplers/streams.ts). */
const SIGNS = 1 << 20;

function worst(a: ProjectionReached | undefined, b: ProjectionReached | undefined): ProjectionReached | undefined {
  if (!a || !b) return a ?? b;
  return { iterations: Math.max(a.iterations, b.iterations), residual: Math.max(a.residual, b.residual) };
}

function energy(image: Float32Array, seen: Float32Array): number {
  let [all, rest] = [0, 0];
  for (let i = 0; i < image.length; i++) {
    all += image[i] ** 2;
    rest += (image[i] - seen[i]) ** 2;
  }
  return all > 0 ? rest / all : 0;
}

function meanWhere(values: Float32Array, where?: Float32Array): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (where && where[i] === 0) continue;
    sum += values[i];
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** @example '41 % of the image’s numbers are measured (A⁺A by conjugate gradients to 0.001); the prior adds 6.2 % of its energy …' */
export function decompositionText(record: DecompositionRecord): string {
  const { exact, tolerance, reached, addedEnergy, meanResolution, exceeds } = record;
  const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;
  const missed = reached && tolerance !== undefined && reached.residual > tolerance;
  const how = exact
    ? 'A⁺A by singular values'
    : `A⁺A by ${reached?.iterations} conjugate gradients, ${missed ? 'only ' : ''}to ${reached?.residual.toPrecision(1)}`;
  return (
    `data determine ${percent(meanResolution)} of the object’s values (${how}); the rest of the image, ${percent(addedEnergy)} of its ` +
    `energy, is added by prior or regulariser, which is more than was measured in ${percent(exceeds)} of the values`
  );
}
