import { SlicewiseError } from '../../../../core/errors.js';
import { drawEvenly, uniforms } from '../../../../operators/patterns/draws.js';

export const PATTERNS = ['random', 'jittered', 'regular', 'gap', 'block'] as const;

export interface PatternOptions {
  readonly pattern: (typeof PATTERNS)[number];
  /** Share of the traces that are missing. */
  readonly missing: number;
  /** Traces of the gap; default as `missing` says. */
  readonly gap?: number;
  readonly seed: number;
}

/** Blocks overlap: a share near 1 is not waited for. */
const MOST_BLOCKS = 10_000;

/**
 * Which traces of a grid are measured, [line, trace] of 1 and 0:
 *
 * - random: exactly the share, any of the grid;
 * - jittered: one of every run of k = 1/(1 − share) traces of a line, anywhere in it, so that gaps are bounded (Hennenfent & Herrmann
 *   2008);
 * - regular: every k-th is left (of a share below half: every k-th is missing), the same in all lines;
 * - gap: a gap in the middle of the traces, the same in all lines;
 * - block: blocks of a tenth of the grid's sides (of one line: runs), until the share is reached.
 *
 * @throws SlicewiseError ARGUMENT where nothing would be left, or nothing missing
 */
export function tracePattern(lines: number, traces: number, options: PatternOptions): Uint8Array {
  const { pattern, missing, gap, seed } = options;
  const live = new Uint8Array(lines * traces);
  const period = 1 / (1 - missing);
  if (pattern === 'random') {
    live.fill(1);
    for (const trace of drawEvenly([...live.keys()], Math.round(missing * live.length), seed, 0)) live[trace] = 0;
  } else if (pattern === 'jittered') {
    for (let line = 0; line < lines; line++) {
      const random = uniforms(traces, seed, line);
      for (let from = 0, n = 0; Math.round(from) < traces; from += period) {
        const [start, stop] = [Math.round(from), Math.min(traces, Math.round(from + period))];
        live[line * traces + start + Math.floor(random[n++] * (stop - start))] = 1;
      }
    }
  } else if (pattern === 'regular') {
    // below half of them, every k-th is missing instead
    const few = missing < 0.5;
    const every = Math.round(few ? 1 / missing : period);
    for (let trace = 0; trace < live.length; trace++) live[trace] = ((trace % traces) % every === 0) !== few ? 1 : 0;
  } else if (pattern === 'gap') {
    const width = gap ?? Math.round(missing * traces);
    const from = Math.floor((traces - width) / 2);
    for (let trace = 0; trace < live.length; trace++) {
      live[trace] = trace % traces >= from && trace % traces < from + width ? 0 : 1;
    }
  } else {
    live.fill(1);
    const sides = [Math.max(1, Math.round(lines / 10)), Math.max(1, Math.round(traces / 10))];
    for (let left = live.length, block = 0; left > (1 - missing) * live.length && block < MOST_BLOCKS; block++) {
      const random = uniforms(2, seed, block);
      const at = [lines, traces].map((n, a) => Math.floor(random[a] * Math.max(1, n - sides[a] + 1)));
      for (let line = at[0]; line < at[0] + sides[0]; line++) {
        for (let trace = at[1]; trace < at[1] + sides[1]; trace++) {
          left -= live[line * traces + trace];
          live[line * traces + trace] = 0;
        }
      }
    }
  }
  const count = live.reduce((sum, one) => sum + one, 0);
  if (count > 0 && count < live.length) return live;
  throw new SlicewiseError('ARGUMENT', {
    message: count === 0 ? 'no trace would be left' : 'no trace would be missing',
    expected: 'a share that leaves some traces and takes some away',
    got: gap === undefined ? `--missing ${missing} of ${live.length} traces, ${pattern}` : `--gap ${gap} of ${traces} traces`,
  });
}
