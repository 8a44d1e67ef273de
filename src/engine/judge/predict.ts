import { SlicewiseError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/space.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { Volume } from '../../../volumes/volume.js';
import type { RunRequest } from '../request.js';
import { completedScan } from '../completed.js';

/** What an image says of the data, beside the data themselves, both in their units and in the shape of the completed scan. */
export interface Prediction {
  readonly predicted: Float32Array;
  readonly measured: Float32Array;
  readonly shape: readonly number[];
}

/** Predicts the whole scan from images that were made of parts of it. */
export interface Predictor {
  /**
   * @param part of the scan that the image was made of, where it was not the whole
   * @throws SlicewiseError ARGUMENT for a magnitude where a complex image is wanted
   */
  predict(volume: Volume, part?: Measurement): Promise<Prediction>;
  /** Standard deviation of the noise of the data, of each part of a complex value, where it is known. */
  readonly noiseStd?: number;
  dispose(): void;
}

/**
 * The predictor of a scan: what its modality says, else A of the image, with the scan completed and normalised as a run has it.
 * @throws SlicewiseError as the stages of the scan do
 */
export async function predictorOf(request: RunRequest): Promise<Predictor> {
  const { physics, grid, own, options } = request;
  const { backend } = options;
  if (physics.predict) {
    const { scan } = request;
    return {
      predict: async (volume, part = scan) => ({
        predicted: await physics.predict!(volume, part),
        measured: part.data,
        shape: part.shape,
      }),
      ...noiseOf(scan),
      dispose: () => undefined,
    };
  }
  const scan = await completedScan(request, () => undefined);
  const problem = await physics.normalise(scan, grid, backend, { options: own });
  const { operator, y, map, norm, scale } = problem;
  return {
    async predict(volume) {
      const wanted = request.complex ? 'complex64' : 'float32';
      if (volume.dtype !== wanted) {
        throw new SlicewiseError('ARGUMENT', {
          message: 'a magnitude does not predict complex data',
          hint: 'methods that give magnitudes alone cannot be judged by hidden measurements',
        });
      }
      if (volume.data.length !== sizeOf(operator.domain) * (request.complex ? 2 : 1)) {
        throw new SlicewiseError('ARGUMENT', {
          message: 'the image is made of several components, and does not predict the data by itself',
          got: `${volume.shape.join(' × ')} voxels of an image that the operator takes as ${operator.domain.shape.join(' × ')}`,
          hint: 'two sets of coil maps (--map-sets 2) cannot be judged by hidden measurements',
        });
      }
      const image = backend.field(operator.domain);
      const projected = backend.field(operator.range);
      try {
        await backend.write(
          image,
          volume.data.map((value) => (value - map.offset) / map.scale),
        );
        operator.apply(image, projected);
        // an offset of the image is in y already: the difference is the same
        backend.lincomb(projected, [norm * scale, projected], [-norm * scale, y]);
        const difference = await backend.read(projected);
        return {
          predicted: difference.map((d, n) => d + scan.data[n]),
          measured: scan.data,
          shape: scan.shape,
        };
      } finally {
        image.dispose();
        projected.dispose();
      }
    },
    ...noiseOf(scan),
    dispose() {
      y.dispose();
      operator.dispose();
    },
  };
}

const noiseOf = ({ noise }: Measurement): { noiseStd?: number } => (noise.type === 'gaussian' ? { noiseStd: noise.std } : {});
