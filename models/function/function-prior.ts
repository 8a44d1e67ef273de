import type { Backend, MemoryPlan } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, describeSpace, slicesOf, type Space } from '../../core/space.js';
import { checkSigma } from '../card/card.js';
import type { DenoisedImages, Fit } from '../fit.js';
import { describeGuide, guidePlanes, type GuideSpec } from '../guide.js';
import type { DenoiseOptions, Prior, PriorRange, PriorState } from '../prior.js';
import { arranged, restored, shapeOf, turn, type ComplexLayout } from './complex-layout.js';

/** What a function is told besides images and noise level. */
export interface DenoiseCall {
  /** Which slice of the volume the first image is. */
  readonly first: number;
  /** Step of the run, from 0, where the method says. */
  readonly step?: number;
  /** Steps of the run, where the method says. */
  readonly steps?: number;
  /** Fires when the run is to stop: nobody waits for the result then. */
  readonly signal?: AbortSignal;
  /** Of a guided prior: its planes, each shaped (and turned) like `images`, of the same slices. Yours to change. Without `guide`: none. */
  readonly guide: readonly Float32Array[];
}

/**
 * D(x; σ) of some slices.
 * @param images float32 in C order: [n, rows, columns]; complex images as `FunctionPriorOptions.complex` says. Yours to change
 * @param shape of `images`
 * @param sigma standard deviation of the noise, of the real and of the imaginary part each
 * @returns the denoised images, shaped alike
 */
export type DenoiseFunction = (
  images: Float32Array,
  shape: readonly number[],
  sigma: number,
  call: DenoiseCall,
) => Float32Array | Promise<Float32Array>;

/** A prior by a function. */
export interface FunctionPriorOptions {
  /** For messages and the manifest. Default 'function'. */
  readonly name?: string;
  /** Another version is another prior: checkpoints of the one are refused by the other. */
  readonly version?: string;
  /** Which values are 0 and 1 for the function. */
  readonly range: PriorRange;
  /** Least and greatest noise level that it can be asked for, in its range. */
  readonly sigma: readonly [min: number, max: number];
  readonly denoise: DenoiseFunction;
  /**
   * How it takes complex images. 'interleaved' (without it): [n, rows, columns, 2], real part before imaginary part. 'planes': [n, 2, rows,
   * columns], and real images [n, 1, rows, columns], as networks do. 'refused': not at all.
   */
  readonly complex?: ComplexLayout | 'refused';
  /** 'slice' (without it): every slice is denoised for itself. 'volume': one call with all slices, which may mix. */
  readonly scope?: 'slice' | 'volume';
  /** Slices of one call, 16 without it; the last call may have fewer. */
  readonly batch?: number;
  /** What it is to be shown of the scan in every call (`DenoiseCall.guide`). */
  readonly guide?: GuideSpec;
  /** Says more of what images it is for than the units and `complex` do. */
  readonly fits?: (images: DenoisedImages) => Fit;
  /** What a checkpoint must hold of it: numbers by name. */
  readonly state?: () => PriorState | Promise<PriorState>;
  /** Begins a run: from that state, or afresh. */
  readonly begin?: (state?: PriorState) => void | Promise<void>;
  /** Frees what the function holds. */
  readonly dispose?: () => void | Promise<void>;
}

/**
 * A prior of a plain function, on every backend: a filter, a model of another package, a server that is asked. Slices are read from the
 * device, handed over, and what comes back is written: 2 · 4 bytes a value on the host while it runs.
 *
 * What is thrown or rejected ends the run, with that as its cause; so does what is no array of the right length with finite numbers.
 *
 * @example
 * // the mean of each pixel and its four neighbours, weighed by the noise: a denoiser in ten lines
 * const smooth = functionPrior({
 *   name: 'smooth', range: { unit: 'HU', low: -1000, high: 1000 }, sigma: [0.01, 1],
 *   denoise: async (images, [count, rows, columns], sigma) =>
 *     images.map((value, i) => {
 *       const [r, c] = [Math.floor(i / columns) % rows, i % columns];
 *       const around = [r > 0 ? -columns : 0, r < rows - 1 ? columns : 0, c > 0 ? -1 : 0, c < columns - 1 ? 1 : 0];
 *       const mean = around.reduce((sum, by) => sum + images[i + by], value) / 5;
 *       const weight = sigma ** 2 / (sigma ** 2 + 0.05 ** 2);
 *       return value + weight * (mean - value);
 *     }),
 * });
 * const { volume } = await reconstruct(scan, { method: 'dds', prior: smooth, backend }).result();
 *
 * @throws SlicewiseError ARGUMENT for options that cannot be
 */
export function functionPrior(options: FunctionPriorOptions): Prior {
  requireSound(options);
  const { name = 'function', version, range, sigma, denoise, complex = 'interleaved', scope = 'slice', guide } = options;
  const [sigmaMin, sigmaMax] = sigma;
  const what = `the denoiser '${name}'`;
  const batchOf = (slices: number): number => (scope === 'volume' ? slices : Math.min(slices, options.batch ?? BATCH));
  let used: Backend | undefined;
  let evaluations = 0;
  let seconds = 0;

  return {
    name,
    sigmaMin,
    sigmaMax,
    range,
    scope,
    ...(guide && { guide }),

    denoise(x, level, out, { phase = 0, step, steps, signal, guide: given }: DenoiseOptions = {}) {
      checkSigma({ name, sigmaMin, sigmaMax }, level);
      const { space } = x;
      const isComplex = space.dtype === 'complex64';
      if (isComplex && complex === 'refused') {
        throw new SlicewiseError('SHAPE', { message: `${what} takes real images`, got: describeSpace(space) });
      }
      const layout = complex === 'refused' ? 'interleaved' : complex;
      const planes = guidePlanes({ name, guide }, x, out, given);
      used = x.backend;
      evaluations++;
      x.backend.host({
        name: what,
        inputs: [x, ...planes],
        outputs: [out],
        batch: batchOf(slicesOf(space)),
        signal,
        async run(fields, { first, count }) {
          const shape = shapeOf(space, count, layout);
          const [images, ...shown] = fields.map((values) => {
            if (isComplex && phase !== 0) turn(values, phase);
            return isComplex ? arranged(values, count, layout) : values;
          });
          const begun = performance.now();
          const answer: unknown = await denoise(images, shape, level, { first, step, steps, signal, guide: shown });
          seconds += (performance.now() - begun) / 1000;
          if (!isComplex || !(answer instanceof Float32Array) || answer.length !== images.length) return [answer as Float32Array];
          const denoised = restored(answer, count, layout);
          if (phase !== 0) turn(denoised, -phase);
          return [denoised];
        },
      });
    },

    fits(images): Fit {
      if (images.dtype === 'complex64' && complex === 'refused') {
        const problem = new SlicewiseError('MODEL', {
          message: `${what} does not fit these data`,
          expected: `a prior of complex ${images.modality[0]} images`,
          got: 'one of real images',
        });
        return { problem, warnings: [] };
      }
      if (options.fits) return options.fits(images);
      if (images.units === range.unit) return { warnings: [] };
      const units = `${what} knows images in ${range.unit}, and these are in ${images.units}`;
      return { warnings: [`${units}: they are mapped to its range by a guess`] };
    },

    async begin(state) {
      await used?.flush();
      await options.begin?.(state);
    },

    async state() {
      await used?.flush();
      return (await options.state?.()) ?? {};
    },

    bytes: (space: Space): MemoryPlan => {
      const slices = slicesOf(space);
      const [given, answer] = space.dtype === 'complex64' && complex === 'planes' ? [2, 2] : [1, 1];
      const copies = given * (1 + (guide?.planes ?? 0)) + answer;
      const bytes = (copies * batchOf(slices) * bytesOf(space)) / slices;
      return { items: [{ what: `images of ${what}`, bytes }] };
    },

    describe: () => ({
      ...{ name, version, kind: 'function', code: checksum(denoise.toString()), range, sigma, scope, complex },
      ...describeGuide(guide),
    }),

    get evaluations() {
      return evaluations;
    },

    runtimeSeconds: async () => seconds,

    dispose: async () => options.dispose?.(),
  };
}

/** Slices of a call where nothing is said: a slab of the CPU backend. */
const BATCH = 16;

/** @throws SlicewiseError ARGUMENT naming the option */
function requireSound({ sigma, range, denoise, batch, scope, state, begin, guide }: FunctionPriorOptions): void {
  const wrong = (option: string, expected: string, got: unknown): SlicewiseError =>
    new SlicewiseError('ARGUMENT', { message: `functionPrior: ${option}`, expected, got: String(got) });
  if (typeof denoise !== 'function') throw wrong('denoise', 'a function', denoise);
  const [low, high] = Array.isArray(sigma) ? (sigma as readonly number[]) : [];
  if (!(low >= 0 && high > low)) throw wrong('sigma', '[least, greatest] noise level, 0 ≤ least < greatest', sigma);
  if (!range || !(range.low < range.high)) throw wrong('range', '{ unit, low, high } with low < high', JSON.stringify(range));
  if (batch !== undefined && !(Number.isInteger(batch) && batch > 0)) throw wrong('batch', 'a positive integer', batch);
  if (batch !== undefined && scope === 'volume') throw wrong('batch', "none with scope 'volume', whose calls have all slices", batch);
  if (guide) {
    const { planes, start } = guide;
    if (!(Number.isInteger(planes) && planes > 0)) throw wrong('guide.planes', 'a positive integer', planes);
    if (start && !(Number.isInteger(start.plane) && start.plane >= 0 && start.plane < planes)) {
      throw wrong('guide.start.plane', `a plane from 0 to ${planes - 1}`, start.plane);
    }
  }
  if ((state === undefined) !== (begin === undefined)) {
    throw wrong('state and begin', 'both or neither: what is written into a checkpoint is what a run begins with', 'one of them');
  }
}

/** FNV-1a of a text, 32 bits in hexadecimal: tells one function from another. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
