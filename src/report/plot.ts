import { escapeHtml } from './html.js';
import { linearAxis, logAxis, type Axis } from './ticks.js';
import { formatNumber } from './window.js';

export interface PlotSeries {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface PlotOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Logarithmic y axis; values ≤ 0 are left out. */
  readonly log?: boolean;
}

const SIZE = { width: 380, height: 250 };
const PAD = { left: 62, right: 14, top: 30, bottom: 42 };

/**
 * A line plot as an SVG element, coloured by the page's CSS (classes `plot`, `grid`, `frame`). Empty text when no series has a
 * point.
 */
export function linePlot(series: readonly PlotSeries[], options: PlotOptions): string {
  const usable = series
    .map((s) => ({
      ...s,
      points: s.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!options.log || y > 0)),
    }))
    .filter((s) => s.points.length > 0);
  if (usable.length === 0) return '';
  const all = usable.flatMap((s) => s.points);
  const [yLow, yHigh] = extent(all.map((p) => p[1]));
  const x = linearAxis(0, extent(all.map((p) => p[0]))[1], 6);
  const y = options.log ? logAxis(yLow, yHigh) : linearAxis(0, yHigh, 5);

  const left = PAD.left;
  const right = SIZE.width - PAD.right;
  const top = PAD.top;
  const bottom = SIZE.height - PAD.bottom;
  const px = (v: number): string => (left + x.place(v) * (right - left)).toFixed(1);
  const py = (v: number): string => (bottom - y.place(v) * (bottom - top)).toFixed(1);

  const parts = [
    `<svg class="plot" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${escapeHtml(options.title)}">`,
    `<text class="title" x="${left}" y="16">${escapeHtml(options.title)}</text>`,
    ...grid(y, (t) => `<line class="grid" x1="${left}" x2="${right}" y1="${py(t)}" y2="${py(t)}"/>`),
    ...grid(y, (t) => `<text x="${left - 7}" y="${py(t)}" dy="0.35em" text-anchor="end">${formatNumber(t)}</text>`),
    ...grid(x, (t) => `<line class="frame" x1="${px(t)}" x2="${px(t)}" y1="${bottom}" y2="${bottom + 4}"/>`),
    ...grid(x, (t) => `<text x="${px(t)}" y="${bottom + 16}" text-anchor="middle">${formatNumber(t)}</text>`),
    `<path class="frame" d="M${left} ${top}V${bottom}H${right}"/>`,
    `<text x="${(left + right) / 2}" y="${SIZE.height - 6}" text-anchor="middle">${escapeHtml(options.xLabel)}</text>`,
    `<text transform="translate(13 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(options.yLabel)}</text>`,
    ...usable.map((s) => {
      const name = `<title>${escapeHtml(s.name)}</title>`;
      if (s.points.length === 1) {
        const [[a, b]] = s.points;
        return `<circle cx="${px(a)}" cy="${py(b)}" r="3" fill="${s.colour}">${name}</circle>`;
      }
      const path = s.points.map(([a, b]) => `${px(a)},${py(b)}`).join(' ');
      return `<polyline points="${path}" stroke="${s.colour}">${name}</polyline>`;
    }),
    '</svg>',
  ];
  return parts.join('\n');
}

const grid = (axis: Axis, draw: (tick: number) => string): string[] => axis.ticks.map(draw);

function extent(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
}
