import { SlicewiseError } from '../../../core/errors.js';
import { scaleOf, TRACE_FIELDS, type HeaderField } from './header-fields.js';
import { scanTraces, TraceState, type Column, type ScanOptions, type TraceScan } from './scan.js';
import type { SegyFile } from './segy-file.js';

/** A grid of bins on the map, by the caller. */
export interface BinChoice {
  /** Bin size along the first and the second axis, in the unit of the coordinates. */
  readonly size: readonly [number, number];
  /** Direction in which the first axis rises: degrees clockwise from +y (north). The second axis points 90° clockwise of it. Default 0. */
  readonly azimuth?: number;
  /** Centre of the first bin of both axes. Default: where the smallest coordinates along both axes lie. */
  readonly origin?: readonly [number, number];
  /** Bins along both axes. Default: as many as there are positions for. */
  readonly count?: readonly [number, number];
  /** Header words of the coordinates. Default: CMP (181, 185), where these are zero source (73, 77). */
  readonly x?: HeaderField;
  readonly y?: HeaderField;
}

/** The bins that were used. */
export interface Bins {
  readonly x: HeaderField;
  readonly y: HeaderField;
  readonly origin: readonly [number, number];
  readonly azimuth: number;
  readonly axes: readonly [BinAxis, BinAxis];
  readonly report: readonly string[];
}

interface BinAxis {
  /** Distance of the first bin's centre from the origin. */
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/**
 * Positions of all traces along the two axes of the bins, in the unit of the coordinates: a = (Δx sin α + Δy cos α), b = (Δx cos α − Δy
 * sin α) with Δ from the origin and the azimuth α. Coordinates have their scalar applied (bytes 71-72).
 * @throws SlicewiseError ARGUMENT, GEOMETRY without coordinates
 */
export async function binByCoordinates(
  file: SegyFile,
  choice: BinChoice,
  options: ScanOptions,
): Promise<{ bins: Bins; columns: { scan: TraceScan; columns: readonly Column[] } }> {
  const { size, azimuth = 0 } = choice;
  if (!size.every((s) => s > 0 && Number.isFinite(s)) || !Number.isFinite(azimuth)) {
    throw new SlicewiseError('ARGUMENT', { message: 'bins need two sizes above 0', got: size.join(', ') });
  }
  const F = TRACE_FIELDS;
  const fields = [choice.x ?? F.cdpX, choice.y ?? F.cdpY, F.sourceX, F.sourceY, F.coordinateScalar];
  const scan = await scanTraces(file, fields, options);
  const usable = (n: number): boolean => scan.state[n] !== TraceState.auxiliary;
  const silent = (c: number): boolean => scan.columns[c].every((v, n) => v === 0 || !usable(n));
  const bySource = choice.x === undefined && choice.y === undefined && silent(0) && silent(1);
  const [xs, ys] = bySource ? [scan.columns[2], scan.columns[3]] : [scan.columns[0], scan.columns[1]];
  const same = (v: Column): boolean => v.every((value, n) => value === v[0] || !usable(n));
  if (same(xs) && same(ys)) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the coordinates of all traces are the same',
      expected: `coordinates in bytes ${fields[0].byte} and ${fields[1].byte}, or ${F.sourceX.byte} and ${F.sourceY.byte}`,
      hint: 'say the header words of the coordinates',
    });
  }
  const angle = (azimuth * Math.PI) / 180;
  const along = new Float64Array(file.traces);
  const across = new Float64Array(file.traces);
  const [x0, y0] = choice.origin ?? [0, 0];
  const ends = { a: [Infinity, -Infinity], b: [Infinity, -Infinity] };
  for (let n = 0; n < file.traces; n++) {
    const scale = scaleOf(scan.columns[4][n]);
    const dx = xs[n] * scale - x0;
    const dy = ys[n] * scale - y0;
    along[n] = dx * Math.sin(angle) + dy * Math.cos(angle);
    across[n] = dx * Math.cos(angle) - dy * Math.sin(angle);
    if (!usable(n)) continue;
    ends.a = [Math.min(ends.a[0], along[n]), Math.max(ends.a[1], along[n])];
    ends.b = [Math.min(ends.b[0], across[n]), Math.max(ends.b[1], across[n])];
  }
  let origin: readonly [number, number] = [x0, y0];
  if (!choice.origin) {
    const [a, b] = [ends.a[0], ends.b[0]];
    origin = [a * Math.sin(angle) + b * Math.cos(angle), a * Math.cos(angle) - b * Math.sin(angle)];
    for (let n = 0; n < file.traces; n++) {
      along[n] -= a;
      across[n] -= b;
    }
    ends.a[1] -= a;
    ends.b[1] -= b;
  }
  const axis = (end: number, s: number, count: number | undefined): BinAxis => ({
    first: 0,
    step: s,
    count: count ?? Math.max(1, Math.round(end / s) + 1),
  });
  const [x, y] = bySource ? [F.sourceX, F.sourceY] : fields;
  const bins: Bins = {
    x,
    y,
    origin,
    azimuth,
    axes: [axis(ends.a[1], size[0], choice.count?.[0]), axis(ends.b[1], size[1], choice.count?.[1])],
    report: [
      `positions from the coordinates in bytes ${x.byte} and ${y.byte}, ` +
        `in bins of ${size[0]} × ${size[1]} from (${origin.map((v) => +v.toFixed(2)).join(', ')}), azimuth ${azimuth}°`,
    ],
  };
  return { bins, columns: { scan, columns: [along, across] } };
}

/** Map position of a bin's centre. */
export function binCentre(bins: Bins, at: readonly [number, number]): [number, number] {
  const angle = (bins.azimuth * Math.PI) / 180;
  const [a, b] = at.map((k, n) => bins.axes[n].first + k * bins.axes[n].step);
  return [bins.origin[0] + a * Math.sin(angle) + b * Math.cos(angle), bins.origin[1] + a * Math.cos(angle) - b * Math.sin(angle)];
}
