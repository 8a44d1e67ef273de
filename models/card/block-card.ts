import * as z from 'zod';
import type { CardProblem } from './card-problems.js';

const three = (item: z.ZodInt) => z.tuple([item, item, item]);

/**
 * Of a network of three-dimensional blocks [slow trace axis, fast trace axis, time]: its graph has images [N, planes, A, B, C] in
 * place of [N, planes, H, W]. A volume is cut into blocks, which are blended (models/block). `plane`, `sizeMultiple` and
 * `spacingMm` mean nothing for it.
 */
export const blockSchema = z.strictObject({
  shape: three(z.int().positive()).describe('largest block'),
  overlap: three(z.int().nonnegative()).describe('how far neighbouring blocks overlap at least'),
  multiple: three(z.int().positive())
    .default([1, 1, 1])
    .describe('numbers that the sides of the graph’s blocks must be multiples of; smaller volumes are padded with 0'),
});

export type BlockCard = z.output<typeof blockSchema>;

/** What fields of `block` say against each other. */
export function blockProblems({ shape, overlap, multiple }: BlockCard): CardProblem[] {
  const problems: CardProblem[] = [];
  if (overlap.some((n, axis) => n >= shape[axis])) {
    problems.push({ field: 'block.overlap', text: `expected less than the block, ${shape.join(', ')}, got ${overlap.join(', ')}` });
  }
  if (shape.some((n, axis) => n % multiple[axis] !== 0)) {
    problems.push({ field: 'block.shape', text: `expected multiples of ${multiple.join(', ')}, got ${shape.join(', ')}` });
  }
  return problems;
}
