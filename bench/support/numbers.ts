/** Of an odd or even number of values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A Markdown table with its columns lined up. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((cell, i) => Math.max(cell.length, 3, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i ? cell.padStart(width[i]) : cell.padEnd(width[i]))).join(' | ')} |`;
  const rule = width.map((n, i) => (i ? `${'-'.repeat(n - 1)}:` : '-'.repeat(n)));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
