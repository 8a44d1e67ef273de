import type { ScanLayout } from './scan-layout.js';
import { arc, arrow, arrowHead, circle, dot, fitFrame, label, labelAlong, line, onCircle, polygon, type Frame, type Point } from './svg.js';
import { formatNumber } from '../../../report/window.js';

/** Pixels: a box inside the drawing. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Colour of view n of `count`: from blue (first) to orange (last). */
export function orderColour(n: number, count: number): string {
  const t = count > 1 ? n / (count - 1) : 0;
  const [a, b] = [
    [45, 111, 190],
    [224, 134, 38],
  ];
  return `rgb(${a.map((v, c) => Math.round(v + t * (b[c] - v))).join(' ')})`;
}

/** The plane of rotation seen from +z: grid, field of view, where the rays of every view come from, detector of the first. */
export function topView(scan: ScanLayout, box: Box): string {
  const [gx, gy] = [scan.gridSize[0] / 2, scan.gridSize[1] / 2];
  const half = (scan.bins * scan.pitch) / 2;
  const reach = Math.max(Math.hypot(gx, gy), half + Math.abs(scan.offset), scan.fieldOfView) * 1.12;
  const toAxis = scan.source?.toAxis ?? reach;
  const beyond = scan.source ? scan.source.toDetector - scan.source.toAxis : reach;
  const origin: Point = [0, 0];
  const theta = scan.angles[0];
  const u: Point = onCircle(origin, 1, theta);
  const w: Point = [-u[1], u[0]]; // along the rays, from source to detector
  const along = (s: number, t: number): Point => [s * u[0] + t * w[0], s * u[1] + t * w[1]];
  // the angle to the central ray, seen from the source
  const onArc = (s: number): Point =>
    along((toAxis + beyond) * Math.sin(s / (toAxis + beyond)), (toAxis + beyond) * Math.cos(s / (toAxis + beyond)) - toAxis);
  const ends = [scan.offset - half, scan.offset + half].map((s) => (scan.curved ? onArc(s) : along(s, beyond)));
  const sources = scan.sources ?? scan.angles.map((angle) => onCircle(origin, toAxis, angle - 90));
  const corners: Point[] = [
    [-gx, -gy],
    [gx, -gy],
    [gx, gy],
    [-gx, gy],
  ];
  const tip = along(scan.offset + half * 1.25, beyond);
  const entries = scan.source ? [] : [scan.offset - half, scan.offset + half].map((s) => along(s, -toAxis));
  const frame = fitFrame([...sources, ...ends, ...entries, ...corners, tip], box);
  const mm = (pixels: number): number => pixels / frame.scale;

  const parts = [
    polygon(frame, corners, 'grid'),
    dot(frame, scan.firstVoxel, 3, 'var(--soft)', 'row 0, column 0'),
    scan.fieldOfView > 0 ? circle(frame, origin, scan.fieldOfView, 'fov') : '',
  ];
  parts.push(...(scan.source ? fanRays(frame, sources[0], ends) : parallelRays(frame, scan, along, toAxis, beyond)));
  // The later views first, so that the first ones stay visible where the scan overlaps itself.
  const size = Math.min(4, Math.max(1.6, 240 / scan.angles.length));
  for (let n = sources.length - 1; n >= 0; n--) {
    parts.push(dot(frame, sources[n], n === 0 ? 5.5 : size, orderColour(n, sources.length), `view ${n}: ${formatNumber(scan.angles[n])}°`));
  }
  parts.push(
    arrow(frame, scan.curved ? along(scan.offset, beyond) : ends[0], tip, 'detector-axis'),
    scan.curved ? arcOf(frame, scan, sources[0], half) : line(frame, ends[0], ends[1], 'detector'),
    label(frame, tip, 'u', { dx: 10 * u[0], dy: -10 * u[1], anchor: 'middle', className: 'name' }),
    ...turning(frame, scan, toAxis),
    ...axes(frame, mm(46), theta, u),
  );
  if (scan.source) {
    parts.push(
      line(frame, sources[0], along(0, beyond), 'central'),
      labelAlong(frame, sources[0], origin, `source to axis ${formatNumber(scan.source.toAxis)} mm`),
      labelAlong(frame, origin, along(0, beyond), `axis to detector ${formatNumber(beyond)} mm`),
    );
  }
  if (scan.offset !== 0) {
    // Where the axis falls on the detector, and the detector's middle.
    const [a, b] = [along(0, beyond + mm(14)), along(scan.offset, beyond + mm(14))];
    parts.push(line(frame, along(0, beyond - mm(6)), along(0, beyond + mm(18)), 'mark'));
    parts.push(line(frame, along(scan.offset, beyond - mm(6)), along(scan.offset, beyond + mm(18)), 'mark'));
    parts.push(
      arrow(frame, a, b, 'mark', 6),
      label(frame, along(scan.offset / 2, beyond + mm(26)), `offset ${formatNumber(scan.offset)} mm`, {
        anchor: 'middle',
      }),
    );
  }
  const firstDot = onCircle(origin, toAxis, theta - 90);
  parts.push(label(frame, firstDot, `view 0, θ = ${formatNumber(theta)}°`, besides(firstDot, turnSign(scan))));
  return parts.join('\n');
}

/** A curved detector: an arc about the source from its first bin to its last. */
function arcOf(frame: Frame, scan: ScanLayout, from: Point, half: number): string {
  const { toDetector } = scan.source!;
  const degrees = (s: number): number => (s / toDetector) * (180 / Math.PI);
  // the central ray runs at θ + 90°, a bin at +γ at θ + 90° − γ
  return arc(frame, from, toDetector, scan.angles[0] + 90 - degrees(scan.offset - half), -degrees(2 * half), 'detector');
}

/** Cone beam only: source, axis and detector rows of a view, seen from the side, +z up. */
export function sideView(scan: ScanLayout, box: Box): string {
  const { source, rows } = scan;
  if (!source || !rows) return '';
  const beyond = source.toDetector - source.toAxis;
  const half = (rows.count * rows.pitch) / 2;
  const heights = scan.heights ?? [0];
  const [z] = heights;
  const middle = z + rows.offset;
  const ends: Point[] = [
    [beyond, middle - half],
    [beyond, middle + half],
  ];
  const [depth, height] = [Math.max(scan.gridSize[0], scan.gridSize[1]) / 2, scan.gridSize[2] / 2];
  const corners: Point[] = [
    [-depth, -height],
    [depth, -height],
    [depth, height],
    [-depth, height],
  ];
  const from: Point = [-source.toAxis, z];
  const sources = scan.heights ? heights.map((height): Point => [-source.toAxis, height]) : [];
  const top = Math.max(height, middle + half, ...heights.map(Math.abs)) * 1.15;
  const frame = fitFrame([from, ...sources, ...ends, ...corners, [0, top], [0, -top]], box);
  const tip: Point = [beyond, middle + half * 1.25];
  return [
    polygon(frame, corners, 'grid'),
    ...fanRays(frame, from, ends),
    line(frame, from, [beyond, z], 'central'),
    line(frame, [0, -top], [0, top], 'rotation'),
    arrow(frame, ends[0], tip, 'detector-axis'),
    line(frame, ends[0], ends[1], 'detector'),
    ...sources.map((point, n) => dot(frame, point, 2, orderColour(n, sources.length), `view ${n}`)).reverse(),
    dot(frame, from, 5.5, orderColour(0, 2)),
    label(frame, [0, top], 'rotation axis, z', { dx: 8, className: 'name' }),
    label(frame, tip, 'v', { dx: 10, className: 'name' }),
    label(frame, from, 'source', { dy: 16, anchor: 'middle' }),
    label(frame, ends[0], `${rows.count} rows × ${formatNumber(rows.pitch)} mm`, { dx: -8, dy: 14, anchor: 'end' }),
    rows.offset !== 0 ? label(frame, [beyond, middle], `offset ${formatNumber(rows.offset)} mm`, { dx: 8 }) : '',
  ].join('\n');
}

function fanRays(frame: Frame, source: Point, ends: readonly Point[]): string[] {
  return [polygon(frame, [source, ...ends], 'beam')];
}

function parallelRays(frame: Frame, scan: ScanLayout, along: (s: number, t: number) => Point, toAxis: number, beyond: number): string[] {
  const half = (scan.bins * scan.pitch) / 2;
  const band = [along(scan.offset - half, -toAxis), along(scan.offset + half, -toAxis)];
  band.push(along(scan.offset + half, beyond), along(scan.offset - half, beyond));
  const rays = [-0.8, -0.4, 0, 0.4, 0.8].map((f) => {
    const s = scan.offset + f * half;
    return line(frame, along(s, -toAxis), along(s, beyond), 'ray') + arrowHead(frame, along(s, -toAxis), along(s, beyond * 0.82), 'ray', 9);
  });
  return [polygon(frame, band, 'beam'), ...rays];
}

/** An arrow outside the sources, in the sense in which the first views follow one another. */
function turning(frame: Frame, scan: ScanLayout, radius: number): string[] {
  const sweep = 22 * turnSign(scan);
  if (sweep === 0) return [];
  const start = scan.angles[0] - 90 + sweep * 0.25;
  const outside = radius + 16 / frame.scale;
  const [before, end] = [0.97, 1].map((t) => onCircle([0, 0], outside, start + t * sweep));
  return [arc(frame, [0, 0], outside, start, sweep, 'turn'), arrowHead(frame, before, end, 'turn', 9)];
}

/** World axes at the isocentre, and the angle from x to u. */
function axes(frame: Frame, length: number, theta: number, u: Point): string[] {
  const parts = [
    arrow(frame, [0, 0], [length, 0], 'axis', 7),
    arrow(frame, [0, 0], [0, length], 'axis', 7),
    label(frame, [length, 0], 'x', { dx: 8, className: 'name' }),
    label(frame, [0, length], 'y', { dy: -9, anchor: 'middle', className: 'name' }),
  ];
  const turned = (((theta % 360) + 540) % 360) - 180;
  if (Math.abs(turned) < 4) return parts;
  const radius = length * 0.62;
  parts.push(
    line(frame, [0, 0], [length * u[0], length * u[1]], 'theta'),
    arc(frame, [0, 0], radius, 0, turned, 'theta'),
    label(frame, onCircle([0, 0], radius * 1.3, turned / 2), 'θ', { anchor: 'middle', className: 'name' }),
  );
  return parts;
}

/** 1: the first views follow one another counter-clockwise, −1: clockwise, 0: there is one view. */
function turnSign(scan: ScanLayout): number {
  const second = scan.angles.find((angle) => angle !== scan.angles[0]);
  return second === undefined ? 0 : Math.sign(second - scan.angles[0]);
}

/** Beside a point of the source circle, on the side away from the next view, where the arrow is. */
function besides([x, y]: Point, turn: number): { dx: number; dy: number; anchor: string } {
  const r = Math.hypot(x, y);
  const motion = [(-turn * y) / r, (turn * x) / r];
  const right = Math.abs(motion[0]) > 0.3 ? motion[0] < 0 : x > 0;
  const below = Math.abs(motion[0]) > 0.3 ? y < 0 : motion[1] > 0;
  return { dx: right ? 11 : -11, dy: below ? 13 : -13, anchor: right ? 'start' : 'end' };
}
