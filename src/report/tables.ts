import type { Units } from '../../volumes/volume.js';
import type { Comparison } from '../metrics/compare.js';
import { escapeHtml, formatBytes, formatSeconds } from './html.js';
import type { ReportResult } from './types.js';
import { formatNumber, unitLabel } from './window.js';

interface ColumnOfTable {
  readonly title: string;
  readonly unit: string;
  readonly value: (result: ReportResult) => number | null | undefined;
  readonly format: (value: number) => string;
  /** Which end is good, for the bold figure; timing and memory have none. */
  readonly best?: 'highest' | 'lowest' | 'nearest zero';
}

/** Metrics, time and memory of each method; columns that nobody has are left out. Empty text when there are none. */
export function metricsTable(results: readonly ReportResult[], units: Units): string {
  const unit = unitLabel(units);
  const metric =
    (pick: (m: Comparison) => number | null) =>
    ({ metrics }: ReportResult): number | null | undefined =>
      metrics && pick(metrics);
  const fixed = (digits: number) => (value: number) =>
    value
      .toFixed(digits)
      .replace(/^-(0\.0+)$/, '$1')
      .replace('-', '−');
  const planes = [...new Set(results.flatMap(({ metrics }) => Object.keys(metrics?.ssimByPlane ?? {})))];
  const error = units === 'HU' ? fixed(1) : formatNumber;
  const columns: ColumnOfTable[] = [
    { title: 'PSNR', unit: 'dB', value: metric((m) => m.psnr), format: fixed(2), best: 'highest' },
    ...planes.map((plane): ColumnOfTable => ({
      title: 'SSIM',
      unit: plane,
      value: metric((m) => m.ssimByPlane[plane]),
      format: fixed(4),
      best: 'highest',
    })),
    { title: 'Bias', unit, value: metric((m) => m.error.mean), format: error, best: 'nearest zero' },
    { title: 'MAE', unit, value: metric((m) => m.error.mae), format: error, best: 'lowest' },
    { title: 'RMSE', unit, value: metric((m) => m.error.rmse), format: error, best: 'lowest' },
    {
      title: '95 % of |error|',
      unit: `below, ${unit}`,
      value: metric((m) => m.error.p95),
      format: error,
      best: 'lowest',
    },
    { title: 'Steps', unit: '', value: (r) => r.events?.length, format: String },
    { title: 'Time', unit: '', value: (r) => r.seconds, format: formatSeconds },
    { title: 'Peak memory', unit: '', value: (r) => r.peakBytes, format: formatBytes },
  ];
  const present = columns.filter((c) => results.some((r) => c.value(r) != null));
  if (present.length === 0) return '';
  const head = present.map((c) => `<th scope="col">${escapeHtml(c.title)}<small>${escapeHtml(c.unit) || '&nbsp;'}</small></th>`);
  // What reads the same is equally good.
  const best = present.map((c) => bestOf(c, results));
  const body = results.map((result) => {
    const cells = present.map((c, n) => {
      const value = c.value(result);
      if (value == null) return '<td>–</td>';
      const text = c.format(value);
      return `<td${text === best[n] ? ' class="best"' : ''}>${escapeHtml(text)}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(result.name)}</th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table>
<caption>${escapeHtml(caption(results))}</caption>
<thead><tr><th scope="col">Method<small>&nbsp;</small></th>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}

function bestOf(column: ColumnOfTable, results: readonly ReportResult[]): string | undefined {
  const values = results.map(column.value).filter((v): v is number => v != null);
  if (!column.best || values.length < 2) return undefined;
  const badness = { highest: (v: number) => -v, lowest: (v: number) => v, 'nearest zero': Math.abs }[column.best];
  return column.format(values.reduce((a, b) => (badness(b) < badness(a) ? b : a)));
}

function caption(results: readonly ReportResult[]): string {
  const first = results.find((r) => r.metrics)?.metrics;
  if (!first) return '';
  const unit = unitLabel(first.units);
  const clip = first.clip ? `, both clipped to ${formatNumber(first.clip.low)} … ${formatNumber(first.clip.high)} ${unit}` : '';
  return (
    `PSNR over the whole volume with peak ${formatNumber(first.peak)} ${unit} (${first.peakSource})${clip}; ` +
    `SSIM with an 11×11 Gaussian window (σ 1.5) and the peak as data range, mean over slices; ` +
    `errors are reconstruction − reference, not clipped. Bold: best of the column.`
  );
}
