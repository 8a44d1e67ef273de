import { magnitudeOf, type Volume } from '../../volumes/volume.js';
import { errorPixels, greyPixels, tint, type Rgb } from './colour.js';
import { panelSet, type PanelSet } from './panels.js';
import { encodePng } from './png.js';
import { nativeWidth, resample } from './slice-view.js';
import type { Figure } from './types.js';
import { formatNumber, unitLabel, withUnit } from './window.js';

/** An image that was taken apart, all on one grid (engine/trust/decompose.ts). */
export interface TakenApart {
  readonly measured: Volume;
  readonly added: Volume;
  /** 1 determined by the data, 0 invented. */
  readonly resolution: Volume;
  /** 1 where more was added than measured. */
  readonly exceeds: Volume;
}

/** Over what is more added than measured: a colour that is in no other map. */
const MADE_UP: Rgb = [214, 79, 184];

type Pixels = (view: ReturnType<typeof resample>) => Uint8Array;

/** The middle image of the first plane as a figure. */
function figure(set: PanelSet, volume: Volume, pixels: Pixels, words: Pick<Figure, 'alt' | 'caption'>): Figure {
  const view = set.view(magnitudeOf(volume), set.planes[0]);
  const image = resample(view, nativeWidth(view, 512));
  const { width, height } = image;
  return { width, height, png: encodePng(pixels(image), width, height), ...words };
}

/** The result with a tint where more was added than measured, what was measured, what was added, and how much was measured. */
export function decompositionFigures(volume: Volume, { measured, added, resolution, exceeds }: TakenApart): Figure[] {
  const set = panelSet({ results: [{ name: 'result', volume }] });
  const { window, errorLimit, units } = set;
  const grey: Pixels = ({ values }) => greyPixels(values, window);
  const over = set.view(exceeds, set.planes[0]);
  const marked: Pixels = (image) => {
    const pixels = grey(image);
    tint(pixels, resample(over, image.width).values, MADE_UP);
    return pixels;
  };
  const complex = added.dtype === 'complex64' || magnitudesOnly(added);
  const difference: Pixels = complex
    ? ({ values }) => greyPixels(values, { low: 0, high: errorLimit })
    : ({ values }) => errorPixels(values, errorLimit);
  const share: Pixels = ({ values }) => greyPixels(values, { low: 0, high: 1 });
  return [
    figure(set, volume, marked, { alt: 'where the image is made up', caption: 'the image; tinted: more added than measured' }),
    figure(set, measured, grey, { alt: 'what was measured', caption: 'A⁺A x, what the data say' }),
    figure(set, added, difference, {
      alt: 'what was added',
      caption: `x − A⁺A x, what was added, ${complex ? '0 … ' : '±'}${formatNumber(errorLimit)} ${unitLabel(units)}`,
    }),
    figure(set, resolution, share, { alt: 'resolution', caption: 'resolution, black 0 (invented) to white 1 (determined)' }),
  ];
}

/** No value is below 0: differences that were written as their moduli. */
const magnitudesOnly = ({ data }: Volume): boolean => !data.some((value) => value < 0);

/** Samples beside each other, and how far they spread. @param samples their middle slices @param std of the whole volume */
export function sampleFigures(volume: Volume, samples: readonly Volume[], std?: Volume, halfWidth?: Volume): Figure[] {
  const set = panelSet({ results: [{ name: 'mean', volume }] });
  const { window, errorLimit, units } = set;
  const spread = (of: Volume, alt: string, caption: string): Figure =>
    figure(set, of, ({ values }) => greyPixels(values, { low: 0, high: errorLimit }), {
      alt,
      caption: `${caption}, black 0 to white ${withUnit(errorLimit, units)}`,
    });
  return [
    ...samples.map((sample, n) => {
      const own = panelSet({ results: [{ name: 'sample', volume: sample }], window });
      return figure(own, sample, ({ values }) => greyPixels(values, window), { alt: `sample ${n + 1}`, caption: `sample ${n + 1}` });
    }),
    ...(std ? [spread(std, 'standard deviation of the samples', 'standard deviation of the samples')] : []),
    ...(halfWidth ? [spread(halfWidth, 'half width of the 90 % interval', 'half width of the calibrated 90 % interval')] : []),
  ];
}
