import type { ArrayData } from '../../../core/array.js';
import type { Hdf5File } from '../hdf5/hdf5.js';
import { eachAcquisition, type Acquisition } from './records.js';
import type { Selection } from './select.js';
import type { MrHeader } from '../support/mr-header.js';

/** The least number of averages; tells where they differ. */
export function averagesOf(counts: ArrayLike<number>, warnings: string[]): number {
  let [least, most] = [Infinity, 0];
  for (const n of Array.from(counts)) {
    if (n === 0) continue;
    least = Math.min(least, n);
    most = Math.max(most, n);
  }
  if (least < most) warnings.push(`lines were measured ${least} to ${most} times and averaged: their noise differs`);
  return least;
}

/**
 * What a measurement says of its noise scan: the array, and with it `noiseVarianceScale` for the scanner's facts. Both are empty without
 * noise acquisitions.
 */
export function noiseParts(
  noise: ArrayData | undefined,
  { noise: scan, imaging }: Selection,
  header: MrHeader,
  averages: number,
): { readonly arrays: { readonly noiseScan?: ArrayData }; readonly facts: { readonly noiseVarianceScale?: number } } {
  if (!noise) return { arrays: {}, facts: {} };
  return {
    arrays: { noiseScan: noise },
    facts: { noiseVarianceScale: varianceScale(scan, imaging, header, averages) },
  };
}

/** All noise acquisitions one after another, complex [coil, sample]. */
export function noiseScan(
  h5: Hdf5File,
  group: string,
  noise: readonly Acquisition[],
  coils: number,
  warnings: string[],
): ArrayData | undefined {
  const fitting = noise.filter((a) => a.coils === coils);
  if (fitting.length < noise.length) warnings.push('noise acquisitions with another number of coils left out');
  if (fitting.length === 0) return undefined;
  const total = fitting.reduce((sum, a) => sum + a.samples, 0);
  const data = new Float32Array(2 * coils * total);
  const wanted = new Set(fitting.map((a) => a.index));
  let at = 0;
  eachAcquisition(h5, group, (a, samples) => {
    if (!wanted.has(a.index)) return;
    for (let c = 0; c < coils; c++) {
      data.set(samples.subarray(2 * c * a.samples, 2 * (c + 1) * a.samples), 2 * (c * total + at));
    }
    at += a.samples;
  });
  return { data, shape: [coils, total], dtype: 'complex64' };
}

/**
 * Variance of the noise in the data over that in the noise scan: proportional to the bandwidth (1 / dwell time), smaller for averages. The
 * receiver's filter lowers the noise of the scan to `relativeReceiverNoiseBandwidth` of what its bandwidth would give.
 */
function varianceScale(noise: readonly Acquisition[], imaging: readonly Acquisition[], header: MrHeader, averages: number): number {
  const [scan, data] = [noise[0].dwell, imaging[0].dwell];
  const ratio = scan > 0 && data > 0 ? scan / data : 1;
  return ratio / (header.relativeNoiseBandwidth ?? 1) / averages;
}
