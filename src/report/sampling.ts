import { kspaceRows } from '../../volumes/kspace/facts.js';
import type { Measurement } from '../../volumes/measurement.js';
import { encodePng } from './canvas.js';
import { escapeHtml, pngDataUri } from './html.js';
import type { KspaceView } from './types.js';
import { formatNumber } from './window.js';

/** What a report shows of a k-space scan; undefined for other kinds. */
export function kspaceView(scan: Measurement, method: { readonly options: object }, noiseLevel?: number): KspaceView | undefined {
  if (scan.kind !== 'fourier.cartesian') return undefined;
  const mask = scan.arrays?.mask;
  const told = Object.entries(method.options).filter(([, value]) => value !== undefined && value !== null);
  const rows: (readonly [string, string])[] = [
    ...kspaceRows(scan),
    ['noise', noiseLevel === undefined ? 'not known' : `${formatNumber(noiseLevel)} in each part (standard deviation)`],
    ['options', told.map(([name, value]) => `${name} ${typeof value === 'number' ? formatNumber(value) : String(value)}`).join(', ')],
  ];
  return { rows, mask };
} // prettier-ignore

/** Facts of the scan as a table, its mask beside it: the first slice's where slices differ. */
export function kspaceSection({ rows, mask }: KspaceView): string {
  const cells = rows.map(([key, text]) => `<tr><th>${escapeHtml(key)}</th><td class="text">${escapeHtml(text)}</td></tr>`).join('\n'); // prettier-ignore
  return `<div class="kspace">${mask ? maskFigure(mask) : ''}<table><tbody>\n${cells}\n</tbody></table></div>`;
}

/** White where k-space was measured, ky downwards and kx to the right, one pixel a sample. */
function maskFigure({ data, shape }: NonNullable<KspaceView['mask']>): string {
  const [slices, height, width] = shape;
  const pixels = new Uint8Array(3 * height * width);
  for (let i = 0; i < height * width; i++) if (data[i] !== 0) pixels.fill(255, 3 * i, 3 * i + 3);
  const source = pngDataUri(encodePng(pixels, width, height));
  const which = slices > 1 ? `sampling mask of slice 0 of 0–${slices - 1}` : 'sampling mask';
  return `<figure><img src="${source}" alt="${which}" width="${width}" height="${height}"><figcaption class="soft">${which}: ky downwards, kx to the right</figcaption></figure>`;
}
