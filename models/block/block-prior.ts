import type { Field, MemoryPlan } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, describeSpace, type Space } from '../../core/space.js';
import { checkSigma } from '../card/card.js';
import type { DenoisedImages, Fit } from '../fit.js';
import { describeGuide, guidePlanes, type GuideSpec } from '../guide.js';
import type { DenoiseOptions, PriorRange } from '../prior.js';
import { Blend, gather } from './blend.js';
import { inOrder } from './in-order.js';
import type { VariancePrior } from './learned-variance.js';
import { blocksOf, type Block, type Three, type Tiling } from './tiling.js';

/** What is asked of one block. */
export interface BlockCall extends Block {
  /** The planes of the guide in this block. */
  readonly guide: readonly Float32Array[];
  /** Whether v is wanted. */
  readonly variance: boolean;
  /** Which of the `lanes` this is; one call at a time in each. */
  readonly lane: number;
  readonly signal?: AbortSignal;
}

/** D of a block, and v (learned-variance.ts) where it was wanted: C order, shaped like the block. */
export interface BlockAnswer {
  readonly denoised: Float32Array;
  readonly fraction?: Float32Array;
}

/** D(x; σ) of a block [slow trace axis, fast trace axis, time]; `x` is the function's to keep. */
export type BlockDenoiser = (x: Float32Array, sigma: number, call: BlockCall) => BlockAnswer | Promise<BlockAnswer>;

/** What makes a prior of blocks: `blockPrior`. */
export interface BlockPriorOptions {
  readonly name: string;
  readonly range: PriorRange;
  readonly sigma: readonly [min: number, max: number];
  readonly tiling: Tiling;
  readonly guide?: GuideSpec;
  /** Blocks at once. */
  readonly lanes?: number;
  /** Whether it gives v. */
  readonly variance: boolean;
  readonly denoise: BlockDenoiser;
  /** For the manifest, besides name and tiling. */
  readonly describe?: () => { readonly [key: string]: unknown };
  /** What it says of images that it is to denoise; without it any will do. */
  readonly fits?: (images: DenoisedImages) => Fit;
  /** All that it needs, where that is more than the volumes that are cut and blended. */
  readonly bytes?: (space: Space) => MemoryPlan;
  /** Frees what `denoise` keeps. */
  readonly dispose?: () => Promise<void>;
}

/**
 * A denoiser of three-dimensional blocks as a prior of volumes [slow trace axis, fast trace axis, time]: the volume is cut into
 * blocks that overlap, and what they say is blended (blend.ts). On every backend: the volume is read, cut, put together and written
 * by a host step.
 *
 * Blocks are cut at the same places whoever denoises them, and taken up in one order: the result does not depend on `lanes`. It has
 * no noise of its own, so a solver's draws, which are by element of the volume, are the same for all blocks that share an element.
 * @throws SlicewiseError ARGUMENT for a tiling that cannot be
 */
export function blockPrior(options: BlockPriorOptions): VariancePrior {
  const { name, range, tiling, guide, lanes = 1, variance } = options;
  const [sigmaMin, sigmaMax] = options.sigma;
  requireTiling(name, tiling);
  let evaluations = 0;
  let seconds = 0;

  function queue(x: Field, sigma: number, out: Field, fraction: Field | undefined, asked: DenoiseOptions): void {
    checkSigma({ name, sigmaMin, sigmaMax }, sigma);
    const planes = guidePlanes({ name, guide }, x, out, asked.guide);
    if (fraction) guidePlanes({ name, guide }, x, fraction, planes);
    const shape = volumeOf(name, x.space);
    const { signal } = asked;
    evaluations++;
    x.backend.host({
      name: `the prior '${name}'`,
      inputs: [x, ...planes],
      outputs: fraction ? [out, fraction] : [out],
      signal,
      async run([image, ...shown]) {
        const begun = performance.now();
        const blocks = blocksOf(shape, tiling);
        const blend = new Blend(shape, tiling, fraction ? 2 : 1);
        const ask = async (job: number, lane: number): Promise<BlockAnswer> => {
          const block = blocks[job];
          const cut = (volume: Float32Array): Float32Array => gather(volume, shape, block);
          signal?.throwIfAborted();
          return options.denoise(cut(image), sigma, { ...block, guide: shown.map(cut), variance: !!fraction, lane, signal });
        };
        await inOrder(blocks.length, lanes, ask, (job, answer) => {
          const said = fraction ? [answer.denoised, answer.fraction] : [answer.denoised];
          blend.add(
            blocks[job],
            said.map((values) => requireBlock(name, values, blocks[job])),
          );
        });
        seconds += (performance.now() - begun) / 1000;
        return blend.volumes;
      },
    });
  }

  return {
    name,
    sigmaMin,
    sigmaMax,
    range,
    scope: 'volume',
    guide,

    denoise(x, sigma, out, asked: DenoiseOptions = {}) {
      queue(x, sigma, out, undefined, asked);
    },

    ...(variance && {
      denoiseWithVariance(x: Field, sigma: number, out: Field, fraction: Field, asked: DenoiseOptions = {}) {
        queue(x, sigma, out, fraction, asked);
      },
    }),

    fits: options.fits,

    bytes(space: Space): MemoryPlan {
      if (options.bytes) return options.bytes(space);
      // x, D, v and the weights, and the planes of the guide
      const volumes = (variance ? 4 : 3) + (guide?.planes ?? 0);
      return { items: [{ what: `blocks of the prior '${name}'`, bytes: volumes * bytesOf(space) }] };
    },

    describe: () => ({ name, kind: 'blocks', tiling, variance, ...describeGuide(guide), ...options.describe?.() }),

    get evaluations() {
      return evaluations;
    },

    runtimeSeconds: async () => seconds,

    dispose: async () => options.dispose?.(),
  } as VariancePrior;
}

/** @throws SlicewiseError ARGUMENT */
function requireTiling(name: string, { shape, overlap }: Tiling): void {
  const right = shape.every((n, k) => Number.isInteger(n) && n > 0 && Number.isInteger(overlap[k]) && overlap[k] >= 0 && overlap[k] < n);
  if (shape.length === 3 && overlap.length === 3 && right) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `the tiling of the prior '${name}'`,
    expected: 'three sides, and overlaps from 0 to less than the side',
    got: `sides ${shape.join(', ')}, overlaps ${overlap.join(', ')}`,
  });
}

/** @throws SlicewiseError SHAPE */
function volumeOf(name: string, space: Space): Three {
  if (space.shape.length === 3 && space.dtype === 'float32') return space.shape as unknown as Three;
  throw new SlicewiseError('SHAPE', {
    message: `the prior '${name}' denoises real volumes`,
    expected: 'float32 [slow trace axis, fast trace axis, time]',
    got: describeSpace(space),
  });
}

/** @throws SlicewiseError SHAPE for an answer of another size */
function requireBlock(name: string, values: Float32Array | undefined, { shape: [a, b, c] }: Block): Float32Array {
  if (values?.length === a * b * c) return values;
  throw new SlicewiseError('SHAPE', {
    message: `the prior '${name}' gave a block of another size`,
    expected: `${a} × ${b} × ${c} values`,
    got: values ? `${values.length}` : 'none',
  });
}
