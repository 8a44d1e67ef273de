import { Canvas, fitText, lineHeight } from './canvas.js';
import { errorPixels, greyPixels, type Rgb } from './colour.js';
import { textWidth } from './font.js';
import { errorPanel, greyPanel, panelSet, type PanelImage } from './panels.js';
import type { PanelInput } from './types.js';
import { formatNumber, unitLabel } from './window.js';

const BACKGROUND: Rgb = [17, 18, 20];
const INK: Rgb = [232, 232, 228];
const FAINT: Rgb = [150, 152, 156];
const MARGIN = 16;
const GAP = 8;
const BAR = { width: 160, height: 10 };

/**
 * PNG of all panels: a row for each plane (and, with a reference, a row of coloured errors under it), a column for the
 * reference and for each method, the window and the error scale written below. Panels are to one scale where all axes measure the same.
 * @param columnWidth pixels of the widest panel
 * @throws SlicewiseError as `panelSet`
 */
export function renderMontage(input: PanelInput, columnWidth = 288): Uint8Array {
  const set = panelSet(input);
  const line = lineHeight();
  const labelWidth = Math.max(...['index 0000', ...set.planes].map(textWidth)) * 2 + GAP;

  const rows: { label: string; note: string; edges?: { left: string; top: string }; panels: (PanelImage | null)[] }[] = [];
  for (const plane of set.planes) {
    const view = set.view(set.columns[0].volume, plane);
    const width = Math.max(1, Math.round(columnWidth * set.share(plane)));
    rows.push({
      label: plane,
      note: `index ${view.index}`,
      edges: view,
      panels: set.columns.map((column) => greyPanel(set, column, plane, width)),
    });
    if (set.reference) {
      const panels = set.columns.map((c) => (c.isReference ? null : errorPanel(set, c, plane, width)));
      if (panels.some(Boolean)) rows.push({ label: 'error', note: '', panels });
    }
  }
  const heights = rows.map((row) => Math.max(2 * line + GAP, ...row.panels.map((p) => p?.height ?? 0)));
  const head = MARGIN + 2 * (line + GAP);
  const foot = line + BAR.height + 4 * GAP;
  const unit = unitLabel(set.units);
  const { low, high } = set.window;
  const windowText = `${formatNumber(low)} … ${formatNumber(high)} ${unit}`;
  const errorText = set.reference ? `error ±${formatNumber(set.errorLimit)} ${unit}` : '';
  const bars = MARGIN + labelWidth;
  const errorBar = bars + Math.max(BAR.width, 2 * textWidth(windowText)) + 2 * MARGIN;
  const width =
    Math.max(bars + set.columns.length * (columnWidth + GAP) - GAP, errorBar + Math.max(BAR.width, 2 * textWidth(errorText))) + MARGIN;
  const height = head + heights.reduce((a, h) => a + h + GAP, 0) + foot;
  const canvas = new Canvas(width, height, BACKGROUND);

  set.columns.forEach((column, n) => {
    const x = MARGIN + labelWidth + n * (columnWidth + GAP);
    canvas.text(fitText(column.name, columnWidth), x, MARGIN, INK);
    if (column.psnr != null) canvas.text(`${column.psnr.toFixed(2)} dB`, x, MARGIN + line + GAP, FAINT);
  });
  let y = head;
  rows.forEach((row, r) => {
    canvas.text(row.label, MARGIN, y, row.edges ? INK : FAINT);
    canvas.text(row.note, MARGIN, y + line + GAP, FAINT);
    row.panels.forEach((panel, n) => {
      const x = MARGIN + labelWidth + n * (columnWidth + GAP);
      if (!panel) return;
      canvas.put(panel.pixels, panel.width, panel.height, x, y);
      if (n > 0 || !row.edges) return;
      canvas.text(row.edges.left, x + 4, (y + Math.max(0, panel.height / 2 - 4)) | 0, INK, 1);
      canvas.text(row.edges.top, x + (panel.width >> 1) - 2, y + 3, INK, 1);
    });
    y += heights[r] + GAP;
  });

  y += GAP;
  drawBar(canvas, bars, y, (t) => greyPixels(Float32Array.of(t), { low: 0, high: 1 }));
  canvas.text(windowText, bars, y + BAR.height + GAP, FAINT);
  if (set.reference) {
    drawBar(canvas, errorBar, y, (t) => errorPixels(Float32Array.of(2 * t - 1), 1));
    canvas.text(errorText, errorBar, y + BAR.height + GAP, FAINT);
  }
  return canvas.png();
}

function drawBar(canvas: Canvas, x: number, y: number, colour: (t: number) => Uint8Array): void {
  for (let c = 0; c < BAR.width; c++) {
    const [r, g, b] = colour(c / (BAR.width - 1));
    canvas.fill(x + c, y, 1, BAR.height, [r, g, b]);
  }
}
