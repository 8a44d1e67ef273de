import type { MemoryPlan } from '../../compute/backend.js';
import { slabLayout } from '../../compute/cpu/layout.js';
import { bytesOf, slicesOf, type Space } from '../../core/space.js';
import type { BlockCard } from '../card/block-card.js';
import type { Card } from '../card/card.js';
import { conditionPlanes, imageSide, outputPlanes } from '../card/graph-check.js';

/** ONNX Runtime's library, and a session without its weights. */
const RUNTIME = 40e6;
const SESSION = 8e6;

/** Copies of the weights that a worker holds at most: the message, ONNX Runtime's tensors and their packed form while it loads. */
const COPIES = 4;

/** Bytes of a parameter. Integer networks keep biases and a few layers in float; half floats become floats where the CPU has no kernel. */
const WIDTH = { float32: 4, float16: 4, int8: 1.25 } as const;

/**
 * Bytes that one evaluation holds for a pixel, as a multiple of √parameters (both grow with the width of the network): U-Nets trained here
 * work on half the pixel grid, those of other families on all of it. Measured on the CPU at 256² to 512² (on WebGPU, at 32² to 96², ct
 * takes 100 to 200): 264 bytes for 1.4 M parameters and 241 for 3.2 M on half the grid (178 as int8, counted like float), 1.1 √p to 1.5 √p
 * for 3 M, 21 M and 86 M on the full grid.
 */
const HALF_GRID = 0.2;
const FULL_GRID = 1.6;
/** The least figure, and what a second plane of the image, or one of the condition, adds. */
const ACTIVATIONS = 370;
const PLANE = 16;

/**
 * What a derivative takes, as a multiple of what the network does: its graph has turned copies of most weights, and keeps what the network
 * computed until it comes back to it. Measured with `ct` on the CPU at 256² and 512²: 604 to 723 bytes a pixel where ACTIVATIONS says 370.
 */
const DERIVATIVE = { weights: 2, activations: 2 };

/** What the network of a card takes beside the fields, for images of this space; with its derivative where a method asks for that. */
export function networkMemory(card: Card, space: Space, workers: number, batch = 1, derivative = false): MemoryPlan {
  if (card.block) return blockMemory(card, card.block, space, workers);
  const busy = Math.max(1, Math.min(workers, slabLayout(slicesOf(space)).slabs.length));
  const weights = COPIES * WIDTH[card.precision] * card.parameters;
  const images = sliceBytes(card, space) * batch;
  const bytes = RUNTIME + busy * (SESSION + weights + images);
  const items = [{ what: `network '${card.name}' on ${busy} workers`, bytes }];
  if (!derivative) return { items };
  const more = busy * (SESSION + DERIVATIVE.weights * weights + DERIVATIVE.activations * images);
  return { items: [...items, { what: `derivative of '${card.name}' on ${busy} workers`, bytes: more }] };
}

/** One block a worker, and the volumes that are cut and blended on the main thread: x, D, v, weights, the guide. */
function blockMemory(card: Card, { shape }: BlockCard, space: Space, workers: number): MemoryPlan {
  const session = SESSION + COPIES * WIDTH[card.precision] * card.parameters;
  const block = shape.reduce((n, side) => n * side, 1) * activationBytes(card);
  const volumes = (4 + conditionPlanes(card)) * bytesOf(space);
  const bytes = RUNTIME + workers * (session + block) + volumes;
  return { items: [{ what: `network of blocks '${card.name}' on ${workers} workers`, bytes }] };
}

function activationBytes(card: Card): number {
  const { activationBytes: stated, parameters, parametrisation, channels } = card;
  const grid = parametrisation.kind === 'edm' ? HALF_GRID : FULL_GRID;
  return (stated ?? Math.max(ACTIVATIONS, grid * Math.sqrt(parameters))) + PLANE * (channels - 1 + conditionPlanes(card));
}

/** Bytes of activations that a network on WebGPU may take where nobody says how many slices it gets at once. */
const BUDGET = 2 ** 29;

/**
 * Slices that a network on WebGPU takes at once: as many as fit the budget, and so that no tensor exceeds what the device binds; calls are
 * made equally large, since every size is kept apart by ONNX Runtime.
 * @param limits the device's
 */
export function gpuNetworkBatch(
  card: Card,
  space: Space,
  limits: { readonly maxStorageBufferBindingSize: number },
  derivative = false,
): number {
  const slice = sliceBytes(card, space) * (derivative ? DERIVATIVE.activations : 1);
  const most = Math.max(1, Math.floor(Math.min(BUDGET, limits.maxStorageBufferBindingSize) / slice));
  const slices = slicesOf(space);
  return Math.ceil(slices / Math.ceil(slices / most));
}

/** ONNX Runtime compiled from WebAssembly and started (measured in Node 20), and copies of the weights there while a session opens. */
const WEB_RUNTIME = 250e6;
const WEB_COPIES = 2;

/**
 * What the network of a card takes on a WebGPU device, images in and out included, and on the host.
 * @param further there is a network before it, which brought ONNX Runtime along
 */
export function gpuNetworkMemory(
  card: Card,
  space: Space,
  batch: number,
  derivative = false,
  further = false,
): { device: MemoryPlan; host: MemoryPlan } {
  const [, rows, columns] = space.shape;
  const planes = card.channels + conditionPlanes(card) + outputPlanes(card);
  const images = batch * planes * imageSide(rows, card) * imageSide(columns, card) * 4;
  const weights = WIDTH[card.precision] * card.parameters;
  const what = `network '${card.name}', ${batch} ${batch === 1 ? 'slice' : 'slices'} at once`;
  const activations = batch * sliceBytes(card, space);
  const more = DERIVATIVE.weights * weights + DERIVATIVE.activations * activations;
  return {
    device: {
      items: [
        { what, bytes: weights + activations + images },
        ...(derivative ? [{ what: `derivative of '${card.name}'`, bytes: more }] : []),
      ],
    },
    host: {
      items: [
        {
          what: further ? `weights of '${card.name}'` : 'ONNX Runtime for WebGPU',
          bytes: (further ? 0 : WEB_RUNTIME) + WEB_COPIES * weights * (derivative ? 1 + DERIVATIVE.weights : 1),
        },
      ],
    },
  };
}

/** Activations of one slice. */
function sliceBytes(card: Card, { shape: [, rows, columns] }: Space): number {
  return activationBytes(card) * imageSide(rows, card) * imageSide(columns, card);
}
