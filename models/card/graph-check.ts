import { SlicewiseError } from '../../core/errors.js';
import type { Card } from './card.js';

/** What a card says of its graph. */
export type GraphCard = Pick<Card, 'name' | 'inputs' | 'output' | 'channels' | 'outputChannels' | 'noiseType' | 'guide' | 'block'>;

/** An input or output as ONNX Runtime tells it: dynamic axes have names, or none; an unknown shape is empty. */
export interface GraphValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string | undefined)[];
}

/** Planes of the network's output, of which the first `channels` are F. */
export const outputPlanes = (card: Pick<Card, 'channels' | 'outputChannels'>): number =>
  card.channels * (card.outputChannels === 'mean-variance' ? 2 : 1);

/** Planes of the network's condition input; 0 where it has none. */
export const conditionPlanes = ({ guide, channels }: Pick<Card, 'channels' | 'guide'>): number => (guide?.planes ?? 0) * channels;

/** Rows or columns of the images that a network gets, for slices with so many. */
export const imageSide = (side: number, { sizeMultiple }: Pick<Card, 'sizeMultiple'>): number =>
  Math.ceil(side / sizeMultiple) * sizeMultiple;

/**
 * Whether a graph is the one its card describes: image input [N, channels, H, W] and noise input [N], for guided networks a condition input
 * [N, planes · channels, H, W], output [N, planes, H, W], float32 (the noise perhaps int64), N, H, W dynamic, nothing else asked for.
 * Networks of blocks have A, B, C in place of H, W.
 * @throws SlicewiseError MODEL naming every difference
 */
export function checkGraph(card: GraphCard, inputs: readonly GraphValue[], outputs: readonly GraphValue[]): void {
  const { x, noise } = card.inputs;
  const condition = card.guide?.input;
  const wanted = [x, noise, condition];
  const sides = card.block ? ['A', 'B', 'C'] : ['H', 'W'];
  const differences = [
    ...compare('input', x, 'float32', ['N', card.channels, ...sides], inputs),
    ...compare('input', noise, card.noiseType, ['N'], inputs),
    ...(condition === undefined ? [] : compare('input', condition, 'float32', ['N', conditionPlanes(card), ...sides], inputs)),
    ...compare('output', card.output, 'float32', ['N', outputPlanes(card), ...sides], outputs),
    ...inputs
      .filter(({ name }) => !wanted.includes(name))
      .map(({ name }) => `the graph has an input '${name}' that the card does not name`),
  ];
  if (differences.length === 0) return;
  throw new SlicewiseError('MODEL', {
    message: `the network of '${card.name}' is not what its card says: ${differences.join('; ')}`,
    hint:
      `correct the card (inputs, output, channels, outputChannels, noiseType, guide, block), or export the network again with ` +
      `float32 inputs and output and dynamic N, ${sides.slice(0, -1).join(', ')} and ${sides.at(-1)}`,
  });
}

function compare(
  kind: 'input' | 'output',
  name: string,
  type: string,
  shape: readonly (number | string)[],
  values: readonly GraphValue[],
): string[] {
  const found = values.find((v) => v.name === name);
  if (!found) return [`no ${kind} '${name}', the graph has ${values.map((v) => `'${v.name}'`).join(', ') || 'none'}`];
  const expected = `expected ${type} [${shape.join(', ')}]`;
  const got = `${found.type ?? 'no tensor'} [${(found.shape ?? []).map((d) => d || '?').join(', ')}]`;
  const wrong = `${kind} '${name}': ${expected}, got ${got}`;
  if (!found.isTensor || found.type !== type) return [wrong];
  const dimensions = found.shape ?? [];
  if (dimensions.length === 0) return []; // not stated in the graph; what comes out is looked at in every run
  if (dimensions.length !== shape.length) return [wrong];
  const fits = dimensions.every((d, i) => typeof d !== 'number' || d === shape[i]);
  return fits ? [] : [wrong];
}
