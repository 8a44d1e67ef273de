import type { Measurement } from '../../../../volumes/measurement.js';
import type { Alternative } from '../../alternatives.js';
import { hiding, weakSamples } from './hidden.js';
import { strongestPlanes } from './reduced.js';

/** k-space has at least so many samples along either axis, and a scan at most so many coils; else axes may be exchanged. */
const [FEWEST, MOST] = [24, 64];
const NAMES = ['slice', 'coil', 'ky', 'kx'];

/** Axes exchanged, where what was read has sizes that k-space hardly has, and the other way round it has not. */
export function exchangedAxes(scan: Measurement): Alternative[] {
  const usual = (shape: readonly number[]): boolean => Math.min(shape[2], shape[3]) >= FEWEST && shape[1] <= MOST;
  if (usual(scan.shape)) return [];
  return [0, 1].flatMap((few) =>
    [2, 3].flatMap((many) => {
      const size = [...scan.shape];
      [size[few], size[many]] = [size[many], size[few]];
      if (!usual(size)) return [];
      const order = NAMES.map((name, n) => (n === few ? NAMES[many] : n === many ? NAMES[few] : name));
      const shown = order.filter((_, n) => scan.shape[n] > 1).join(',');
      const read = NAMES.filter((_, n) => scan.shape[n] > 1).join(',');
      const other = strongestPlanes(exchanged(scan, few, many, size));
      return [
        {
          what: `${NAMES[few]}s and ${NAMES[many]} exchanged`,
          mend: `--axes ${shown} of an array that was read as ${read}`,
          scan: other,
          trials: [hiding(other, weakSamples(other))],
        },
      ];
    }),
  );
}

/** The mask follows the samples that are 0 in all coils. */
function exchanged(scan: Measurement, a: number, b: number, size: readonly number[]): Measurement {
  const { shape } = scan;
  const data = new Float32Array(scan.data.length);
  const index = [0, 0, 0, 0];
  for (let at = 0; at < data.length; at += 2) {
    let rest = at / 2;
    for (let axis = 3; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    [index[a], index[b]] = [index[b], index[a]];
    const to = 2 * (((index[0] * size[1] + index[1]) * size[2] + index[2]) * size[3] + index[3]);
    data[to] = scan.data[at];
    data[to + 1] = scan.data[at + 1];
  }
  return {
    ...scan,
    data,
    shape: size,
    arrays: { mask: measuredMask(data, size) },
    grid: { ...scan.grid, shape: [size[0], size[2], size[3]] },
  };
}

function measuredMask(
  data: Float32Array,
  [slices, coils, ny, nx]: readonly number[],
): { data: Float32Array; shape: number[]; dtype: 'float32' } {
  const mask = new Float32Array(ny * nx);
  for (let n = 0; n < slices * coils * ny * nx; n++) if (data[2 * n] !== 0 || data[2 * n + 1] !== 0) mask[n % (ny * nx)] = 1;
  return { data: mask, shape: [1, ny, nx], dtype: 'float32' };
}
