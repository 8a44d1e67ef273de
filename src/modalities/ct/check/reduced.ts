import { selectViews, viewAxis } from '../../../../volumes/kinds/views.js';
import { gridFor } from '../../../../volumes/kinds/radon/geometry.js';
import { CONE, detectorFields, FAN, isVectors, isVolumetric, type ConeGeometry } from '../../../../volumes/kinds/radon/schema.js';
import type { Geometry, Measurement } from '../../../../volumes/measurement.js';

/**
 * Bins, views and slices of a reduced scan, at most; of one that is reconstructed in three dimensions fewer. With fewer than two views a
 * bin hidden views are hard to predict even where all is right, and readings that squeeze the views together would predict them better.
 */
const VIEWS_PER_BIN = 2;
/** Fewer show hardly anything. */
const FEWEST = 24;
const PLANE = { bins: 48, views: 96, slices: 4 };
const SPACE = { bins: 40, views: 60, slices: 24 };
/** Rows of a cone beam about the plane of the source that are taken as fans: the rays of so flat a cone hardly leave the plane. */
const FLAT = 0.02;

/**
 * A scan that is quickly reconstructed: detector bins averaged, views left out evenly, some slices; of a circular cone beam the rows about
 * the plane of the source, as fans. The image is as wide as the farthest ray, twice as wide where the object leaves the detector.
 */
export function reducedScan(scan: Measurement): Measurement {
  const plane = scan.kind === CONE ? middleFans(scan) : undefined;
  const own = plane ?? scan;
  const most = isVolumetric(own.kind) ? SPACE : PLANE;
  const axis = viewAxis(own.kind);
  const fewer = everyViews(own, axis, most.views);
  const rows = isVolumetric(own.kind) ? fewer : someSlices(fewer, most.slices);
  const bins = Math.max(FEWEST, Math.min(most.bins, rows.shape[axis] / VIEWS_PER_BIN));
  const binned = binColumns(rows, Math.ceil(rows.shape[2] / bins));
  return withGrid(isVolumetric(own.kind) ? binRows(binned, Math.ceil(binned.shape[1] / most.slices)) : binned);
}

/** The image of a reduced scan: a pixel a bin, to the farthest ray. */
export function withGrid(scan: Measurement, added = 0): Measurement {
  const { kind, geometry, shape, grid } = scan;
  const slices = isVolumetric(kind) ? 1 : shape[0];
  const size = (g: Geometry): Measurement['grid'] => gridFor(kind, g, slices, { units: grid.units });
  const usual = size(geometry);
  if (isVectors(kind)) return { ...scan, grid: usual };
  const { pitch, offset, count } = detectorFields(kind);
  const [bins, bin, moved] = [count, pitch, offset].map((field) => Number(geometry[field] ?? 0));
  const farthest = 1.1 * (1 + (2 * (Math.abs(moved) + added)) / (bins * bin));
  const wide = size({ ...geometry, [count]: Math.ceil(bins * farthest) });
  return { ...scan, grid: wide };
}

/** The rows of a circular cone beam about the plane of its source, as a fan-beam scan; undefined where there are none, or it is a helix. */
function middleFans({ data, shape, geometry, grid, noise, meta }: Measurement): Measurement | undefined {
  const g = geometry as unknown as ConeGeometry;
  if (g.sourceZ) return undefined;
  const [views, rows, columns] = shape;
  const middle = (rows - 1) / 2 - (g.rowOffset ?? 0) / g.rowPitch;
  const reach = Math.max(0.5, (FLAT * g.sourceToDetector) / g.rowPitch / 2);
  const taken = Array.from({ length: rows }, (_, row) => row).filter((row) => Math.abs(row - middle) <= reach);
  if (taken.length === 0) return undefined;
  const one = new Float32Array(views * columns);
  for (let view = 0; view < views; view++) {
    for (const row of taken) {
      const from = (view * rows + row) * columns;
      for (let column = 0; column < columns; column++) one[view * columns + column] += data[from + column] / taken.length;
    }
  }
  const { angles, sourceToAxis, sourceToDetector, detectorShape } = g;
  return {
    kind: FAN,
    data: one,
    shape: [1, views, columns],
    dtype: 'float32',
    geometry: {
      ...{ angles, sourceToAxis, sourceToDetector },
      ...(detectorShape ? { detectorShape } : {}),
      ...{ detectorCount: columns, detectorPitch: g.columnPitch, detectorOffset: g.columnOffset ?? 0 },
    },
    noise,
    grid,
    meta,
  };
}

function everyViews(scan: Measurement, axis: number, most: number): Measurement {
  const views = scan.shape[axis];
  if (views <= most) return scan;
  return selectViews(
    scan,
    Array.from({ length: most }, (_, n) => Math.floor(((n + 0.5) * views) / most)),
  );
}

/** Slices spread over the middle half. */
function someSlices(scan: Measurement, most: number): Measurement {
  const [slices, ...rest] = scan.shape;
  const each = rest.reduce((a, n) => a * n, 1);
  const count = Math.min(slices, most);
  const data = new Float32Array(count * each);
  for (let n = 0; n < count; n++) {
    const from = slices <= most ? n : Math.floor(slices * (0.25 + (0.5 * (n + 0.5)) / count));
    data.set(scan.data.subarray(from * each, (from + 1) * each), n * each);
  }
  return { ...scan, data, shape: [count, ...rest], weights: undefined };
}

/** Means of `bin` columns; those left over at the end are dropped, which moves the middle of the detector. */
function binColumns(scan: Measurement, bin: number): Measurement {
  const [a, b, columns] = scan.shape;
  const count = Math.floor(columns / bin);
  const data = new Float32Array(a * b * count);
  for (let row = 0; row < a * b; row++) {
    for (let i = 0; i < count * bin; i++) data[row * count + Math.floor(i / bin)] += scan.data[row * columns + i] / bin;
  }
  const moved = (count * bin - columns) / 2;
  return { ...scan, data, shape: [a, b, count], weights: undefined, geometry: binned(scan, 'columns', bin, count, moved) };
}

/** The same of the rows of [view, row, column]. */
function binRows(scan: Measurement, bin: number): Measurement {
  const [views, rows, columns] = scan.shape;
  const count = Math.floor(rows / bin);
  const data = new Float32Array(views * count * columns);
  for (let view = 0; view < views; view++) {
    for (let row = 0; row < count * bin; row++) {
      const [from, to] = [(view * rows + row) * columns, (view * count + Math.floor(row / bin)) * columns];
      for (let c = 0; c < columns; c++) data[to + c] += scan.data[from + c] / bin;
    }
  }
  const moved = (count * bin - rows) / 2;
  return { ...scan, data, shape: [views, count, columns], geometry: binned(scan, 'rows', bin, count, moved) };
}

/** The geometry of bins `bin` times as large, their middle `moved` of the old ones farther along. */
function binned({ kind, geometry }: Measurement, along: 'rows' | 'columns', bin: number, count: number, moved: number): Geometry {
  if (isVectors(kind)) {
    const space = isVolumetric(kind);
    const dims = space ? 3 : 2;
    const from = along === 'columns' ? 2 * dims : 3 * dims;
    const vectors = (geometry.vectors as number[][]).map((list) =>
      list.map((value, n) => {
        const axis = n % dims;
        if (n >= dims && n < 2 * dims) return value + moved * list[from + axis];
        return n >= from && n < from + dims ? value * bin : value;
      }),
    );
    const name = along === 'rows' ? 'rows' : detectorFields(kind).count;
    return { ...geometry, vectors, [name]: count };
  }
  const {
    count: bins,
    pitch,
    offset,
  } = along === 'rows' ? { count: 'rows', pitch: 'rowPitch', offset: 'rowOffset' } : detectorFields(kind);
  const step = Number(geometry[pitch]);
  return { ...geometry, [bins]: count, [pitch]: step * bin, [offset]: Number(geometry[offset] ?? 0) + moved * step };
}
