import { Canvas, fitText, lineHeight } from '../../src/report/canvas.js';
import { greyPixels } from '../../src/report/colour.js';
import { resample, viewSlice } from '../../src/report/slice-view.js';
import type { DisplayWindow } from '../../src/report/window.js';
import type { Volume } from '../../src/index.js';

const GAP = 6;
const COLUMNS = 3;

/** 64 greys: more would store little but noise. */
const inSteps = (grey: number): number => Math.min(255, 4 * Math.round(grey / 4));

/** Grey PNG of the first slice of each image, three in a row, x to the right and y up, all with one window. */
export function pictureOf(
  panels: readonly { readonly label: string; readonly image: Volume }[],
  window: DisplayWindow,
  width = 180,
): Uint8Array {
  const head = lineHeight() + 2 * GAP;
  const rows = Math.ceil(panels.length / COLUMNS);
  const canvas = new Canvas(COLUMNS * (width + GAP) - GAP, rows * (width + head), [0, 0, 0]);
  panels.forEach(({ label, image }, n) => {
    const view = resample(viewSlice(image, 'axial', 'neurological', 0), width);
    const [x, y] = [(n % COLUMNS) * (width + GAP), Math.floor(n / COLUMNS) * (width + head)];
    canvas.text(fitText(label, width), x + 2, y + GAP, [220, 220, 220]);
    canvas.put(greyPixels(view.values, window).map(inSteps), view.width, view.height, x, y + head);
  });
  return canvas.png();
}
