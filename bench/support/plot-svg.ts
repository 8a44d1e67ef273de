import { linearAxis, logAxis } from '../../src/report/ticks.js';

export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly label?: string }[];
  /** Drawn as a broken line: a peer. */
  readonly broken?: boolean;
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
}

const COLOURS = ['#0b63b5', '#c2410c', '#2f7d32', '#7b3fa0', '#8a6d00', '#5b6470'];
const SIZE = { width: 560, height: 340 };
const BOX = { left: 56, right: 400, top: 34, bottom: 296 };

/** A plot of curves with marks and a legend as an SVG file that needs nothing else: dark ink on white. */
export function plotSvg(curves: readonly Curve[], { title, x, y, logX = false }: Plot): string {
  const all = curves.flatMap(({ points }) => points);
  const extent = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const [left, right] = extent(all.map((p) => p.x));
  const across = logX ? logAxis(left, right) : linearAxis(0, right, 6);
  const up = linearAxis(...extent(all.map((p) => p.y)), 6);
  const px = (v: number): string => (BOX.left + across.place(v) * (BOX.right - BOX.left)).toFixed(1);
  const py = (v: number): string => (BOX.bottom - up.place(v) * (BOX.bottom - BOX.top)).toFixed(1);
  const number = (v: number): string => `${Number(v.toPrecision(6))}`;
  const text = (at: string, content: string, more = ''): string => `<text ${at} ${more}>${escaped(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="12" ` +
      `fill="#222">`,
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#fff"/>`,
    text(`x="${BOX.left}" y="20"`, title, 'font-size="13" font-weight="bold"'),
    ...up.ticks.flatMap((t) => [
      `<line x1="${BOX.left}" x2="${BOX.right}" y1="${py(t)}" y2="${py(t)}" stroke="#ddd"/>`,
      text(`x="${BOX.left - 7}" y="${py(t)}"`, number(t), 'dy="0.35em" text-anchor="end"'),
    ]),
    ...across.ticks.map((t) => text(`x="${px(t)}" y="${BOX.bottom + 17}"`, number(t), 'text-anchor="middle"')),
    `<path d="M${BOX.left} ${BOX.top}V${BOX.bottom}H${BOX.right}" fill="none" stroke="#222"/>`,
    text(`x="${(BOX.left + BOX.right) / 2}" y="${SIZE.height - 8}"`, x, 'text-anchor="middle"'),
    text(`transform="translate(14 ${(BOX.top + BOX.bottom) / 2}) rotate(-90)"`, y, 'text-anchor="middle"'),
    ...curves.flatMap(({ name, points, broken }, n) => {
      const colour = COLOURS[n % COLOURS.length];
      const dash = broken ? ' stroke-dasharray="5 4"' : '';
      const row = BOX.top + 8 + 20 * n;
      return [
        `<polyline points="${points.map((p) => `${px(p.x)},${py(p.y)}`).join(' ')}" fill="none" stroke="${colour}" ` +
          `stroke-width="1.8"${dash}/>`,
        ...points.map((p) => `<circle cx="${px(p.x)}" cy="${py(p.y)}" r="3" fill="${colour}"/>`),
        ...points.map((p) =>
          p.label ? text(`x="${px(p.x)}" y="${Number(py(p.y)) - 7}"`, p.label, 'font-size="10" text-anchor="middle"') : '',
        ),
        `<line x1="${BOX.right + 12}" x2="${BOX.right + 34}" y1="${row}" y2="${row}" stroke="${colour}" stroke-width="1.8"${dash}/>`,
        text(`x="${BOX.right + 40}" y="${row}"`, name, 'dy="0.35em"'),
      ];
    }),
    '</svg>',
    '',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
