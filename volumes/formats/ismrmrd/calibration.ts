import type { ArrayData } from '../../../core/array.js';
import type { Plan } from './ismrmrd.js';
import type { Acquisition } from './records.js';

/** Fields of view that differ by less are the same: k-space is sampled at the same distances. */
const SAME_FIELD = 0.01;

/**
 * Lines of a calibration scan on the matrix of the image, zero elsewhere; undefined where there are none, or they do not fit. Such a scan
 * may have an encoding of its own, with other counters and fewer lines; its field of view must be that of the image, or its samples would
 * lie between those of the grid.
 * @param read puts acquisitions on the grid
 */
export function calibrationScan(
  plan: Plan,
  calibration: readonly Acquisition[],
  warnings: string[],
  read: (plan: Plan, wanted: ReadonlySet<number>) => Float32Array,
): ArrayData | undefined {
  if (calibration.length === 0) return undefined;
  const fits = (a: Acquisition): boolean =>
    a.coils === plan.coils &&
    plan.place.has(a.counters.slice) &&
    a.samples - a.discardPre - a.discardPost <= plan.length &&
    headerOf(plan, a.encoding) !== undefined;
  const fitting = calibration.filter(fits);
  if (fitting.length === 0) {
    warnings.push(
      `${calibration.length} calibration lines of a separate scan do not fit the image (coils, slices, field of view) and were left out`,
    );
    return undefined;
  }
  // image lines and calibration lines of two encodings would be added up as averages: each has its own
  const encodings = [...new Set(fitting.map((a) => a.encoding))];
  const [encoding] = encodings;
  const lines = fitting.filter((a) => a.encoding === encoding);
  const own = { ...plan, header: headerOf(plan, encoding)!, counts: new Uint16Array(plan.counts.length) };
  const data = read(own, new Set(lines.map((a) => a.index)));
  warnings.push(
    `${lines.length} calibration lines of a separate scan${encoding === 0 ? '' : ' with an encoding of its own'}: coil maps come from them`,
  );
  return { data, shape: [...plan.shape], dtype: 'complex64' };
}

/** The header with the counters of another encoding; undefined where that has another field of view. */
function headerOf({ header }: Plan, encoding: number): Plan['header'] | undefined {
  if (encoding === 0) return header;
  const other = header.others[encoding - 1];
  const same = [0, 1].every((a) => other && Math.abs(other.encoded.fieldOfView[a] / header.encoded.fieldOfView[a] - 1) < SAME_FIELD);
  if (!other || !same) return undefined;
  const center = Math.floor(other.encoded.matrix[1] / 2);
  return { ...header, limits: { kspace_encoding_step_1: { minimum: 0, maximum: 2 * center, center }, ...other.limits } };
}
