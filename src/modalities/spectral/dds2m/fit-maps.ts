import type { Backend } from '../../../../compute/backend.js';
import { SlicewiseError } from '../../../../core/errors.js';
import {
  Fitting,
  Graph,
  matmul,
  reshape,
  slice,
  subtract,
  sumOfSquares,
  transpose,
  type FitDefinition,
  type Value,
} from '../../../../models/fit/index.js';
import { denseOf } from '../../../../operators/sampling/reduction/kernels.js';
import type { Separable } from '../../../../operators/sampling/reduction/separable.js';
import type { SpectralModel } from './coefficients.js';
import { skipNetwork, type SkipShape } from './network.js';

/** What a network is fitted to. */
export interface MapsProblem {
  readonly model: SpectralModel;
  readonly size: readonly [lines: number, samples: number];
  /** How the maps become those of the data's larger pixels; absent where these are the same. */
  readonly separable?: Separable;
  /** Data in units of their noise, [band, pixel]. */
  readonly data: Float32Array;
  /** Taken in turn, one a step. */
  readonly views: readonly View[];
}

/** What the network is shown, and what it is then held to. */
export interface View {
  /** [rank, line, sample]. */
  readonly maps: Float32Array;
  /** Places in [band, pixel] of the entries that are fitted. */
  readonly entries: Uint32Array;
}

export interface MapsFitOptions extends SkipShape {
  readonly backend: Backend;
  readonly learningRate: number;
  /** Decay of the running average of the maps. */
  readonly average: number;
  readonly seed: number;
  readonly steps: number;
  /** The worker that fits it. */
  readonly lane?: number;
  readonly signal?: AbortSignal;
  /** Hears of every step, with the average so far when it asks; 'stop' ends the fit. */
  readonly onStep: (step: number, loss: number, average: () => Float32Array) => 'stop' | undefined;
}

/**
 * Fits one network to the measured entries: min over its weights θ of Σ_fitted (B f_θ(z) − y)² / entries, y and B in units of the noise,
 * so that 1 is what noise alone leaves. The maps are the running average of f_θ(z) over the steps of Adam, a ← ρ a + (1 − ρ) f, divided
 * by 1 − ρᵗ.
 * @returns [rank, line, sample]
 */
export async function fitMaps(problem: MapsProblem, options: MapsFitOptions): Promise<Float32Array> {
  const { backend, learningRate, average: decay, seed, steps, lane, signal, onStep } = options;
  const { definition, inputs, views } = defineMaps(problem, options);
  const fitting = await Fitting.open(backend, definition, { learningRate, seed, lane });
  const sum = new Float64Array(problem.views[0].maps.length);
  let weight = 0;
  const average = (): Float32Array => Float32Array.from(sum, (value) => value / weight);
  try {
    for (let n = 0; n < steps; n++) {
      if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
      const { loss, outputs } = await fitting.step(
        { ...(n === 0 ? inputs : {}), ...(n < 1 || views.length > 1 ? views[n % views.length]() : {}) },
        ['maps'],
      );
      outputs.maps.forEach((value, i) => (sum[i] = decay * sum[i] + (1 - decay) * value));
      weight = decay * weight + (1 - decay);
      if (onStep(n + 1, loss, average) === 'stop') break;
    }
    return average();
  } finally {
    await fitting.dispose();
  }
}

type Arrays = { readonly [name: string]: Float32Array };

/** Network and loss; sides that the scales do not divide are mirrored on for the network, and cut off again. */
function defineMaps(
  { model, size: [lines, samples], separable, data, views }: MapsProblem,
  shape: SkipShape,
): { definition: FitDefinition; inputs: Arrays; views: readonly (() => Arrays)[] } {
  const { bands, rank, basis } = model;
  const unit = 2 ** shape.scales;
  const [rows, columns] = [lines, samples].map((side) => unit * Math.ceil(side / unit));
  const pixels = lines * samples;
  const graph = new Graph('maps of a cube');
  const image = skipNetwork(graph, graph.input('z', [1, rank, rows, columns]), rank, shape);
  const cut = reshape(slice(slice(image, 2, 0, lines), 3, 0, samples), [rank, pixels]);
  const seen = separable ? reducedMaps(cut, [rank, lines, samples], separable) : cut;
  const shapeOfData = [bands, seen.shape[1]];
  const cube = matmul(graph.constant(basis, [bands, rank]), seen);
  const residual = subtract(cube, graph.input('data', shapeOfData));
  const loss = sumOfSquares(residual, graph.input('weights', shapeOfData));
  const weights = new Float32Array(data.length); // of the step: a device takes a copy
  const shown = ({ maps, entries }: View): (() => Arrays) => {
    const z = new Float32Array(rank * rows * columns);
    for (let k = 0; k < rank; k++) {
      const own = maps.subarray(k * pixels, (k + 1) * pixels);
      const mean = own.reduce((sum, value) => sum + value, 0) / pixels;
      const deviation = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels) || 1;
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          z[(k * rows + y) * columns + x] = own[reflected(y, lines) * samples + reflected(x, samples)] / deviation;
        }
      }
    }
    return () => {
      weights.fill(0);
      for (const n of entries) weights[n] = 1 / Math.max(1, entries.length);
      return { z, weights };
    };
  };
  return { definition: { graph, loss, outputs: { maps: cut } }, inputs: { data }, views: views.map(shown) };
}

/** R X Cᵀ of every map X: [map, fine pixel] → [map, large pixel]. */
function reducedMaps(maps: Value, [rank, lines, samples]: readonly number[], { rows, columns }: Separable): Value {
  const { graph } = maps;
  const [r, c] = [rows, columns].map((matrix) => graph.constant(Float32Array.from(denseOf(matrix)), [matrix.rows, matrix.columns]));
  const byColumns = matmul(reshape(maps, [rank * lines, samples]), transpose(c, [1, 0]));
  const turned = reshape(transpose(reshape(byColumns, [rank, lines, columns.rows]), [1, 0, 2]), [lines, rank * columns.rows]);
  const small = transpose(reshape(matmul(r, turned), [rows.rows, rank, columns.rows]), [1, 0, 2]);
  return reshape(small, [rank, rows.rows * columns.rows]);
}

/** Beyond the end back again, the last pixel counted once. */
const reflected = (at: number, side: number): number => (at < side ? at : Math.max(0, 2 * side - 2 - at));
