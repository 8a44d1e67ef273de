import { encodePng } from './png.js';
import { ERROR_COLOURS } from './colour.js';
import { pngDataUri } from './html.js';
import { errorPanel, greyPanel, panelSet, type PanelImage, type PanelSet } from './panels.js';
import { FONT_FAMILY, lettering, round, textElement, type Lettering, type TextStyle } from './picture/lettering.js';
import { svgToPng } from './picture/rasterise.js';
import { HATCH_ID, hatchPattern, lengthBar } from './picture/marks.js';
import type { PanelInput } from './types.js';
import { formatNumber, unitLabel } from './window.js';

const BACKGROUND = '#111214';
const INK = '#e8e8e4';
const FAINT = '#a3a6ab';
const MARGIN = 20;
const GAP = 8;
const TITLE: TextStyle = { size: 16, weight: 'semibold' };
const LABEL: TextStyle = { size: 14, weight: 'semibold' };
const NOTE: TextStyle = { size: 13 };
const EDGE: TextStyle = { size: 12, weight: 'semibold' };
/** Height of a line over its size. */
const LEADING = 1.3;
const BAR = { width: 168, height: 10 };

/** A row of panels: one plane's images, or their errors. */
interface Row {
  readonly label: string;
  readonly note: string;
  /** What lies at the left and at the top edge. */
  readonly edges?: { readonly left: string; readonly top: string };
  readonly panels: readonly (PanelImage | null)[];
}

/**
 * PNG of all panels: a row for each plane (and, with a reference, a row of coloured errors under it), a column for the reference and for
 * each method, the window and the error scale below. Panels are to one scale where all axes measure the same, and a bar says how long a
 * length is. Names that are wider than their column go on in the next line.
 * @param columnWidth pixels of the widest panel
 * @throws SlicewiseError as `panelSet`
 */
export async function renderMontage(input: PanelInput, columnWidth = 288): Promise<Uint8Array> {
  return svgToPng(await montageSvg(input, columnWidth));
}

/** The same as an SVG picture. */
export async function montageSvg(input: PanelInput, columnWidth = 288): Promise<string> {
  const set = panelSet(input);
  const letters = await lettering();
  const rows = rowsOf(set, columnWidth);
  const line = (style: TextStyle): number => Math.ceil(LEADING * style.size);
  const labels = ['error', ...set.planes].map((text) => letters.width(text, LABEL));
  const notes = rows.map(({ note }) => letters.width(note, NOTE));
  const left = MARGIN + Math.ceil(Math.max(...labels, ...notes)) + 2 * GAP;

  const titles = set.columns.map(({ name }) => letters.wrap(letters.shown(name), columnWidth, TITLE));
  const titleLines = Math.max(...titles.map((lines) => lines.length));
  const known = set.columns.some(({ psnr }) => psnr != null);
  const titlesEnd = MARGIN + titleLines * line(TITLE);
  const head = titlesEnd + (known ? line(NOTE) : 0) + GAP;
  const columnAt = (n: number): number => left + n * (columnWidth + GAP);

  const parts: string[] = [];
  set.columns.forEach(({ psnr }, n) => {
    const x = columnAt(n);
    // names stand on one line above the images, however many lines some of them have
    titles[n].forEach((text, at) => {
      const y = titlesEnd - (titles[n].length - 1 - at) * line(TITLE) - 0.3 * TITLE.size;
      parts.push(textElement(text, { x, y, fill: INK, ...TITLE }));
    });
    if (psnr != null) parts.push(textElement(`${psnr.toFixed(2)} dB`, { x, y: titlesEnd + 0.9 * NOTE.size, fill: FAINT, ...NOTE }));
  });

  let y = head;
  for (const row of rows) {
    const words = (row.edges ? line(LABEL) : 0) + line(NOTE);
    const height = Math.max(words, ...row.panels.map((panel) => panel?.height ?? 0));
    if (row.edges) {
      parts.push(textElement(row.label, { x: MARGIN, y: y + LABEL.size, fill: INK, ...LABEL }));
      parts.push(textElement(row.note, { x: MARGIN, y: y + line(LABEL) + NOTE.size, fill: FAINT, ...NOTE }));
    } else parts.push(textElement(row.label, { x: MARGIN, y: y + NOTE.size, fill: FAINT, ...NOTE }));
    row.panels.forEach((panel, n) => {
      if (panel) parts.push(imageElement(panel, columnAt(n), y));
    });
    const [first] = row.panels;
    if (row.edges && first) parts.push(...edgeLetters(row.edges, first, left, y));
    y += height + GAP;
  }

  const foot = footer({ set, input, letters, x: left, y: y + GAP, columnWidth });
  parts.push(...foot.parts);
  const width = Math.max(columnAt(set.columns.length) - GAP, foot.right) + MARGIN;
  const height = foot.bottom + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-family="${FONT_FAMILY}">`,
    `<defs>${gradient('errors', ERROR_COLOURS)}${gradient('greys', ['#000', '#fff'])}${hatchPattern()}</defs>`,
    `<rect width="${width}" height="${height}" fill="${BACKGROUND}"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function rowsOf(set: PanelSet, columnWidth: number): Row[] {
  return set.planes.flatMap((plane) => {
    const view = set.view(set.columns[0].volume, plane);
    const width = Math.max(1, Math.round(columnWidth * set.share(plane)));
    const images = {
      label: plane,
      note: `index ${view.index}`,
      edges: view,
      panels: set.columns.map((c) => greyPanel(set, c, plane, width)),
    };
    if (!set.reference || set.columns.length === 1) return [images];
    const errors = set.columns.map((column) => (column.isReference ? null : errorPanel(set, column, plane, width)));
    return [images, { label: 'error', note: '', panels: errors }];
  });
}

/** Pixel for pixel. */
function imageElement({ pixels, width, height }: PanelImage, x: number, y: number): string {
  const source = pngDataUri(encodePng(pixels, width, height));
  return `<image x="${x}" y="${y}" width="${width}" height="${height}" image-rendering="optimizeSpeed" href="${source}"/>`;
}

function edgeLetters({ left, top }: NonNullable<Row['edges']>, { width, height }: PanelImage, x: number, y: number): string[] {
  const look = { fill: INK, halo: '#000', ...EDGE };
  // a panel lower than a line has no room for letters, one lower than two not for both
  const room = height >= 2 * EDGE.size;
  return [
    ...(left && height >= EDGE.size ? [textElement(left, { x: x + 5, y: y + height / 2 + 0.36 * EDGE.size, ...look })] : []),
    ...(top && room ? [textElement(top, { x: x + width / 2, y: y + EDGE.size + 2, anchor: 'middle', ...look })] : []),
  ];
}

/** The window, the error scale, what lines mean, how long a length is; the next line takes what one line has no room for. */
function footer(of: {
  readonly set: PanelSet;
  readonly input: PanelInput;
  readonly letters: Lettering;
  readonly x: number;
  readonly y: number;
  readonly columnWidth: number;
}): { parts: string[]; right: number; bottom: number } {
  const { set, input, letters, x, y, columnWidth } = of;
  const unit = unitLabel(set.units);
  const legend: { readonly text: string; readonly width: number; readonly mark: (x: number, y: number) => string }[] = [];
  const bar = (id: string, across: number, text: string): void => {
    const mark = (atX: number, atY: number): string =>
      `<rect x="${atX}" y="${atY}" width="${across}" height="${BAR.height}" fill="url(#${id})"/>`;
    legend.push({ text, width: across, mark });
  };
  bar('greys', BAR.width, `${formatNumber(set.window.low)} … ${formatNumber(set.window.high)} ${unit}`);
  if (set.reference && set.columns.length > 1) bar('errors', BAR.width, `error ±${formatNumber(set.errorLimit)} ${unit}`);
  if (input.results.some(({ support }) => support)) bar(HATCH_ID, 40, 'not measured');
  const length = lengthBar(set, columnWidth);
  if (length) {
    const { pixels, text } = length;
    const [high, half] = [BAR.height, BAR.height / 2];
    const mark = (atX: number, atY: number): string =>
      `<path d="M${atX} ${atY}v${high}m0 ${-half}h${round(pixels)}m0 ${-half}v${high}" fill="none" stroke="${INK}" stroke-width="1.5"/>`;
    legend.push({ text, width: pixels, mark });
  }

  const available = set.columns.length * (columnWidth + GAP) - GAP;
  const parts: string[] = [];
  const below = BAR.height + Math.ceil(LEADING * NOTE.size) + GAP;
  let [atX, atY, right] = [x, y, x];
  for (const { text, width, mark } of legend) {
    const wide = Math.ceil(Math.max(width, letters.width(text, NOTE)));
    if (atX > x && atX + wide > x + available) [atX, atY] = [x, atY + below];
    parts.push(mark(atX, atY), textElement(text, { x: atX, y: atY + BAR.height + GAP / 2 + NOTE.size, fill: FAINT, ...NOTE }));
    right = Math.max(right, atX + wide);
    atX += wide + 2 * MARGIN;
  }
  return { parts, right, bottom: atY + below };
}

function gradient(id: string, colours: readonly string[]): string {
  const stops = colours.map((colour, n) => `<stop offset="${(n / (colours.length - 1)).toFixed(4)}" stop-color="${colour}"/>`);
  return `<linearGradient id="${id}">${stops.join('')}</linearGradient>`;
}
