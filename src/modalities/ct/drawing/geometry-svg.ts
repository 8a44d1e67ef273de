import { isVectors } from '../../../../volumes/kinds/radon/schema.js';
import { kindOf } from '../../../../volumes/kinds/registry.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { orderColour, sideView, topView } from './geometry-views.js';
import type { Figure } from '../../../report/types.js';
import { escapeHtml } from '../../../report/html.js';
import { summariseAngles } from '../../../report/manifest.js';
import { layoutOf, type ScanLayout } from './scan-layout.js';
import { formatNumber } from '../../../report/window.js';

const WIDTH = 1040;
const DRAWING = { x: 76, y: 88, width: 520, height: 520 };
const SIDE = { x: 70, y: 690, width: 520, height: 190 };
const TEXT = 690;
/** Of a page's figure. */
const NARROW = 690;
const NARROW_TEXT = 220;
const LARGER = 'text { font-size: 16px; } .title { font-size: 20px; } .name { font-size: 17px; }';

const STYLE = `
svg { --ground: #fcfcfb; --ink: #1d2023; --soft: #62686f; --line: #d0d3d6; --beam: #2d6fbe; --axis: #1d2023; --detector: #b23a48; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #15171a; --ink: #e6e7e8; --soft: #9aa1a8; --line: #3a3f45; --beam: #6aa5e8; --axis: #e6e7e8; --detector: #e0707c; }
}
text { fill: var(--soft); font: 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; paint-order: stroke; stroke: var(--ground); stroke-width: 3px; stroke-linejoin: round; }
.title { fill: var(--ink); font-size: 17px; font-weight: 600; }
.key { fill: var(--ink); font-weight: 600; }
.name { fill: var(--ink); font-style: italic; font-size: 14px; }
.ground { fill: var(--ground); }
.grid { fill: var(--line); fill-opacity: 0.35; stroke: var(--soft); }
.fov { fill: none; stroke: var(--soft); stroke-dasharray: 4 4; }
.beam { fill: var(--beam); fill-opacity: 0.09; stroke: var(--beam); stroke-opacity: 0.5; }
.ray, .central { stroke: var(--beam); stroke-opacity: 0.8; fill: none; }
.central { stroke-dasharray: 7 3 2 3; }
.head.ray { fill: var(--beam); }
.detector { stroke: var(--detector); stroke-width: 5; fill: none; }
.detector-axis { stroke: var(--detector); fill: none; }
.head.detector-axis { fill: var(--detector); }
.axis, .rotation { stroke: var(--axis); stroke-width: 1.4; }
.rotation { stroke-dasharray: 9 4; }
.head.axis { fill: var(--axis); }
.theta { fill: none; stroke: var(--axis); stroke-opacity: 0.6; }
.turn { fill: none; stroke: var(--ink); stroke-width: 1.6; }
.head.turn { fill: var(--ink); stroke: none; }
.mark { stroke: var(--ink); }
.head.mark { fill: var(--ink); }
`;

/**
 * What the scanner looked like, to scale, as an SVG file: the grid, the circle that every view sees, where the rays of every
 * view come from (coloured in order), the detector of the first view with its axis u and offset; for a cone beam the side
 * view too. Conventions: see volumes/kinds/radon/geometry.ts.
 * @throws SlicewiseError GEOMETRY for a kind that is no radon geometry, or a bad field
 */
export function geometrySvg(measurement: Pick<Measurement, 'kind' | 'geometry' | 'grid'>): string {
  const scan = layoutOf(measurement);
  const facts = describe(scan);
  const words = facts.map(([key, text], n) => {
    const [above, below] = [110 + 42 * n, 127 + 42 * n];
    return `<text class="key" x="${TEXT}" y="${above}">${key}</text><text x="${TEXT}" y="${below}">${escapeHtml(text)}</text>`;
  });
  return drawn(scan, WIDTH, heightOf(scan), '', `${words.join('\n')}\n${orderBar(TEXT, 104 + 42 * facts.length)}`);
}

/** As high as the drawing alone. */
const heightOf = ({ rows, source }: ScanLayout): number => (rows && source ? 920 : 656);

function drawn(scan: ScanLayout, width: number, height: number, style: string, words: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${titleOf(scan)}">
<defs><linearGradient id="order"><stop offset="0" stop-color="${orderColour(0, 2)}"/><stop offset="1" stop-color="${orderColour(1, 2)}"/></linearGradient></defs>
<style>${STYLE}${style}</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="title" x="30" y="36">${titleOf(scan)}</text>
<text x="30" y="56">seen from +z, to scale, mm</text>
${topView(scan, DRAWING)}
${scan.rows && scan.source ? `<text x="30" y="668">the first view from the side</text>\n${sideView(scan, SIDE)}` : ''}
${words}
</svg>
`;
}

/** Colours of the views in their order. */
const orderBar = (x: number, y: number): string =>
  `<rect x="${x}" y="${y}" width="120" height="7" fill="url(#order)"/>\n<text x="${x}" y="${y + 22}">first view</text>\n` +
  `<text x="${x + 120}" y="${y + 22}" text-anchor="end">last</text>`;

/** The same for a page, where a figure is narrow: the words below the drawing and larger. */
export function geometryFigures(measurement: Pick<Measurement, 'kind' | 'geometry' | 'grid'>): readonly Figure[] {
  const scan = layoutOf(measurement);
  const facts = describe(scan);
  const top = heightOf(scan) + 12;
  const words = facts.map(([key, text], n) => {
    const y = top + 24 * n;
    return `<text class="key" x="30" y="${y}">${key}</text><text x="${NARROW_TEXT}" y="${y}">${escapeHtml(text)}</text>`;
  });
  const bar = top + 24 * facts.length - 6;
  const height = bar + 40;
  const svg = drawn(scan, NARROW, height, LARGER, `${words.join('\n')}\n${orderBar(NARROW_TEXT, bar)}`);
  const alt = 'the scanner, to scale';
  return [{ svg, width: NARROW, height, alt, caption: alt }];
}

const titleOf = ({ kind, source, curved }: ScanLayout): string =>
  `${kindOf(kind)!.title}${source ? `, ${curved ? 'curved' : 'flat'} detector` : ''}`;

function describe(scan: ScanLayout): [string, string][] {
  const f = formatNumber;
  const { source, rows, gridSize, gridShape } = scan;
  const facts: [string, string][] = [
    ['Views', views(scan.angles)],
    ['Angle θ', 'counter-clockwise seen from +z; u = (cos θ, sin θ)'],
    ['Detector', `${scan.bins} bins × ${f(scan.pitch)} mm = ${f(scan.bins * scan.pitch)} mm along u`],
    ['Offset', `${f(scan.offset)} mm; axis at bin ${f((scan.bins - 1) / 2 - scan.offset / scan.pitch)} from 0`],
  ];
  if (isVectors(scan.kind)) facts.push(['Vectors', 'of every view; drawn as the nearest circle']);
  if (scan.curved) facts.push(['Curved', 'an arc about the source; pitch and offset along it']);
  if (rows) facts.push(['Rows', `${rows.count} × ${f(rows.pitch)} mm along v = +z, offset ${f(rows.offset)} mm`]);
  if (scan.heights) {
    const [first, last] = [scan.heights[0], scan.heights.at(-1)!];
    const [low, high] = [Math.min(...scan.heights), Math.max(...scan.heights)];
    const helix = `${f(first)} … ${f(last)} mm along z (helix), the detector with it`;
    facts.push(['Source height', isVectors(scan.kind) ? `${f(low)} to ${f(high)} mm along z` : helix]);
  }
  if (source) {
    const half = (scan.bins * scan.pitch) / 2 / source.toDetector;
    const fan = (2 * (scan.curved ? half : Math.atan(half)) * 180) / Math.PI;
    facts.push(
      ['Source', `at ${f(source.toAxis)} mm · (sin θ, −cos θ)`],
      ['Source to detector', `${f(source.toDetector)} mm, magnification ${f(source.toDetector / source.toAxis)}`],
      ['Fan angle', `${f(fan)}°`],
    );
  } else {
    facts.push(['Rays', 'along (−sin θ, cos θ); bin s: x cos θ + y sin θ = s']);
  }
  facts.push(
    [
      'Seen by every view',
      scan.fieldOfView > 0 ? `circle of ${f(2 * scan.fieldOfView)} mm (dashed)` : 'nothing: the axis is off the detector',
    ],
    ['Grid', `${gridShape[2]} × ${gridShape[1]} × ${gridShape[0]} voxels, ${gridSize.map(f).join(' × ')} mm`],
    ['Dot in a corner', 'row 0, column 0 of the grid'],
  );
  return facts;
}

function views(angles: readonly number[]): string {
  const f = formatNumber;
  const n = angles.length;
  const sense = n < 2 || angles[1] === angles[0] ? '' : angles[1] > angles[0] ? ', counter-clockwise' : ', clockwise';
  const summary = summariseAngles(angles);
  const step = 'step' in summary ? ` in steps of ${f(Math.abs(summary.step as number))}°` : '';
  return n === 1 ? `1 at ${f(angles[0])}°` : `${n}, ${f(angles[0])}° … ${f(angles[n - 1])}°${step}${sense}`;
}
