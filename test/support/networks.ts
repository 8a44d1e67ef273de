import { readFileSync } from 'node:fs';
import { parseCard, type Card } from '../../models/card/card.js';
import type { ZooEntry } from '../../models/sources/zoo.js';

/** The networks of test/golden/scripts/networks.py: graphs with a closed form, and faulty ones. */
export type NetworkName =
  | 'real' | 'complex' | 'complex-edge' | 'learned-variance' | 'whole-steps'
  | 'not-finite' | 'batch-coupled' | 'shrinks' | 'third-input' | 'fixed-size' | 'no-gpu' | 'shapes'; // prettier-ignore

export const networkFolder = 'test/golden/networks';
export const cardJson = (name: NetworkName): { [field: string]: unknown } =>
  JSON.parse(readFileSync(`${networkFolder}/${name}.json`, 'utf8')) as { [field: string]: unknown };
export const networkWeights = (name: NetworkName): Uint8Array =>
  new Uint8Array(readFileSync(`${networkFolder}/${name}.onnx`));

export function network(name: NetworkName, changes: Partial<Card> = {}): ZooEntry {
  return { card: { ...parseCard(cardJson(name), name), ...changes }, weights: networkWeights(name) };
}

interface ClosedForm {
  readonly w: readonly (readonly number[])[];
  readonly m: number;
  readonly u: readonly number[];
}

/**
 * f[o] = Σ_c W[o][c] x[c] + m mean(padded x[o mod C]) + u[o] t for one image, float64.
 * @param x planes of [rows, columns]
 */
export function closedForm(name: NetworkName, x: readonly Float64Array[], rows: number, columns: number, t: number): Float64Array[] {
  const card = cardJson(name) as unknown as Card & { closedForm: ClosedForm };
  const { w, m, u } = card.closedForm;
  const means = x.map((plane) => paddedMean(plane, rows, columns, card));
  return w.map((row, o) =>
    x[0].map((_, i) => row.reduce((sum, weight, c) => sum + weight * x[c][i], 0) + m * means[o % x.length] + u[o] * t),
  );
} // prettier-ignore

/** Mean over the image extended to multiples of `sizeMultiple`, by zeros or by the last row and column. */
function paddedMean(plane: Float64Array, rows: number, columns: number, { sizeMultiple, padding = 'constant' }: Card): number {
  const [height, width] = [rows, columns].map((n) => Math.ceil(n / sizeMultiple) * sizeMultiple);
  let sum = 0;
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const inside = r < rows && c < columns;
      if (inside || padding === 'edge') sum += plane[Math.min(r, rows - 1) * columns + Math.min(c, columns - 1)];
    }
  }
  return sum / (height * width);
} // prettier-ignore
