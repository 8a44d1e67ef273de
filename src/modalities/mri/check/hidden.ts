import { SlicewiseError } from '../../../../core/errors.js';
import { drawEvenly } from '../../../../operators/patterns/draws.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { HIDDEN_DRAW, type HeldOut } from '../../held-out.js';
import { maskOf } from '../stages.js';

/** Share of the samples that is hidden, and of the strongest ones that never are. */
const [SHARE, STRONG] = [0.2, 0.3];
/** Samples that must be measured at least. */
const FEWEST = 100;

/**
 * Samples to hide, wherever DC lies: the strongest, which total variation says little of and which would decide alone, stay. So all
 * readings can be tried by the same samples. Single ones, of measured lines too: which reading is right is asked, not which method.
 * @returns 1 for what is hidden, [ky, kx]
 * @throws SlicewiseError ARGUMENT where too little was measured
 */
export function weakSamples(scan: Measurement): Uint8Array {
  const [slices, coils, ny, nx] = scan.shape;
  const mask = maskOf(scan);
  const size = ny * nx;
  const masks = mask.data.length / size;
  const energy = new Map<number, number>();
  for (let at = 0; at < size; at++) {
    if (!Array.from({ length: masks }, (_, m) => mask.data[m * size + at]).every((m) => m > 0)) continue;
    let sum = 0;
    for (let plane = 0; plane < slices * coils; plane++) {
      const n = 2 * (plane * size + at);
      sum += scan.data[n] ** 2 + scan.data[n + 1] ** 2;
    }
    energy.set(at, sum);
  }
  if (energy.size < FEWEST) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'too little was measured to hide any of it',
      expected: `at least ${FEWEST} samples that all slices have`,
      got: `${energy.size}`,
    });
  }
  const order = [...energy].sort((a, b) => b[1] - a[1]).map(([at]) => at);
  const weak = order.slice(Math.ceil(STRONG * order.length)).sort((a, b) => a - b);
  const gone = new Uint8Array(size);
  for (const at of drawEvenly(weak, Math.round(SHARE * weak.length), 0, HIDDEN_DRAW)) gone[at] = 1;
  return gone;
}

/** The scan without those samples. */
export function hiding(scan: Measurement, gone: Uint8Array): HeldOut {
  const mask = maskOf(scan);
  const size = gone.length;
  const hidden = gone.reduce((sum, one) => sum + one, 0);
  return {
    scan: {
      ...scan,
      data: scan.data.map((value, n) => (gone[(n >> 1) % size] ? 0 : value)),
      arrays: { ...scan.arrays, mask: { ...mask, data: mask.data.map((m, n) => (gone[n % size] ? 0 : m)) } },
    },
    hidden: (shape) => Uint8Array.from({ length: shape.reduce((a, n) => a * n, 1) }, (_, n) => gone[n % size]),
    count: hidden,
    of: mask.data.subarray(0, size).reduce((sum, one) => sum + Number(one > 0), 0),
  };
}
