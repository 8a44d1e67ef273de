import { SlicewiseError } from '../../core/errors.js';
import type { Field, MemoryPlan } from '../../compute/backend.js';
import { componentsOf, describeSpace, type Space } from '../../core/space.js';
import { checkSigma, type Card } from '../card/card.js';
import { atWholeStep, precondition, type Precondition } from './precondition.js';
import { cardFit } from '../card/card-fit.js';
import type { DenoisedImages, Fit } from '../fit.js';
import { describeGuide, guidePlanes, type GuideSpec } from '../guide.js';
import type { DenoiseOptions, Prior } from '../prior.js';

/** One denoising of all slices. */
export interface NetworkJob extends Precondition {
  readonly from: Field;
  /** May be the same. */
  readonly to: Field;
  /** 2 for complex images. */
  readonly planes: 1 | 2;
  /** Radians that complex images are turned by before the network, and back after. */
  readonly phase: number;
  /** The condition of a guided network, plane by plane. */
  readonly guide: readonly Field[];
  /** g of D = g + D′(x − g), one of `guide`. */
  readonly centre?: Field;
  /** v, where Jᴴ v is wanted in place of D: skip · v + out · (∂F/∂x)ᴴ v. May be the same as `to`. */
  readonly cotangent?: Field;
}

/** A learned prior: the network of a card. What runs it is the backend's: network-cpu.ts, network-webgpu.ts. */
export abstract class NetworkPrior implements Prior {
  readonly name: string;
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  readonly range: Card['range'];
  readonly guide?: GuideSpec;
  /** Network evaluations of whole volumes so far. */
  evaluations = 0;
  /** Products with Jᴴ so far. */
  products = 0;
  /** As `Prior.vjp`; of networks that were opened with their derivative. */
  readonly vjp?: Prior['vjp'];
  /** Real images went through a network for complex ones. */
  #realImages = false;

  constructor(
    readonly card: Card,
    differentiable: boolean,
  ) {
    this.name = card.name;
    this.sigmaMin = card.sigmaMin;
    this.sigmaMax = card.sigmaMax;
    this.range = card.range;
    this.guide = card.guide;
    if (differentiable) {
      this.vjp = (x, sigma, v, out, options) => {
        const job = this.#job(x, sigma, out, options);
        this.queue({ ...job, out: job.out * job.input, cotangent: v });
        this.products++;
      };
    }
  }

  /**
   * out ← D(x; sigma). Complex images need a prior of 2 channels. Real ones go through such a prior with an imaginary part of 0, and the
   * real part of what comes out is kept. The planes of a guide go through it alike, turned by the phase too.
   */
  denoise(x: Field, sigma: number, out: Field, options?: DenoiseOptions): void {
    this.queue(this.#job(x, sigma, out, options));
    this.evaluations++;
  }

  #job(x: Field, sigma: number, out: Field, { phase = 0, guide }: DenoiseOptions = {}): NetworkJob {
    checkSigma(this, sigma);
    const { space } = x;
    const { channels, parametrisation, noiseType, guide: wanted } = this.card;
    const planes = componentsOf(space);
    if (space.shape.length !== 3) {
      throw new SlicewiseError('SHAPE', {
        message: `the prior '${this.name}' denoises images`,
        expected: '[slice, y, x]',
        got: describeSpace(space),
      });
    }
    if (planes > channels) {
      throw new SlicewiseError('SHAPE', {
        message:
          `the prior '${this.name}' knows real images (1 channel) and cannot denoise complex ones: their noise is in two ` +
          `channels, and a magnitude has no phase to give back`,
        expected: 'a real image [slice, y, x]',
        got: describeSpace(space),
        hint: 'use a prior whose card says "channels": 2',
      });
    }
    const shown = guidePlanes(this, x, out, guide);
    const centre = wanted?.centre === undefined ? undefined : shown[wanted.centre];
    this.#realImages ||= planes < channels;
    const numbers = noiseType === 'int64' ? atWholeStep(this.card, sigma) : precondition(parametrisation, sigma);
    return { from: x, to: out, planes, phase: planes === 2 ? phase : 0, guide: shown, centre, ...numbers };
  }

  fits(images: DenoisedImages): Fit {
    return cardFit(this.card, images);
  }

  /** Queues one denoising, or one product with Jᴴ. */
  protected abstract queue(job: NetworkJob): void;

  /** Seconds inside ONNX Runtime so far: summed over workers, or on the GPU. */
  abstract runtimeSeconds(): Promise<number>;

  abstract bytes(space: Space): MemoryPlan;

  describe(): { readonly [key: string]: unknown } {
    const { name, version, sha256, parametrisation, channels, precision, derivedFrom } = this.card;
    return {
      name,
      version,
      sha256,
      parametrisation,
      channels,
      precision,
      ...(derivedFrom && { derivedFrom }),
      ...describeGuide(this.guide),
      ...(this.#realImages && { realImages: 'imaginary part 0, real part kept' }),
      ...(this.vjp && { derivative: 'of its own graph' }),
      ...this.how(),
    };
  }

  /** For the manifest: what runs the network, and how many slices at once. */
  protected abstract how(): { readonly [key: string]: unknown };

  /** Ends the sessions. */
  abstract dispose(): Promise<void>;
}
