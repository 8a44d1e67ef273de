import type { Volume } from '../../volumes/volume.js';
import { encodePng } from './png.js';
import { greyPanel, panelSet } from './panels.js';
import { nativeWidth } from './slice-view.js';

/** Pixels of the longer side. */
const SIDE = 128;

/** A small PNG of the middle slice of a volume, in the window that a report would take. */
export function renderThumbnail(volume: Volume): Uint8Array {
  const set = panelSet({ results: [{ name: '', volume }] });
  const [plane] = set.planes;
  const view = set.view(set.columns[0].volume, plane);
  const image = greyPanel(set, set.columns[0], plane, Math.min(SIDE, nativeWidth(view, SIDE)));
  return encodePng(image.pixels, image.width, image.height);
}
