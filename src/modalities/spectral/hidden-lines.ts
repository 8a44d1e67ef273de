import { drawEvenly } from '../../../operators/patterns/draws.js';
import { HIDDEN_DRAW } from '../held-out.js';

/**
 * Lines to hide, in runs as wide as the missing ones, with measured lines on both sides: how well a method fills a line hangs on how near
 * the next one is, and not for all methods alike. Where no such place is left, narrower runs, and single lines wherever they lie.
 *
 * @param present lines that were measured
 * @param lines of the cube
 * @param count how many are hidden at least; the last run may be wider than what is left to hide
 */
export function hiddenLines(present: readonly number[], lines: number, count: number, seed: number): number[] {
  const live = Array.from({ length: lines }, () => false);
  for (const line of present) live[line] = true;
  const widths = missingRuns(live).map((width) => Math.min(width, count));
  const hidden: number[] = [];
  for (let run = 0; hidden.length < count; run++) {
    let width = widths[run % widths.length] ?? 1;
    let starts = placesFor(live, width);
    while (starts.length === 0 && width > 1) starts = placesFor(live, --width);
    // no line with both neighbours is left
    if (starts.length === 0) starts = present.filter((line) => live[line]);
    const [start] = drawEvenly(starts, 1, seed, HIDDEN_DRAW + run);
    for (let line = start; line < start + width; line++) {
      live[line] = false;
      hidden.push(line);
    }
  }
  return hidden;
}

/** Widths of the runs of missing lines, the widest first. */
function missingRuns(live: readonly boolean[]): number[] {
  const widths: number[] = [];
  live.forEach((one, line) => {
    if (one) return;
    if (line > 0 && !live[line - 1]) widths[widths.length - 1]++;
    else widths.push(1);
  });
  return widths.sort((a, b) => b - a);
}

/** Where so many live lines begin that have a live line before and behind. */
function placesFor(live: readonly boolean[], width: number): number[] {
  const starts = Array.from({ length: Math.max(0, live.length - width - 1) }, (_, n) => n + 1);
  return starts.filter((start) => live.slice(start - 1, start + width + 1).every((one) => one));
}
