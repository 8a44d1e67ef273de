import { greyPixels } from '../../src/report/colour.js';
import { pngDataUri } from '../../src/report/html.js';
import { FONT_FAMILY, lettering, textElement } from '../../src/report/picture/lettering.js';
import { encodePng } from '../../src/report/png.js';
import { resample, viewSlice } from '../../src/report/slice-view.js';
import type { DisplayWindow } from '../../src/report/window.js';
import { svgToPng, type Volume } from '../../src/index.js';

const GAP = 6;
const COLUMNS = 3;
const LABEL = { size: 13 };
const LINE = 17;

/** 64 greys: more would store little but noise. */
const inSteps = (grey: number): number => Math.min(255, 4 * Math.round(grey / 4));

/** Grey PNG of the first slice of each image, three in a row, x to the right and y up, all with one window. */
export async function pictureOf(
  panels: readonly { readonly label: string; readonly image: Volume }[],
  window: DisplayWindow,
  width = 180,
): Promise<Uint8Array> {
  const letters = await lettering();
  const shown = panels.map(({ label, image }) => {
    const view = resample(viewSlice(image, 'axial', 'neurological', 0), width);
    return { ...view, lines: letters.wrap(letters.shown(label), width - 4, LABEL), grey: greyPixels(view.values, window).map(inSteps) };
  });
  const parts: string[] = [];
  let y = 0;
  for (let row = 0; row < shown.length; row += COLUMNS) {
    const images = shown.slice(row, row + COLUMNS);
    const head = LINE * Math.max(...images.map(({ lines }) => lines.length)) + GAP;
    images.forEach(({ lines, grey, width: across, height }, n) => {
      const x = n * (width + GAP);
      lines.forEach((text, at) => parts.push(textElement(text, { x: x + 2, y: y + LINE * (at + 1) - 3, fill: '#dcdcdc', ...LABEL })));
      const source = pngDataUri(encodePng(grey, across, height));
      parts.push(`<image x="${x}" y="${y + head}" width="${across}" height="${height}" image-rendering="optimizeSpeed" href="${source}"/>`);
    });
    y += head + Math.max(...images.map(({ height }) => height));
  }
  const across = COLUMNS * (width + GAP) - GAP;
  const size = `width="${across}" height="${y}" viewBox="0 0 ${across} ${y}"`;
  const ground = `<rect width="${across}" height="${y}"/>`;
  return svgToPng(`<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${FONT_FAMILY}">${ground}${parts.join('')}</svg>`);
}
