import { chartSvg } from './chart.js';
import { escapeHtml } from './html.js';
import { linearAxis, logAxis } from './ticks.js';

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

/** A line plot as an SVG element. Empty text when no series has a point. */
export function linePlot(series: readonly PlotSeries[], { title, xLabel, yLabel, log = false }: PlotOptions): string {
  const usable = series
    .map((s) => ({
      ...s,
      points: s.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!log || y > 0)),
    }))
    .filter((s) => s.points.length > 0);
  if (usable.length === 0) return '';
  const all = usable.flatMap((s) => s.points);
  const [yLow, yHigh] = extent(all.map((p) => p[1]));
  const x = { ...linearAxis(0, extent(all.map((p) => p[0]))[1], 6), label: xLabel };
  const y = { ...(log ? logAxis(yLow, yHigh) : linearAxis(0, yHigh, 5)), label: yLabel };
  return chartSvg({ title, x, y, grid: true, ...SIZE }, ({ px, py }) =>
    usable.map((s) => {
      const name = `<title>${escapeHtml(s.name)}</title>`;
      if (s.points.length === 1) {
        const [[a, b]] = s.points;
        return `<circle cx="${px(a)}" cy="${py(b)}" r="3" fill="${s.colour}">${name}</circle>`;
      }
      const path = s.points.map(([a, b]) => `${px(a)},${py(b)}`).join(' ');
      return `<polyline points="${path}" fill="none" stroke="${s.colour}" stroke-width="1.7" stroke-linejoin="round">${name}</polyline>`;
    }),
  );
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
}
