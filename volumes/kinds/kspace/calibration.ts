import { spacingOf } from '../../../core/placement.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Measurement } from '../../measurement.js';
import { CARTESIAN } from './schema.js';

/** Fields of view that differ by less are the same. */
const SAME_FIELD = 0.01;

/**
 * The scan with k-space of a calibration scan of its own beside it, from which coil maps are made: its samples about the centre of the
 * scan's matrix, zeros elsewhere. Its matrix may be smaller or larger; coils, slices and field of view are those of the scan.
 * @param name of the file, for people
 * @throws SlicewiseError SHAPE (coils, slices), GEOMETRY (another field of view, not on a grid)
 */
export function withCalibration(scan: Measurement, from: Measurement, name: string): Measurement {
  if (from.kind !== CARTESIAN || from.geometry.readout !== scan.geometry.readout) {
    throw new SlicewiseError('GEOMETRY', {
      message: `the calibration scan ${name}`,
      expected: `k-space on a grid, read out along ${String(scan.geometry.readout)}`,
      got: from.kind === CARTESIAN ? `read out along ${String(from.geometry.readout)}` : from.kind,
    });
  }
  const [slices, coils, ny, nx] = scan.shape;
  const [ownSlices, ownCoils, height, width] = from.shape;
  if (ownSlices !== slices || ownCoils !== coils) {
    throw new SlicewiseError('SHAPE', {
      message: `the calibration scan ${name} does not fit the scan`,
      expected: `${slices} slices, ${coils} coils`,
      got: `${ownSlices} slices, ${ownCoils} coils`,
      hint: 'the same slices and coils must have been measured; --select takes one of several',
    });
  }
  requireSameField(scan, from, name);
  const data = new Float32Array(2 * slices * coils * ny * nx);
  const [rows, columns] = [Math.min(ny, height), Math.min(nx, width)];
  const half = (n: number): number => Math.floor(n / 2);
  for (let plane = 0; plane < slices * coils; plane++) {
    for (let y = -half(rows); y < rows - half(rows); y++) {
      const at = 2 * ((plane * height + half(height) + y) * width + half(width) - half(columns));
      const to = 2 * ((plane * ny + half(ny) + y) * nx + half(nx) - half(columns));
      data.set(from.data.subarray(at, at + 2 * columns), to);
    }
  }
  const warnings = [...(scan.meta.warnings ?? []), `coil maps come from the calibration scan ${name} (${height} × ${width})`];
  return {
    ...scan,
    arrays: { ...scan.arrays, calibration: { data, shape: [...scan.shape], dtype: 'complex64' } },
    meta: { ...scan.meta, warnings },
  };
}

/** Only where both files say their voxel size. */
function requireSameField(scan: Measurement, from: Measurement, name: string): void {
  const unknown = ({ meta }: Measurement): boolean => (meta.warnings ?? []).some((text) => text.includes('no voxel size'));
  if (unknown(scan) || unknown(from)) return;
  const field = ({ grid }: Measurement): number[] => {
    const [x, y] = spacingOf(grid, 'mm');
    return [x * grid.shape[2], y * grid.shape[1]];
  };
  const [wanted, got] = [field(scan), field(from)];
  if (wanted.every((mm, a) => Math.abs(got[a] / mm - 1) < SAME_FIELD)) return;
  const text = (mm: readonly number[]): string => `${mm.map((v) => Number(v.toPrecision(5))).join(' × ')} mm`;
  throw new SlicewiseError('GEOMETRY', {
    message: `the calibration scan ${name} has another field of view`,
    expected: text(wanted),
    got: text(got),
    hint: 'its samples lie at other distances in k-space: make coil maps of it apart, and give them with --maps',
  });
}
