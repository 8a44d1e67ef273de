import type { SegyGeometry } from './geometry.js';
import { describeField } from './header-fields.js';
import { TraceState, whole } from './scan.js';
import { decodeSamples } from './sample-formats.js';
import type { SegyFile } from './segy-file.js';

/** A line of what is known of a file. */
export interface SegyFact {
  readonly name: string;
  readonly value: string;
}

export interface AmplitudeSummary {
  readonly min: number;
  readonly max: number;
  /** Root of the mean square. */
  readonly rms: number;
  /** Traces looked at, of all live ones. */
  readonly traces: number;
  readonly of: number;
}

/**
 * Range and RMS of live traces: of all, or of `most` spread evenly over them. Reads those traces only. Values that are not finite are
 * left out.
 */
export async function amplitudes(file: SegyFile, geometry: SegyGeometry, most = Infinity): Promise<AmplitudeSummary> {
  let live = 0;
  for (const state of geometry.state) if (state === TraceState.data) live++;
  const every = Math.max(1, live / most);
  const values = new Float32Array(Math.min(file.samples, 1 << 18));
  let [min, max, sum, count, traces] = [Infinity, -Infinity, 0, 0, 0];
  for (let n = 0, k = 0; n < file.traces; n++) {
    if (geometry.state[n] !== TraceState.data) continue;
    if (k++ < Math.floor(traces * every)) continue;
    traces++;
    for (let from = 0; from < file.samples; from += values.length) {
      const length = Math.min(values.length, file.samples - from);
      const at = file.start + n * file.traceBytes + file.headerBytes + from * file.format.bytes;
      const bytes = whole(await file.source.read(at, length * file.format.bytes), length * file.format.bytes);
      decodeSamples(file.format, bytes, 0, length, file.littleEndian, values);
      for (let s = 0; s < length; s++) {
        const value = values[s];
        if (!Number.isFinite(value)) continue;
        if (value < min) min = value;
        if (value > max) max = value;
        sum += value * value;
        count++;
      }
    }
  }
  if (count === 0) return { min: 0, max: 0, rms: 0, traces, of: live };
  return { min, max, rms: Math.sqrt(sum / count), traces, of: live };
}

/**
 * What `info` shows: one row a fact; warnings and what was found of the geometry have a row each; the text header comes last, a row a
 * line.
 */
export function segyFacts(file: SegyFile, geometry?: SegyGeometry, amplitude?: AmplitudeSummary): SegyFact[] {
  const { format, vertical } = file;
  const round = (value: number): string => String(+value.toPrecision(6));
  const asStated = file.statedFormat === format.code;
  const facts: SegyFact[] = [
    {
      name: 'format',
      value: file.flavour === 'SU' ? 'Seismic Unix' : `SEG-Y revision ${file.revision[0]}.${file.revision[1]}`,
    },
    { name: 'byte order', value: file.littleEndian ? 'little endian' : 'big endian' },
    {
      name: 'sample format',
      value: format.label + (file.statedFormat > 0 ? ` (code ${file.statedFormat}${asStated ? '' : ' in the header'})` : ''),
    },
    { name: 'traces', value: String(file.traces) },
    { name: 'samples', value: `${file.samples} of ${round(vertical.step)} ${vertical.unit}` },
    {
      name: vertical.domain,
      value: `${round(vertical.first)} to ${round(vertical.first + (file.samples - 1) * vertical.step)} ${vertical.unit}`,
    },
  ];
  if (geometry) {
    facts.push({ name: 'geometry', value: geometry.kind });
    for (const axis of geometry.axes.slice(0, -1)) {
      const end = axis.first + (axis.count - 1) * axis.step;
      const unit = axis.unit ? ` ${axis.unit}` : '';
      const by = axis.field ? `, ${describeField(axis.field)}` : '';
      facts.push({
        name: axis.name,
        value: `${round(axis.first)} to ${round(end)} in steps of ${round(axis.step)}${unit} (${axis.count})${by}`,
      });
    }
    const { sorting, axes, counts } = geometry;
    facts.push({
      name: 'order of the file',
      value: sorting
        ? sorting.order.map((a) => `${axes[a].name} ${sorting.direction[a] > 0 ? 'rising' : 'falling'}`).join(', then ')
        : 'not sorted by these axes',
    });
    facts.push({ name: 'live traces', value: `${counts.live} of ${counts.positions} positions` });
    facts.push(...geometry.report.map((value) => ({ name: 'note', value })));
  }
  if (amplitude) {
    const { min, max, rms, traces, of } = amplitude;
    facts.push({
      name: 'amplitudes',
      value: `${round(min)} to ${round(max)}, RMS ${round(rms)}${traces < of ? ` (${traces} of ${of} live traces)` : ''}`,
    });
  }
  facts.push(...file.warnings.map((value) => ({ name: 'warning', value })));
  for (const [n, lines] of file.text.entries()) {
    const name = n === 0 ? 'text header' : `extended text header ${n}`;
    facts.push(...lines.filter((line) => !/^(C *\d*)? *$/.test(line)).map((value) => ({ name, value })));
  }
  return facts;
}
