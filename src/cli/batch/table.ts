import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { escapeHtml, formatBytes, formatSeconds, pngDataUri } from '../../report/html.js';
import { STYLE } from '../../report/style.js';
import { saveText } from '../outputs.js';
import { batchLayout } from './layout.js';
import type { ScanJob } from './messages.js';
import { readManifest, readRecord } from './record.js';

/** A line of the table of a batch. */
export interface Row {
  readonly scan: string;
  readonly name: string;
  readonly output: string;
  readonly status: 'done' | 'failed' | 'waiting';
  readonly method?: string;
  readonly prior?: string;
  readonly shape?: string;
  readonly units?: string;
  readonly seconds?: number;
  readonly steps?: number;
  readonly residual?: number;
  /** dB against the reference. */
  readonly psnr?: number;
  readonly planned?: number;
  readonly peak?: number;
  readonly tries?: number;
  readonly machine?: string;
  readonly created?: string;
  readonly sha256?: string;
  readonly warnings: readonly string[];
  readonly error?: string;
  /** Made with other options than those of this batch. */
  readonly otherOptions?: boolean;
}

/** Is the result of a scan there? A run that was killed between two of its files has a record that says so. */
export async function isDone({ folder, name, given }: ScanJob, root = ''): Promise<boolean> {
  const there = await stat(resolve(root, given.output)).catch(() => undefined);
  if (!there?.isFile()) return false;
  const record = await readRecord(batchLayout(resolve(root, folder)).of(name).record);
  return record === undefined || record.status === 'done';
}

/**
 * How every scan fared, from the folder of the batch: also of scans that other programs reconstructed into it with `recon --json`.
 * @param root where paths are seen from
 */
export function rowsOf(jobs: readonly ScanJob[], root = ''): Promise<Row[]> {
  return Promise.all(jobs.map((job) => rowOf(job, root)));
}

async function rowOf(job: ScanJob, root: string): Promise<Row> {
  const { scan, name, folder, given, options } = job;
  const files = batchLayout(resolve(root, folder)).of(name);
  const record = await readRecord(files.record);
  const row = { scan, name, output: given.output, warnings: record?.warnings ?? [] };
  const told = { tries: record?.tries, machine: record?.machine, planned: record?.planned };
  if (!(await isDone(job, root))) {
    if (record?.status !== 'failed') return { ...row, status: 'waiting' };
    return { ...row, ...told, status: 'failed', error: record.error };
  }
  const manifest = await readManifest(files.manifest);
  return {
    ...row,
    ...told,
    status: 'done',
    method: manifest?.method.name,
    prior: manifest?.prior?.name,
    shape: manifest?.measurement.grid.shape.join('x'),
    units: manifest?.measurement.grid.units,
    seconds: manifest?.timings.totalSeconds,
    peak: manifest?.peakBytes ?? undefined,
    psnr: manifest?.metrics?.psnr ?? undefined,
    created: manifest?.created,
    warnings: manifest?.warnings ?? row.warnings,
    steps: record?.steps,
    residual: record?.residual,
    sha256: record?.sha256,
    otherOptions: record !== undefined && record.options !== options,
  };
}

type Column = readonly [title: string, value: (row: Row) => string | number | undefined];

const COLUMNS: readonly Column[] = [
  ['scan', (r) => r.scan],
  ['output', (r) => (r.status === 'done' ? r.output : '')],
  ['status', (r) => r.status],
  ['method', (r) => r.method],
  ['prior', (r) => r.prior],
  ['shape', (r) => r.shape],
  ['units', (r) => r.units],
  ['seconds', (r) => r.seconds],
  ['steps', (r) => r.steps],
  ['residual', (r) => r.residual],
  ['psnr', (r) => r.psnr],
  ['planned_bytes', (r) => r.planned],
  ['peak_bytes', (r) => r.peak],
  ['tries', (r) => r.tries],
  ['machine', (r) => r.machine],
  ['created', (r) => r.created],
  ['sha256', (r) => r.sha256],
  ['warnings', (r) => r.warnings.join('; ')],
  ['error', (r) => r.error],
];

/** RFC 4180. */
export function csvOf(rows: readonly Row[]): string {
  const cell = (value: string | number | undefined): string => {
    const text = value === undefined ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, value]) => cell(value(row))))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** One page that loads nothing; `thumbnails` are PNG files by the name of the scan. */
export function pageOf(rows: readonly Row[], thumbnails: ReadonlyMap<string, Uint8Array>, command: string): string {
  const count = (status: Row['status']): number => rows.filter((row) => row.status === status).length;
  const [done, failed, waiting] = [count('done'), count('failed'), count('waiting')];
  const title = `${rows.length} scans: ${[`${done} done`, `${failed} failed`, ...(waiting ? [`${waiting} waiting`] : [])].join(', ')}`;
  const failures = rows.filter(({ status }) => status === 'failed');
  const list = failures.map(({ scan, error = '' }) => `<li><b>${escapeHtml(scan)}</b>: ${escapeHtml(error)}</li>`).join('\n');
  const references = rows.some(({ psnr }) => psnr !== undefined);
  const head = ['', 'Scan', 'Method', 'Time', 'Residual', ...(references ? ['PSNR, dB'] : []), 'Peak memory', 'Machine', 'SHA-256'];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}${OWN_STYLE}</style>
</head>
<body>
<header><h1>${title}</h1>
<p class="soft">${escapeHtml(command)}</p>
${failures.length > 0 ? `<div class="warnings" role="note"><ul>\n${list}\n</ul></div>` : ''}
</header>
<main>
<section><h2>Scans</h2>
<div class="scroll"><table class="batch">
<thead><tr>${head.map((text) => `<th scope="col">${text}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => line(row, references, thumbnails.get(row.name))).join('\n')}
</tbody></table></div>
</section>
</main>
</body>
</html>
`;
}

const OWN_STYLE = `
.batch img { display: block; width: 4.5rem; height: auto; background: #000; image-rendering: pixelated; }
.batch td.picture { padding-left: 0; }
.batch th:nth-child(2) { text-align: left; vertical-align: middle; }
.batch small { display: block; color: var(--soft); white-space: normal; overflow-wrap: anywhere; }
.batch .failed { color: var(--warn); }
`;

function line(row: Row, references: boolean, thumbnail?: Uint8Array): string {
  const { scan, output, status, method, prior, shape, seconds, steps, residual, psnr, peak, machine, sha256, warnings, error } = row;
  const picture = thumbnail && status === 'done' ? `<img src="${pngDataUri(thumbnail)}" alt="middle slice of ${escapeHtml(output)}">` : '';
  const small = (text: string): string => (text ? `<small>${escapeHtml(text)}</small>` : '');
  const cell = (text: string | undefined, below = ''): string => `<td>${escapeHtml(text ?? '–')}${small(below)}</td>`;
  const other = row.otherOptions ? 'made with other options; --force makes it anew' : '';
  const told = status === 'done' ? [output, other, ...warnings] : [status === 'failed' ? `failed: ${error ?? ''}` : 'waiting'];
  const scanCell = `<th scope="row"${status === 'failed' ? ' class="failed"' : ''}>${escapeHtml(scan)}${told.map(small).join('')}</th>`;
  const cells = [
    `<td class="picture">${picture}</td>`,
    scanCell,
    cell(method, [prior ?? '', shape?.replaceAll('x', ' × ') ?? ''].filter(Boolean).join(', ')),
    cell(seconds === undefined ? undefined : formatSeconds(seconds), steps === undefined ? '' : `${steps} steps`),
    cell(residual?.toPrecision(3)),
    ...(references ? [cell(psnr?.toFixed(2))] : []),
    cell(peak === undefined ? undefined : formatBytes(peak)),
    cell(machine, (row.tries ?? 1) > 1 ? `${row.tries} tries` : ''),
    cell(sha256?.slice(0, 12)),
  ];
  return `<tr>${cells.join('')}</tr>`;
}

/** Writes the table of a batch as CSV and HTML. */
export async function writeTable(jobs: readonly ScanJob[], folder: string, command: string): Promise<Row[]> {
  const layout = batchLayout(folder);
  const rows = await rowsOf(jobs);
  const pictures = rows.map(async ({ name }) => [name, await readFile(layout.of(name).thumbnail).catch(() => undefined)] as const);
  const thumbnails = new Map((await Promise.all(pictures)).flatMap(([name, png]) => (png ? [[name, png] as const] : [])));
  await saveText(layout.csv, csvOf(rows));
  await saveText(layout.html, pageOf(rows, thumbnails, command));
  return rows;
}
