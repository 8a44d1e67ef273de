import { SlicewiseError } from '../../core/errors.js';
import type { ConeGeometry, FanGeometry, ParallelGeometry } from '../../volumes/kinds/radon/geometry.js';

/** Offsets may be left out (0); everything else is checked. @throws SlicewiseError GEOMETRY naming the field */
export function requireParallel(geometry: object): ParallelGeometry {
  const g = geometry as Fields;
  return {
    angles: angles(g),
    detectorCount: count(g, 'detectorCount'),
    detectorPitch: length(g, 'detectorPitch'),
    detectorOffset: offset(g, 'detectorOffset'),
  };
}

/** As `requireParallel`, with the two distances of the source. */
export function requireFan(geometry: object): FanGeometry {
  return { ...requireParallel(geometry), ...source(geometry as Fields) };
}

/** As `requireFan`, for a detector of rows and columns. */
export function requireCone(geometry: object): ConeGeometry {
  const g = geometry as Fields;
  return {
    angles: angles(g),
    rows: count(g, 'rows'),
    columns: count(g, 'columns'),
    rowPitch: length(g, 'rowPitch'),
    columnPitch: length(g, 'columnPitch'),
    rowOffset: offset(g, 'rowOffset'),
    columnOffset: offset(g, 'columnOffset'),
    ...source(g),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function angles(g: Fields): number[] {
  const list = g.angles;
  if (Array.isArray(list) && list.length > 0 && list.every((a) => Number.isFinite(a))) return list as number[];
  throw wrong('angles', 'a list of degrees, one per view', list);
}

function count(g: Fields, name: string): number {
  const n = g[name];
  if (typeof n === 'number' && Number.isInteger(n) && n > 0) return n;
  throw wrong(name, 'a positive whole number', n);
}

function length(g: Fields, name: string): number {
  const mm = g[name];
  if (typeof mm === 'number' && Number.isFinite(mm) && mm > 0) return mm;
  throw wrong(name, 'a positive length in mm', mm);
}

function offset(g: Fields, name: string): number {
  const mm = g[name] ?? 0;
  if (typeof mm === 'number' && Number.isFinite(mm)) return mm;
  throw wrong(name, 'a length in mm', mm);
}

function source(g: Fields): { sourceToAxis: number; sourceToDetector: number } {
  const sourceToAxis = length(g, 'sourceToAxis');
  const sourceToDetector = length(g, 'sourceToDetector');
  if (sourceToDetector < sourceToAxis) {
    throw wrong('sourceToDetector', `at least sourceToAxis (${sourceToAxis} mm)`, sourceToDetector);
  }
  return { sourceToAxis, sourceToDetector };
}

function wrong(name: string, expected: string, got: unknown): SlicewiseError {
  const shown = Array.isArray(got) ? `a list of ${got.length}` : String(got);
  return new SlicewiseError('GEOMETRY', { message: `geometry field '${name}'`, expected, got: shown });
}
