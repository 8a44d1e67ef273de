import { heldOutChoice, heldOutText, type HeldOutRecord } from '../engine/judge/record.js';
import { escapeHtml } from './html.js';

/** How well measurements that the method did not see were predicted, and what was chosen by it. */
export function heldOutTable(record: HeldOutRecord): string {
  const rows = (record.table ?? []).map(({ method, snr, seconds, left }) => {
    const cells =
      snr === undefined
        ? `<td class="text" colspan="2">${escapeHtml(left ?? 'not tried')}</td>`
        : `<td>${snr.toFixed(2)}</td><td>${(seconds ?? 0).toFixed(1)}</td>`;
    return `<tr><th>${escapeHtml(method)}</th>${cells}</tr>`;
  });
  const table =
    rows.length === 0
      ? ''
      : `<table><thead><tr><th>method</th><th>SNR, dB</th><th>s</th></tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
  const chosen = record.chosen ? `<p>Chosen: ${escapeHtml(heldOutChoice(record))}.</p>` : '';
  return (
    `<p>${escapeHtml(heldOutText(record))}. No truth was used: part of what was measured was hidden, and predicted from the ` +
    `rest.</p>\n${table}${chosen}`
  );
}
