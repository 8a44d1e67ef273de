import { escapeHtml, pngDataUri, svgDataUri } from './html.js';
import type { Figure, ScanSection } from './types.js';

/** Facts of the scan as a table, its figures beside it. */
export function scanTable({ rows, figures }: ScanSection): string {
  const cells = rows.map(([key, text]) => `<tr><th>${escapeHtml(key)}</th><td class="text">${escapeHtml(text)}</td></tr>`).join('\n');
  return `<div class="scan">${figures.map(figureHtml).join('')}<table><tbody>\n${cells}\n</tbody></table></div>`;
}

/** Pictures beside one another. */
export const figureRow = (figures: readonly Figure[]): string => `<div class="scan">${figures.map(figureHtml).join('')}</div>`;

function figureHtml(figure: Figure): string {
  const { alt, caption, width, height } = figure;
  const words = `<figcaption class="soft">${escapeHtml(caption)}</figcaption>`;
  if ('chart' in figure) return `<figure class="chart" style="width: ${width}px">${figure.chart}${words}</figure>`;
  const source = 'png' in figure ? pngDataUri(figure.png) : svgDataUri(figure.svg);
  const drawn = 'svg' in figure ? ' class="drawing"' : '';
  return `<figure${drawn}><img src="${source}" alt="${escapeHtml(alt)}" width="${width}" height="${height}">${words}</figure>`;
}
