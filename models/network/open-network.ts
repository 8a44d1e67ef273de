import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { CpuBackend } from '../../compute/cpu/backend.js';
import type { BlockCard } from '../card/block-card.js';
import type { Card } from '../card/card.js';
import type { Prior } from '../prior.js';
import { blockNetworkPrior } from './block-network.js';
import { networkPrior, type NetworkOptions } from './network-prior.js';

/** Whether a card is one of a network of blocks. */
export const isOfBlocks = (card: Card): card is Card & { readonly block: BlockCard } => card.block !== undefined;

/**
 * The prior of a card, of slices or of blocks.
 * @throws SlicewiseError ARGUMENT, RUNTIME_MISSING, MODEL; BACKEND for blocks on another backend than the CPU
 */
export async function openNetwork(card: Card, weights: Uint8Array, backend: Backend, options: NetworkOptions = {}): Promise<Prior> {
  if (!isOfBlocks(card)) return networkPrior(card, weights, backend, options);
  if (options.derivative) {
    throw new SlicewiseError('MODEL', {
      message: `the network '${card.name}' works on three-dimensional blocks, whose derivative is not made`,
      expected: 'a network of slices',
      hint: 'use a method that needs no derivative (dds, diffpir, ddnm, seisfusion)',
    });
  }
  if (backend instanceof CpuBackend) return blockNetworkPrior(card, weights, backend, options.provider);
  throw new SlicewiseError('BACKEND', {
    message: `the network '${card.name}' works on three-dimensional blocks, which run on the CPU only`,
    expected: "the backend 'cpu'",
    got: `'${backend.name}'`,
    hint: 'add --backend cpu (in a script: createBackend()), or use a prior of slices',
  });
}
