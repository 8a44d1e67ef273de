import { SlicewiseError } from '../../core/errors.js';
import type { CpuBackend } from '../../compute/cpu/backend.js';
import { blockPrior, type BlockDenoiser } from '../block/block-prior.js';
import type { VariancePrior } from '../block/learned-variance.js';
import type { Three } from '../block/tiling.js';
import type { BlockCard } from '../card/block-card.js';
import type { Card } from '../card/card.js';
import { cardFit } from '../card/card-fit.js';
import { outputPlanes } from '../card/graph-check.js';
import { networkId } from './network-id.js';
import { networkMemory } from './network-memory.js';
import type { LoadNetwork } from './onnx.js';
import type { RunBlock } from './onnx-blocks.js';
import { atWholeStep, precondition } from './precondition.js';
import type { Provider } from './provider.js';

/**
 * The network of a card with `block`, on the CPU backend's workers: one session of one thread a worker, which get blocks in turn.
 * On the main thread volumes are cut, padded with 0 (x after its scaling) and blended (models/block).
 *
 *     D = g + skip (x − g) + out F₀(input (x − g), c, noise)     g the card's `centre`, 0 without it
 *     v = (F₁ + 1)/2                                             of cards with 'mean-variance'
 *
 * v is as the network gives it, so a little beyond 0 … 1 here and there (as in the released code of Nichol & Dhariwal).
 * @throws SlicewiseError ARGUMENT for another provider than the CPU, RUNTIME_MISSING, MODEL
 */
export async function blockNetworkPrior(
  card: Card & { readonly block: BlockCard },
  weights: Uint8Array,
  backend: CpuBackend,
  provider: Provider = 'cpu',
): Promise<VariancePrior> {
  const { name, inputs, output, channels, outputChannels, noiseType, sizeMultiple, guide, block } = card;
  if (provider !== 'cpu') {
    throw new SlicewiseError('ARGUMENT', {
      message: `the network of blocks '${name}' runs on the CPU`,
      expected: "the provider 'cpu'",
      got: `'${provider}'`,
    });
  }
  if (backend.workers === 0) {
    throw new SlicewiseError('BACKEND', {
      message: 'networks run on worker threads only',
      hint: 'give the backend at least one worker',
    });
  }
  const id = networkId();
  const graph = { name, inputs, output, channels, outputChannels, noiseType, sizeMultiple, guide, block };
  const load: LoadNetwork = { id, weights, provider, ...graph };
  await backend.service('network.load', load);
  const variance = outputPlanes(card) === 2;

  const denoise: BlockDenoiser = async (x, sigma, { shape, guide: planes, lane, variance: wanted }) => {
    const numbers = noiseType === 'int64' ? atWholeStep(card, sigma) : precondition(card.parametrisation, sigma);
    const centre = guide?.centre === undefined ? undefined : planes[guide.centre];
    const about = centre ? x.map((value, i) => value - centre[i]) : x;
    const padded = shape.map((n, axis) => Math.ceil(n / block.multiple[axis]) * block.multiple[axis]) as unknown as Three;
    const run: RunBlock = {
      id,
      shape: padded,
      x: extended([about], shape, padded, numbers.input),
      condition: extended(planes, shape, padded, 1),
      noise: numbers.noise,
    };
    const answer = (await backend.serviceOf(lane, 'network.block', run)) as Float32Array;
    const f = cut(answer, 0, shape, padded);
    const denoised = f.map((value, i) => (centre?.[i] ?? 0) + numbers.skip * about[i] + numbers.out * value);
    return wanted ? { denoised, fraction: cut(answer, 1, shape, padded).map((v) => (v + 1) / 2) } : { denoised };
  };

  return blockPrior({
    name,
    range: card.range,
    sigma: [card.sigmaMin, card.sigmaMax],
    tiling: block,
    guide,
    lanes: backend.workers,
    variance,
    denoise,
    describe: () => ({ version: card.version, sha256: card.sha256, parametrisation: card.parametrisation.kind, provider }),
    fits: (images) => cardFit(card, images),
    bytes: (space) => networkMemory(card, space, backend.workers),
    dispose: async () => {
      await backend.service('network.release', id);
    },
  });
}

/** Blocks one after the other, scaled and extended with 0 at the ends of their axes. */
function extended(blocks: readonly Float32Array[], [a, b, c]: Three, [A, B, C]: Three, scale: number): Float32Array {
  const out = new Float32Array(blocks.length * A * B * C);
  blocks.forEach((block, p) => {
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++) {
        const [from, to] = [(i * b + j) * c, ((p * A + i) * B + j) * C];
        for (let k = 0; k < c; k++) out[to + k] = scale * block[from + k];
      }
    }
  });
  return out;
}

/** Plane p of what the network gave, without what was added. */
function cut(answer: Float32Array, p: number, [a, b, c]: Three, [A, B, C]: Three): Float32Array {
  const out = new Float32Array(a * b * c);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = ((p * A + i) * B + j) * C;
      out.set(answer.subarray(from, from + c), (i * b + j) * c);
    }
  }
  return out;
}
