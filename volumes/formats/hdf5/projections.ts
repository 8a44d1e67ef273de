import { checkMeasurement } from '../../finite.js';
import { gridFor } from '../../kinds/radon/geometry.js';
import { repairWarnings, type FlatField } from '../../kinds/radon/projections.js';
import { isVolumetric } from '../../kinds/radon/schema.js';
import type { Geometry, Measurement, MeasurementKind } from '../../measurement.js';
import type { NumericArray } from '../../raw-array.js';
import type { ScanOptions } from '../../scan-options.js';

/** Projections as a file of a synchrotron or laboratory scanner has them. */
export interface ProjectionScan {
  readonly kind: MeasurementKind;
  readonly geometry: Geometry;
  readonly size: { readonly views: number; readonly rows: number; readonly columns: number };
  readonly field: FlatField;
  /** Pieces of the frames, in order: how many, and raw values [frame, row, column]. Views are counted over all pieces. */
  frames(): Iterable<{ readonly count: number; readonly raw: NumericArray }>;
  readonly pitchKnown: boolean;
  readonly options: ScanOptions;
  readonly meta: Measurement['meta'];
  readonly warnings: string[];
}

/**
 * Corrects projections by flats and darks and puts them in the order of the kind: [slice = row, view, detector], for cone beam [view, row,
 * column].
 * @throws SlicewiseError NOT_FINITE
 */
export function measurementOfProjections(scan: ProjectionScan): Measurement {
  const { kind, geometry, size, field, options, warnings } = scan;
  const { views, rows, columns } = size;
  const cone = isVolumetric(kind);
  const data = new Float32Array(views * rows * columns);
  const line = new Float32Array(rows * columns);
  let view = 0;
  for (const { count, raw } of scan.frames()) {
    for (let i = 0; i < count; i++, view++) {
      field.correct(raw, i * rows * columns, line);
      for (let row = 0; row < rows; row++) {
        const at = cone ? view * rows + row : row * views + view;
        data.set(line.subarray(row * columns, (row + 1) * columns), at * columns);
      }
    }
  }
  warnings.push(...repairWarnings(field.repairs, data.length));
  return checkMeasurement({
    kind,
    data,
    shape: cone ? [views, rows, columns] : [rows, views, columns],
    dtype: 'float32',
    geometry,
    noise: { type: 'unknown' },
    grid: gridFor(kind, geometry, rows, { units: scan.pitchKnown ? '1/mm' : 'arbitrary', ...options.grid }),
    meta: { ...scan.meta, warnings },
  });
}
