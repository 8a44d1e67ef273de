import type { MemoryPlan } from '../compute/backend.js';
import { slabLayout } from '../compute/cpu/layout.js';
import { slicesOf, type Space } from '../core/space.js';
import type { Card } from './card.js';

/** ONNX Runtime's library, and a session without its weights. */
const RUNTIME = 40e6;
const SESSION = 8e6;

/** Copies of the weights that a worker holds at most: the message, ONNX Runtime's tensors and their packed form while it loads. */
const COPIES = 4;

/** Bytes of a parameter. Integer networks keep biases and a few layers in float; half floats become floats where the CPU has no kernel. */
const WIDTH = { float32: 4, float16: 4, int8: 1.25 } as const;

/**
 * Bytes that one evaluation holds for a pixel, as a multiple of √parameters (both grow with the width of the network): U-Nets trained here work
 * on half the pixel grid, those of other families on all of it. Measured on the CPU at 256² to 512²: 264 bytes for 1.4 M parameters and 241 for
 * 3.2 M on half the grid (178 as int8, counted like float), 1.1 √p to 1.5 √p for 3 M, 21 M and 86 M on the full grid.
 */
const HALF_GRID = 0.2;
const FULL_GRID = 1.6;
/** The least figure, and what a second plane of the image adds. */
const ACTIVATIONS = 370;
const PLANE = 16;

/** What the network of a card takes beside the fields, for images of this space. */
export function networkMemory(card: Card, space: Space, workers: number, batch = 1): MemoryPlan {
  const busy = Math.max(1, Math.min(workers, slabLayout(slicesOf(space)).slabs.length));
  const session = SESSION + COPIES * WIDTH[card.precision] * card.parameters;
  const images = imageBytes(card, space) * batch;
  const bytes = RUNTIME + busy * (session + images);
  return { items: [{ what: `network '${card.name}' on ${busy} workers`, bytes }] };
}

function activationBytes({ activationBytes: stated, parameters, parametrisation, channels }: Card): number {
  const grid = parametrisation.kind === 'edm' ? HALF_GRID : FULL_GRID;
  return (stated ?? Math.max(ACTIVATIONS, grid * Math.sqrt(parameters))) + PLANE * (channels - 1);
}

/** Bytes of the GPU that the images of one network call may take; beyond a batch of 16 a GPU hardly gets faster. */
const DEVICE_BUDGET = 2e9;
const DEVICE_BATCH = 16;

/** Slices that a network takes at once on a GPU. */
export function deviceBatch(card: Card, space: Space): number {
  const fitting = Math.floor(DEVICE_BUDGET / imageBytes(card, space));
  return Math.max(1, Math.min(slicesOf(space), DEVICE_BATCH, fitting));
}

/** The same on a GPU: weights and images there; the runtime, and the weights while they load, on the host. */
export function networkDeviceMemory(
  card: Card,
  space: Space,
  batch: number,
): { gpu: MemoryPlan['items']; host: MemoryPlan['items'] } {
  const weights = 4 * card.parameters;
  return {
    gpu: [{ what: `network '${card.name}', ${batch} slices at once`, bytes: weights + batch * imageBytes(card, space) }],
    host: [{ what: 'ONNX Runtime and the weights while they load', bytes: 2 * RUNTIME + COPIES * weights }],
  };
}

/** What one image takes in a network call. */
function imageBytes(card: Card, space: Space): number {
  const [, rows, columns] = space.shape;
  const pad = (side: number): number => Math.ceil(side / card.sizeMultiple) * card.sizeMultiple;
  return activationBytes(card) * pad(rows) * pad(columns);
}
