import { HATCH, HATCH_PERIOD } from '../colour.js';
import type { PanelSet } from '../panels.js';
import { formatNumber } from '../window.js';

/** Name of the pattern of lines over what was not measured. */
export const HATCH_ID = 'not-measured';

/** The lines of `hatch` as an SVG pattern. */
export function hatchPattern(): string {
  const p = HATCH_PERIOD;
  const line = `<path d="M-1 1L1 -1M0 ${p}L${p} 0M${p - 1} ${p + 1}L${p + 1} ${p - 1}" stroke="rgb(${HATCH.join(',')})"/>`;
  return `<pattern id="${HATCH_ID}" width="${p}" height="${p}" patternUnits="userSpaceOnUse">${line}</pattern>`;
}

/**
 * A round length of a quarter to a half of the widest panel: its pixels where that is `columnWidth` pixels wide, and its words; undefined
 * where panels have no common scale.
 */
export function lengthBar(set: PanelSet, columnWidth: number): { pixels: number; text: string } | undefined {
  if (set.unit === undefined) return undefined;
  const views = set.planes.map((plane) => set.view(set.columns[0].volume, plane));
  const across = Math.max(...views.map((view) => view.width * view.pixel[0]));
  const decade = 10 ** Math.floor(Math.log10(across / 2));
  const length = decade * [5, 2, 1].find((factor) => factor * decade <= across / 2)!;
  return { pixels: (length / across) * columnWidth, text: `${formatNumber(length)} ${set.unit}` };
}
