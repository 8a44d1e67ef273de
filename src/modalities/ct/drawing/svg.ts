import { escapeHtml } from '../../../report/html.js';

export type Point = readonly [number, number];

/** A scale drawing: world mm (y up) → SVG pixels (y down), numbers rounded to 0.1 pixel. */
export interface Frame {
  readonly scale: number;
  at(point: Point): [number, number];
}

/** Fits all points into a box of pixels, aspect kept, centred. */
export function fitFrame(points: readonly Point[], box: { x: number; y: number; width: number; height: number }): Frame {
  const range = (axis: 0 | 1): [number, number] => {
    const values = points.map((p) => p[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [x0, x1] = range(0);
  const [y0, y1] = range(1);
  const scale = Math.min(box.width / (x1 - x0 || 1), box.height / (y1 - y0 || 1));
  return {
    scale,
    at: ([x, y]) => [box.x + box.width / 2 + (x - (x0 + x1) / 2) * scale, box.y + box.height / 2 - (y - (y0 + y1) / 2) * scale],
  };
}

const px = (value: number): string => String(Number(value.toFixed(1)));

export function line(frame: Frame, from: Point, to: Point, className: string): string {
  const [[a, b], [c, d]] = [frame.at(from), frame.at(to)];
  return `<line class="${className}" x1="${px(a)}" y1="${px(b)}" x2="${px(c)}" y2="${px(d)}"/>`;
}

/** A line with a head at its end, `head` pixels long. */
export function arrow(frame: Frame, from: Point, to: Point, className: string, head = 8): string {
  return line(frame, from, to, className) + arrowHead(frame, from, to, className, head);
}

export function arrowHead(frame: Frame, from: Point, to: Point, className: string, head = 8): string {
  const [[a, b], [c, d]] = [frame.at(from), frame.at(to)];
  const length = Math.hypot(c - a, d - b) || 1;
  const [ux, uy] = [(c - a) / length, (d - b) / length];
  const side = (s: number): string => `${px(c - head * ux - s * head * 0.4 * uy)} ${px(d - head * uy + s * head * 0.4 * ux)}`;
  return `<path class="head ${className}" d="M${px(c)} ${px(d)}L${side(1)}L${side(-1)}Z"/>`;
}

export function polygon(frame: Frame, points: readonly Point[], className: string): string {
  return `<polygon class="${className}" points="${points.map((p) => frame.at(p).map(px).join(',')).join(' ')}"/>`;
}

/** @param radius in mm */
export function circle(frame: Frame, centre: Point, radius: number, className: string): string {
  const [x, y] = frame.at(centre);
  return `<circle class="${className}" cx="${px(x)}" cy="${px(y)}" r="${px(radius * frame.scale)}"/>`;
}

/** @param radius in pixels */
export function dot(frame: Frame, centre: Point, radius: number, fill: string, title = ''): string {
  const [x, y] = frame.at(centre);
  const inside = title && `<title>${escapeHtml(title)}</title>`;
  return `<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius)}" fill="${fill}">${inside}</circle>`;
}

/** An arc about `centre`, counter-clockwise from `start` by `sweep` degrees (negative: clockwise). */
export function arc(frame: Frame, centre: Point, radius: number, start: number, sweep: number, className: string): string {
  const end = onCircle(centre, radius, start + sweep);
  const [[a, b], [c, d]] = [frame.at(onCircle(centre, radius, start)), frame.at(end)];
  const r = px(radius * frame.scale);
  const flags = `${Math.abs(sweep) > 180 ? 1 : 0} ${sweep > 0 ? 0 : 1}`;
  return `<path class="${className}" d="M${px(a)} ${px(b)}A${r} ${r} 0 ${flags} ${px(c)} ${px(d)}"/>`;
}

export function onCircle(centre: Point, radius: number, angle: number): Point {
  const theta = (angle * Math.PI) / 180;
  return [centre[0] + radius * Math.cos(theta), centre[1] + radius * Math.sin(theta)];
}

/** Text at a point, moved by (dx, dy) pixels. */
export function label(
  frame: Frame,
  point: Point,
  text: string,
  { dx = 0, dy = 0, anchor = 'start', className = '' }: { dx?: number; dy?: number; anchor?: string; className?: string } = {},
): string {
  const [x, y] = frame.at(point);
  return `<text class="${className}" x="${px(x + dx)}" y="${px(y + dy)}" dy="0.35em" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
}

/** Text along a line, in its middle, `lift` pixels beside it, never upside down; none where the line is too short for it. */
export function labelAlong(frame: Frame, from: Point, to: Point, text: string, lift = 9): string {
  const [[a, b], [c, d]] = [frame.at(from), frame.at(to)];
  if (Math.hypot(c - a, d - b) < 6.2 * text.length) return '';
  let angle = (Math.atan2(d - b, c - a) * 180) / Math.PI;
  if (angle > 90 || angle <= -90) angle += 180;
  const place = `translate(${px((a + c) / 2)} ${px((b + d) / 2)}) rotate(${px(angle)})`;
  return `<text transform="${place}" y="${-lift}" dy="0.35em" text-anchor="middle">${escapeHtml(text)}</text>`;
}
