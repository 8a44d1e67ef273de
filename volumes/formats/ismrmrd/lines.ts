import { SlicewiseError } from '../../../core/errors.js';
import { hasFlag, type Acquisition } from './records.js';
import type { MrHeader } from '../support/mr-header.js';

/**
 * Are lines missing that the scan must have had? Undersampling leaves lines out on purpose, so only what cannot be on purpose is an error:
 * slices without lines, no line through the origin, gaps in a flagged calibration region, slices with fewer lines than others, and few
 * missing lines where the header declares no acceleration.
 * @param acquisitions of one image; 2-D encodings
 * @throws SlicewiseError FORMAT naming the lines
 */
export function requireLines(
  acquisitions: readonly Acquisition[],
  header: MrHeader,
  file: string,
  center: number,
  wholeStack: boolean,
): void {
  const incomplete = (message: string, expected: string, got: string): SlicewiseError => lacks(file, `lines: ${message}`, expected, got);
  const lines = new Map<number, Set<number>>();
  for (const { counters } of acquisitions) {
    if (!lines.has(counters.slice)) lines.set(counters.slice, new Set());
    lines.get(counters.slice)!.add(counters.ky);
  }
  const slices = [...lines.keys()].sort((a, b) => a - b);
  const limits = header.limits.kspace_encoding_step_1;
  if (wholeStack) requireSlices(slices.length, header, file);

  const most = Math.max(...[...lines.values()].map((set) => set.size));
  const union = [...new Set([...lines.values()].flatMap((set) => [...set]))].sort((a, b) => a - b);
  for (const slice of slices) {
    const set = lines.get(slice)!;
    if (!set.has(center)) throw incomplete(`slice ${slice} has none through the origin`, `ky ${center}`, `${set.size} other lines`);
    if (set.size < most) {
      const missing = union.filter((ky) => !set.has(ky));
      throw incomplete(`slice ${slice} has fewer than others`, `${most} lines`, `${set.size}, without ky ${listed(missing)}`);
    }
    const flagged = acquisitions.filter(
      (a) => a.counters.slice === slice && (hasFlag(a, 'calibration') || hasFlag(a, 'calibrationAndImaging')),
    );
    const region = flagged.map((a) => a.counters.ky);
    if (region.length > 0) requireWhole(Math.min(...region), Math.max(...region), set, `slice ${slice}, calibration region`);
    if (limits && (header.acceleration?.[0] ?? 1) === 1 && 2 * set.size > limits.maximum - limits.minimum + 1) {
      requireWhole(limits.minimum, limits.maximum, set, `slice ${slice}, no acceleration declared`);
    }
  }

  function requireWhole(from: number, to: number, set: ReadonlySet<number>, what: string): void {
    const missing = Array.from({ length: to - from + 1 }, (_, n) => from + n).filter((ky) => !set.has(ky));
    if (missing.length > 0) throw incomplete(what, `ky ${from} … ${to}`, `${set.size} lines, without ky ${listed(missing)}`);
  }
}

/**
 * The same for a 3-D encoding, where patterns of all sorts are on purpose. What is not: that the last of equal partitions (or rows) has
 * fewer lines than all before it, or that partitions at the end of the header's range were never begun although none is left out between.
 * @param acquisitions in the order of the file
 * @throws SlicewiseError FORMAT
 */
export function requireWholeVolume(acquisitions: readonly Acquisition[], header: MrHeader, file: string): void {
  const order = acquisitions.map(({ counters: { ky, kz } }) => [ky, kz] as const);
  const changes = (a: 0 | 1): number => order.filter((line, n) => n > 0 && line[a] !== order[n - 1][a]).length;
  const slow = changes(0) < changes(1) ? 0 : 1;
  const groups = new Map<number, Set<number>>();
  for (const line of order) groups.set(line[slow], (groups.get(line[slow]) ?? new Set()).add(line[1 - slow]));
  const names = ['ky', 'kz'] as const;
  const limits = header.limits[slow === 0 ? 'kspace_encoding_step_1' : 'kspace_encoding_step_2'];
  const begun = [...groups.keys()];
  if (begun.length < 3) return;
  const whole = [...groups.values()].slice(0, -1);
  const alike = whole.every((set) => set.size === whole[0].size);
  const last = [...groups.values()].at(-1)!;
  if (alike && last.size < whole[0].size && [...last].every((n) => whole[0].has(n))) {
    throw lacks(file, `lines: ${names[slow]} ${begun.at(-1)} has fewer than the others`, `${whole[0].size} lines`, `${last.size}`);
  }
  if (!limits || !alike) return;
  const sorted = [...begun].sort((a, b) => a - b);
  const step = sorted[1] - sorted[0];
  const inOrder = begun.every((n, i) => i === 0 || n === begun[i - 1] + step);
  const regular = sorted.every((n, i) => i === 0 || n - sorted[i - 1] === step);
  if (regular && inOrder && limits.maximum - sorted.at(-1)! >= Math.max(2 * step, 2)) {
    throw lacks(file, `lines: ${names[slow]} ends early`, `${limits.minimum} … ${limits.maximum}`, `${sorted[0]} … ${sorted.at(-1)}`);
  }
}

/** @throws SlicewiseError FORMAT when the header declares more slices than there are */
export function requireSlices(slices: number, { limits: { slice } }: MrHeader, file: string): void {
  const all = slice ? slice.maximum - slice.minimum + 1 : slices;
  if (slices < all) throw lacks(file, 'lines: whole slices', `${all} slices`, `${slices}`);
}

const lacks = (file: string, message: string, expected: string, got: string): SlicewiseError =>
  new SlicewiseError('FORMAT', {
    message: `${file} lacks ${message}`,
    expected,
    got,
    hint: 'the file may be truncated: copy it again, or take them as not measured with --missing-lines mask',
  });

const listed = (lines: readonly number[]): string => lines.slice(0, 6).join(', ') + (lines.length > 6 ? `, … (${lines.length})` : '');
