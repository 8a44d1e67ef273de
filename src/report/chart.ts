import { escapeHtml } from './html.js';
import { FONT_FAMILY, round } from './picture/lettering.js';
import type { Axis } from './ticks.js';
import { formatNumber } from './window.js';

/** An axis of a chart, and how it and its ticks are called. */
export interface ChartAxis extends Axis {
  readonly label: string;
  readonly tick?: (value: number) => string;
}

/** What all charts have: a title, two axes, a size in pixels. */
export interface Chart {
  /** What it shows, for those who do not see it; default its title. */
  readonly alt?: string;
  readonly title: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly width: number;
  readonly height: number;
  /** y grows downwards, as time and frequency are drawn. */
  readonly down?: boolean;
  /** Faint lines at the ticks of y. */
  readonly grid?: boolean;
}

/** Where things lie in a chart, in pixels. */
export interface ChartPlace {
  px(value: number): number;
  py(value: number): number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const PAD = { left: 62, right: 16, top: 32, bottom: 42 };

/** Size of a chart whose inner box is `width` × `height`. */
export const chartAround = (width: number, height: number): { width: number; height: number } => ({
  width: width + PAD.left + PAD.right,
  height: height + PAD.top + PAD.bottom,
});

/**
 * A chart as an SVG element of a page, whose ink it has (`currentColor`); `svgToPng` draws it in black.
 * @param draw what lies inside the axes
 */
export function chartSvg(chart: Chart, draw: (place: ChartPlace) => readonly string[]): string {
  const { title, alt = title, x, y, width, height, down = false, grid = false } = chart;
  const [left, right, top, bottom] = [PAD.left, width - PAD.right, PAD.top, height - PAD.bottom];
  const px = (value: number): number => round(left + x.place(value) * (right - left));
  const py = (value: number): number => round(down ? top + y.place(value) * (bottom - top) : bottom - y.place(value) * (bottom - top));
  const faint = 'fill="currentColor" fill-opacity="0.7"';
  const word = ({ tick = formatNumber }: ChartAxis, value: number): string => escapeHtml(tick(value));
  return [
    `<svg class="plot" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" ` +
      `aria-label="${escapeHtml(alt)}" font-family="${FONT_FAMILY}" font-size="11">`,
    `<text x="${left}" y="18" font-size="13" font-weight="600" fill="currentColor">${escapeHtml(title)}</text>`,
    ...(grid
      ? y.ticks.map((t) => `<path d="M${left} ${py(t)}H${right}" stroke="currentColor" stroke-opacity="0.15"/>`)
      : y.ticks.map((t) => `<path d="M${left - 4} ${py(t)}H${left}" stroke="currentColor" stroke-opacity="0.7"/>`)),
    ...y.ticks.map((t) => `<text x="${left - 7}" y="${py(t)}" dy="0.35em" text-anchor="end" ${faint}>${word(y, t)}</text>`),
    ...x.ticks.map((t) => `<path d="M${px(t)} ${bottom}v4" stroke="currentColor" stroke-opacity="0.7"/>`),
    ...x.ticks.map((t) => `<text x="${px(t)}" y="${bottom + 17}" text-anchor="middle" ${faint}>${word(x, t)}</text>`),
    `<text x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle" ${faint}>${escapeHtml(x.label)}</text>`,
    `<text transform="translate(13 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle" ${faint}>${escapeHtml(y.label)}</text>`,
    ...draw({ px, py, left, right, top, bottom }),
    `<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="currentColor" stroke-opacity="0.7"/>`,
    '</svg>',
  ].join('\n');
}
