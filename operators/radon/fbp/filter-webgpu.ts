import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import type { WebGpuField } from '../../../compute/webgpu/field.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import type { DetectorRow } from '../detector-row.js';
import { filterTaps } from './filters.js';
import { filterWgsl } from './filter.wgsl.generated.js';

const filter = kernel({
  name: 'ramp filter',
  code: filterWgsl,
  fields: { data: 'read f32', out: 'write f32' },
  tables: { response: 'read f32', constants: 'read f32', row_weights: 'read f32', slice_weights: 'read f32' },
  params: { measured: 'u32', before: 'u32', bins: 'u32', rows: 'u32', first_slice: 'u32', slice_step: 'u32' },
});

/** Weighting and filtering of detector rows on the GPU. */
export interface RowFilter {
  /** out[slice, row, bin] ← filtered(data[slice, row, measured bin] · weights); `first`: which slice of the weights the first slice is. */
  run(data: WebGpuField, out: WebGpuField, first?: number): void;
  dispose(): void;
}

/**
 * The filter as a sum over the row: bins² products a row instead of a transform, and no padding.
 * @param rowWeights [row][measured bin], for every slice alike
 * @param sliceWeights [slice][measured bin], for every row alike
 */
export function rowFilter(
  gpu: WebGpuBackend,
  { detectorCount: bins, measured, before }: DetectorRow,
  response: Float64Array,
  rowWeights: Float64Array,
  sliceWeights?: Float64Array,
): RowFilter {
  const taps = filterTaps(response, bins);
  const rows = rowWeights.length / measured;
  const tables = {
    response: gpu.table(Float32Array.from(taps), 'the ramp filter'),
    constants: gpu.table(Float32Array.from(sums(taps, bins, measured, before)), 'the ramp filter'),
    row_weights: gpu.table(Float32Array.from(rowWeights), 'weights of the rays'),
    slice_weights: gpu.table(sliceWeights ? Float32Array.from(sliceWeights) : new Float32Array(measured).fill(1), 'weights of the rays'),
  };
  return {
    run(data, out, first = 0) {
      gpu.run(filter, {
        fields: { data, out },
        tables,
        params: { measured, before, bins, rows, first_slice: first, slice_step: sliceWeights ? measured : 0 },
        workgroups: rows * Math.ceil(bins / 256),
      });
    },
    dispose() {
      for (const table of Object.values(tables)) table.dispose();
    },
  };
}

/** What the filter makes of ones in all measured bins, at every bin: Σ_m h(n − m), from running sums of h. */
function sums(taps: Float64Array, bins: number, measured: number, before: number): Float64Array {
  const upTo = new Float64Array(bins + 1); // Σ_{k < n} h(k)
  taps.forEach((h, k) => (upTo[k + 1] = upTo[k] + h));
  return Float64Array.from({ length: bins }, (_, n) => {
    const [low, high] = [n - before - (measured - 1), n - before]; // distances low … high, either of which may be negative
    if (low > 0) return upTo[high + 1] - upTo[low];
    if (high < 0) return upTo[1 - low] - upTo[-high];
    return upTo[high + 1] + upTo[1 - low] - taps[0];
  });
}

/** `pixelMap` with columns, rows and bins counted from the middle: numerator and denominator, four floats each. */
export function centred(map: readonly number[], bins: number, rows: number, columns: number): number[] {
  const middle = (bins - 1) / 2;
  const distance = map.slice(3);
  const bin = map.slice(0, 3).map((value, i) => value - middle * distance[i]);
  const aboutMiddle = ([constant, perColumn, perRow]: number[]): number[] => [
    constant + (perColumn * (columns - 1)) / 2 + (perRow * (rows - 1)) / 2,
    perColumn,
    perRow,
    0,
  ];
  return [...aboutMiddle(bin), ...aboutMiddle(distance)];
}
