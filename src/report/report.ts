import { showsBody } from '../../volumes/volume.js';
import { encodePng } from './png.js';
import { escapeHtml, pngDataUri, seriesColour } from './html.js';
import { errorPanel, greyPanel, panelSet, type Column, type PanelImage, type PanelSet } from './panels.js';
import { linePlot } from './plot.js';
import type { SliceView } from './slice-view.js';
import { heldOutTable } from './held-out.js';
import { figureRow, scanTable } from './scan-section.js';
import { STYLE } from './style.js';
import { metricsTable } from './tables.js';
import type { DataStack, ReportInput, ReportResult, StepRecord } from './types.js';
import { packData, packViewer, type EmbeddedViewer } from './viewer/pack.js';
import { viewerHash, viewerScript } from './viewer/script.generated.js';
import { VIEWER_STYLE } from './viewer/style.js';
import { describeVoxels } from '../../volumes/describe.js';
import { describeWindow, formatNumber, unitLabel } from './window.js';

/**
 * One self-contained HTML page: the planes of every method (and of reference and error) in one window and one scale, metrics, convergence,
 * manifest. With scripts a viewer scrolls the volumes, which the page holds in 4096 steps; without them, and on paper, there are pictures.
 * It loads nothing and runs that viewer alone (its own policy forbids anything else); every text is escaped.
 * @throws SlicewiseError SHAPE or UNITS when the volumes do not belong side by side
 */
export function renderReport(input: ReportInput): string {
  const set = panelSet(input);
  const viewer = packViewer(set);
  const measured = input.scan?.data && packData(input.scan.data);
  const scripts = viewer ?? measured;
  const title = escapeHtml(input.title);
  const table = metricsTable(input.results, set.units);
  const plots = convergence(input.results);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:${scripts ? `; script-src '${viewerHash}'` : ''}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}${scripts ? VIEWER_STYLE : ''}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="soft">${escapeHtml(subtitle(set))}</p>
${warnings(input.warnings ?? [])}
</header>
<main>
<section><h2>Images</h2>
${viewer ? '<div id="viewer" hidden></div>' : `<p class="soft">${LARGE}</p>`}
<details id="viewer-pictures" open><summary>Pictures of the middle</summary>
${images(set, input)}
</details>
</section>
${trust(input.trust)}
${section('Measured or made up', input.decomposition)}
${section('Samples', input.samples?.length ? { text: 'Where samples differ, the data did not decide.', figures: input.samples } : undefined)}
${input.scan ? `<section><h2>Scan</h2>\n${scanTable(input.scan)}\n${measuredPlace(input.scan.data)}</section>` : ''}
${input.spectra?.length ? `<section><h2>Spectra</h2>\n${figureRow(input.spectra)}\n</section>` : ''}
${table && `<section><h2>${input.results.some((r) => r.metrics) ? 'Metrics, time and memory' : 'Time and memory'}</h2>\n${table}\n</section>`}
${input.heldOut ? `<section><h2>Judged by hidden measurements</h2>\n${heldOutTable(input.heldOut)}\n</section>` : ''}
${plots && `<section><h2>Convergence</h2>\n${plots}\n</section>`}
${input.command ? `<section><h2>Command</h2>\n<pre>${escapeHtml(input.command)}</pre>\n</section>` : ''}
<section><h2>Manifest</h2>
<details open><summary>How this result was made</summary>
<pre>${escapeHtml(JSON.stringify(input.manifest, null, 2))}</pre>
</details></section>
</main>
${viewer ? `<script type="application/json" id="viewer-data">${dataText(viewer)}</script>` : ''}
${measured ? `<script type="application/json" id="measured-data">${dataText(measured)}</script>` : ''}
${scripts ? `<script>${viewerScript}</script>` : ''}
</body>
</html>
`;
}

/** Why a page has pictures alone. */
const LARGE = 'The volumes are too large for a page to carry: open the files of the results to scroll through them.';

/** Where the data as they were measured are shown, with scripts. */
function measuredPlace(data: DataStack | undefined): string {
  if (!data) return '';
  const { axes, across, down, logarithm, part } = data;
  const what = `Data as measured: ${axes[down]} × ${axes[across]}`;
  const words = [what, ...(logarithm ? ['magnitude, as its logarithm to base 10'] : []), ...(part ? [part] : [])].join('; ');
  return `<div id="measured" hidden><p class="soft">${escapeHtml(words)}</p><div></div></div>`;
}

/** JSON that no text in it can end. */
const dataText = (viewer: EmbeddedViewer): string => JSON.stringify(viewer).replaceAll('<', '\\u003c');

function subtitle(set: PanelSet): string {
  const { volume } = set.columns[0];
  return `${describeVoxels(volume, (values) => values.map(formatNumber).join(' × '))}, ${unitLabel(set.units)}`;
}

function warnings(list: readonly string[]): string {
  if (list.length === 0) return '';
  const items = list.map((text) => `<li>${escapeHtml(text)}</li>`).join('');
  return `<div class="warnings" role="note"><ul>${items}</ul></div>`;
}

function trust(sentences: readonly string[] = []): string {
  if (sentences.length === 0) return '';
  return `<section><h2>What to trust</h2>\n${sentences.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}\n</section>`;
}

function section(title: string, of: ReportInput['decomposition']): string {
  return of ? `<section><h2>${title}</h2>\n<p>${escapeHtml(of.text)}</p>\n${figureRow(of.figures)}\n</section>` : '';
}

function images(set: PanelSet, input: ReportInput): string {
  const names = set.columns.map((column) => {
    const note = column.psnr != null ? `<small>${column.psnr.toFixed(2)} dB</small>` : '';
    return `<div class="name">${escapeHtml(column.name)}${note}</div>`;
  });
  const rows = set.planes.map((plane) => {
    const view = set.view(set.columns[0].volume, plane);
    const share = 100 * set.share(plane);
    const label = `<div class="plane">${escapeHtml(plane)}<small>${view.index} of 0–${view.count - 1}</small></div>`;
    const greys = set.columns.map((column, n) => {
      const edges = n === 0 ? edgeLetters(view) : '';
      return panel(greyPanel(set, column, plane), share, `${column.name}, ${plane}`, edges);
    });
    const cells = [label, ...greys];
    if (set.reference && set.columns.length > 1) {
      const error = (c: Column): string =>
        c.isReference ? '<div></div>' : panel(errorPanel(set, c, plane), share, `${c.name}, error, ${plane}`, '');
      cells.push(`<div class="plane"><small>error</small></div>`, ...set.columns.map(error));
    }
    return cells.join('\n');
  });
  const columns = `6.5rem repeat(${set.columns.length}, minmax(10rem, 26rem))`;
  return `<div class="scroll"><div class="panels" style="grid-template-columns: ${columns}">
<div></div>
${names.join('\n')}
${rows.join('\n')}
</div></div>
${scales(set, input)}`;
}

/** What lies at the left and at the top; in a strip too low for two letters one beside the other. */
function edgeLetters({ left, top, width, height, pixel }: SliceView): string {
  const ratio = (height * pixel[1]) / (width * pixel[0]);
  // a few slices are lower than a letter
  if ((!left && !top) || ratio < 0.05) return '';
  return ratio < 0.16 ? `<span class="left">${left} · ${top}</span>` : `<span class="left">${left}</span><span class="top">${top}</span>`;
}

/** `share`: width in percent of the column, so that all planes are shown to one scale. */
function panel(image: PanelImage, share: number, alt: string, overlay: string): string {
  const source = pngDataUri(encodePng(image.pixels, image.width, image.height));
  const size = `width="${image.width}" height="${image.height}" style="width: ${share.toFixed(2)}%"`;
  // The overlay must be as wide as the image, not as the column.
  return overlay
    ? `<div><div class="panel" style="width: ${share.toFixed(2)}%"><img src="${source}" alt="${escapeHtml(alt)}" width="${image.width}" ` +
        `height="${image.height}" style="width: 100%">${overlay}</div></div>`
    : `<div class="panel"><img src="${source}" alt="${escapeHtml(alt)}" ${size}></div>`;
}

function scales(set: PanelSet, input: ReportInput): string {
  const unit = unitLabel(set.units);
  const bar = (kind: string, low: string, high: string, text: string): string =>
    `<div class="scale"><i class="${kind}"></i><div><span>${low}</span><span>${high}</span></div><span ` +
    `class="soft">${escapeHtml(text)}</span></div>`;
  const { low, high } = set.window;
  const limit = formatNumber(set.errorLimit);
  const parts = [bar('grey', formatNumber(low), formatNumber(high), `window ${describeWindow(set.window, set.units)}`)];
  if (set.reference) parts.push(bar('error', `−${limit}`, `+${limit}`, `error in ${unit}: reconstruction − reference`));
  const side = input.convention === 'neurological' ? 'right' : 'left';
  const first = set.columns[0].volume;
  const convention =
    first.placement && showsBody(first)
      ? ` ${capitalised(input.convention ?? 'radiological')} convention: R is at the ${side} of axial and coronal images.`
      : '';
  return `<div class="scales">${parts.join('\n')}</div>
<p class="soft">${shared(set)} are the same for all panels.${convention}${hatched(input)}</p>`;
}

/** What lines over an image mean. */
const hatched = ({ results, unmeasured }: ReportInput): string =>
  results.some(({ support }) => support)
    ? ` Hatched: not measured, data say nothing of it${unmeasured ? ` (${escapeHtml(unmeasured)})` : ''}.`
    : '';

/** What the panels have in common. */
function shared({ unit }: PanelSet): string {
  if (unit === undefined) return 'Window and error scale';
  return `Window, error scale and ${unit === 'mm' ? 'millimetres' : unit} per pixel`;
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The steps of a run, sample by sample: each begins anew. */
function samplesOf(events: readonly StepRecord[]): StepRecord[][] {
  const samples: StepRecord[][] = [];
  events.forEach((event, n) => {
    if (n === 0 || event.step <= events[n - 1].step) samples.push([]);
    samples[samples.length - 1].push(event);
  });
  return samples;
}

function convergence(results: readonly ReportResult[]): string {
  const iterative = results
    .map((result, n) => ({ name: result.name, colour: seriesColour(n), events: result.events ?? [] }))
    .filter((s) => s.events.length > 0);
  const series = (value: (event: StepRecord) => number | undefined) =>
    iterative.flatMap(({ name, colour, events }) =>
      samplesOf(events).map((sample) => ({ name, colour, points: sample.map((e) => [e.step, value(e) ?? NaN] as const) })),
    );
  const plots = [
    linePlot(
      series((e) => e.residual),
      { title: 'Residual ‖Ax − y‖ / ‖y‖', xLabel: 'step', yLabel: 'relative residual', log: true },
    ),
    linePlot(
      series((e) => e.sigma),
      { title: 'Noise level σ', xLabel: 'step', yLabel: 'σ in the prior’s units', log: true },
    ),
    linePlot(
      series((e) => e.seconds),
      { title: 'Time of each step', xLabel: 'step', yLabel: 'seconds' },
    ),
  ].filter(Boolean);
  if (plots.length === 0) return '';
  const legend = iterative.map((s) => `<span><i style="background: ${s.colour}"></i>${escapeHtml(s.name)}</span>`);
  return `<p class="legend">${legend.join('\n')}</p>\n<div class="plots">\n${plots.join('\n')}\n</div>`;
}
