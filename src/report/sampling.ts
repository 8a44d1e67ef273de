import { kspaceRows } from '../../volumes/kinds/kspace/facts.js';
import type { Measurement } from '../../volumes/measurement.js';
import { trajectoryRows } from '../../volumes/kinds/trajectory/facts.js';
import { encodePng } from './canvas.js';
import { escapeHtml, pngDataUri } from './html.js';
import type { KspaceView } from './types.js';
import { formatNumber } from './window.js';

/** What a report shows of a k-space scan; undefined for other kinds. */
export function kspaceView(scan: Measurement, method: { readonly options: object }, noiseLevel?: number): KspaceView | undefined {
  const along = scan.kind === 'fourier.noncartesian';
  if (!along && scan.kind !== 'fourier.cartesian') return undefined;
  const { mask, trajectory } = scan.arrays ?? {};
  const told = Object.entries(method.options).filter(([, value]) => value !== undefined && value !== null);
  const rows: (readonly [string, string])[] = [
    ...(along ? trajectoryRows(scan) : kspaceRows(scan)),
    ['noise', noiseLevel === undefined ? 'not known' : `${formatNumber(noiseLevel)} in each part (standard deviation)`],
    ['options', told.map(([name, value]) => `${name} ${typeof value === 'number' ? formatNumber(value) : String(value)}`).join(', ')],
  ];
  if (!along || !trajectory) return { rows, mask };
  return { rows, trajectory: { points: trajectory.data, matrix: [scan.grid.shape[1], scan.grid.shape[2]] } };
} // prettier-ignore

/** Facts of the scan as a table, its mask or trajectory beside it: the first slice's where slices differ. */
export function kspaceSection({ rows, mask, trajectory }: KspaceView): string {
  const cells = rows.map(([key, text]) => `<tr><th>${escapeHtml(key)}</th><td class="text">${escapeHtml(text)}</td></tr>`).join('\n'); // prettier-ignore
  return `<div class="kspace">${mask ? maskFigure(mask) : ''}${trajectory ? trajectoryFigure(trajectory) : ''}<table><tbody>\n${cells}\n</tbody></table></div>`;
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

/** Pixels of the longer side of the picture of a trajectory. */
const SIDE = 256;

/**
 * The samples in the k-space of the image, ky downwards and kx to the right; the brighter a pixel the more samples fall into it, so that neighbouring spokes stay apart. Samples are joined
 * by nothing: where one readout ends is not known.
 */
function trajectoryFigure({ points, matrix: [rows, columns] }: NonNullable<KspaceView['trajectory']>): string {
  const longest = Math.max(rows, columns);
  const [height, width] = [rows, columns].map((n) => Math.round((SIDE * n) / longest));
  const hits = new Uint32Array(height * width);
  for (let s = 0; s + 1 < points.length; s += 2) {
    const y = Math.min(height - 1, Math.floor((points[s] / rows + 0.5) * height));
    const x = Math.min(width - 1, Math.floor((points[s + 1] / columns + 0.5) * width));
    hits[y * width + x]++;
  }
  const pixels = new Uint8Array(3 * height * width);
  hits.forEach((count, i) => pixels.fill(count === 0 ? 0 : 255 * (1 - 0.35 ** count), 3 * i, 3 * i + 3));
  const source = pngDataUri(encodePng(pixels, width, height));
  const alt = `trajectory: every sample in the k-space of ${rows} × ${columns} pixels`;
  return `<figure><img src="${source}" alt="${alt}" width="${width}" height="${height}"><figcaption class="soft">${alt}; ky downwards, kx to the right</figcaption></figure>`;
}
