import { readFileSync } from 'node:fs';
import { parseCard, type Card } from '../../models/card/card.js';
import type { ZooEntry } from '../../models/sources/zoo.js';

/** The networks of test/golden/scripts/networks.py: graphs with a closed form, and faulty ones. */
export type NetworkName =
  | 'real'
  | 'complex'
  | 'complex-edge'
  | 'learned-variance'
  | 'whole-steps'
  | 'guided'
  | 'guided-complex'
  | 'blocks'
  | 'not-finite'
  | 'batch-coupled'
  | 'shrinks'
  | 'third-input'
  | 'fixed-size'
  | 'no-gpu'
  | 'shapes';

export const networkFolder = 'test/golden/networks';
export const cardJson = (name: NetworkName): { [field: string]: unknown } =>
  JSON.parse(readFileSync(`${networkFolder}/${name}.json`, 'utf8')) as { [field: string]: unknown };
export const networkWeights = (name: NetworkName): Uint8Array => new Uint8Array(readFileSync(`${networkFolder}/${name}.onnx`));

export function network(name: NetworkName, changes: Partial<Card> = {}): ZooEntry {
  return { card: { ...parseCard(cardJson(name), name), ...changes }, weights: networkWeights(name) };
}

interface ClosedForm {
  readonly w: readonly (readonly number[])[];
  readonly m: number;
  readonly u: readonly number[];
  /** Of guided ones. */
  readonly v?: readonly (readonly number[])[];
  readonly k?: number;
}

/**
 * f[o] = Σ_c W[o][c] x[c] + m mean(padded x[o mod C]) + u[o] t for one image, float64; of guided networks + Σ_q V[o][q] c[q] + k
 * mean(padded c[o mod Q]).
 * @param x planes of [rows, columns]
 * @param condition likewise
 * @param changes of the card
 */
export function closedForm(
  name: NetworkName,
  x: readonly Float64Array[],
  rows: number,
  columns: number,
  t: number,
  condition: readonly Float64Array[] = [],
  changes: Partial<Card> = {},
): Float64Array[] {
  const card = { ...cardJson(name), ...changes } as unknown as Card & { closedForm: ClosedForm };
  const { w, m, u, v = [], k = 0 } = card.closedForm;
  const [means, shown] = [x, condition].map((planes) => planes.map((plane) => paddedMean(plane, rows, columns, card)));
  const sum = (weights: readonly number[] = [], planes: readonly Float64Array[], i: number): number =>
    weights.reduce((total, weight, c) => total + weight * planes[c][i], 0);
  const ofGuide = (o: number, i: number): number => (v.length > 0 ? sum(v[o], condition, i) + k * shown[o % shown.length] : 0);
  return w.map((row, o) => x[0].map((_, i) => sum(row, x, i) + m * means[o % x.length] + u[o] * t + ofGuide(o, i)));
}

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
}
