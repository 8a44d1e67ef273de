import { SlicewiseError } from '../../../core/errors.js';
import type { ByteSource } from '../../byte-source.js';
import { getField, TRACE_FIELDS } from './header-fields.js';
import type { SampleFormat } from './sample-formats.js';
import { decodeText, TEXT_BYTES } from './text-header.js';

export const TRACE_HEADER_BYTES = 240;

/** What the headers say about how traces lie; the file's length and its trace headers decide. */
export interface LayoutProposal {
  readonly format: SampleFormat;
  readonly littleEndian: boolean;
  /** Where the first trace may begin, the likeliest first. */
  readonly starts: readonly number[];
  /** Samples of a trace by the file headers, the likeliest first; zeros are silent. The first trace header is asked besides. */
  readonly samples: readonly { readonly count: number; readonly from: string }[];
  /** Samples of a trace by the caller. */
  readonly statedSamples: number | undefined;
  /** Additional headers of a trace, the likeliest first. */
  readonly additionalHeaders: readonly number[];
  /** Traces by the header; 0 is silent. */
  readonly statedTraces: number;
  /** Records of 3200 bytes behind the last trace; −1: as many as begin with a stanza. */
  readonly trailerRecords: number;
  readonly truncated: 'error' | 'whole-traces';
  /** The file promises traces of one length. */
  readonly fixedLength: boolean;
}

export interface Layout {
  readonly start: number;
  readonly samples: number;
  readonly headerBytes: number;
  readonly traces: number;
  /** Bytes behind the last trace that belong to none. */
  readonly tailBytes: number;
  /** Some trace headers: the first ones, the middle one and the last. */
  readonly probes: readonly DataView[];
  readonly warnings: readonly string[];
}

interface Candidate {
  readonly start: number;
  readonly samples: number;
  readonly from: string;
  readonly additional: number;
  readonly headerBytes: number;
  readonly traceBytes: number;
  readonly end: number;
  readonly traces: number;
  /** Bytes after the last whole trace. */
  readonly rest: number;
  readonly probes: readonly DataView[];
  /** Headers at this stride agree with the first one in sample count and interval. */
  readonly agrees: boolean;
}

/**
 * Finds how the traces lie. Every combination of a proposed start, sample count (file headers and first trace header) and number of
 * additional headers is tried. Those win whose trace headers, found at that stride, all state the same sample count and interval as the
 * first one; then those that fill the file with whole traces; then the likelier.
 * @throws SlicewiseError FORMAT (no sample count, no traces, truncated), FORMAT_UNSUPPORTED (trace lengths differ)
 */
export async function chooseLayout(source: ByteSource, proposal: LayoutProposal): Promise<Layout> {
  const { littleEndian } = proposal;
  const candidates: Candidate[] = [];
  const silent: string[] = [];
  for (const start of proposal.starts) {
    const header = await readHeader(source, start);
    if (!header) continue;
    const inTrace = getField(header, TRACE_FIELDS.sampleCount, littleEndian);
    const counts =
      proposal.statedSamples !== undefined
        ? [{ count: proposal.statedSamples, from: 'caller' }]
        : [...proposal.samples, { count: inTrace, from: 'trace headers (bytes 115-116)' }];
    const tried = new Set<number>();
    for (const { count, from } of counts) {
      if (!(count > 0)) silent.push(from);
      if (!(count > 0) || tried.has(count)) continue;
      tried.add(count);
      for (const additional of proposal.additionalHeaders) {
        candidates.push(await candidate(source, proposal, start, count, from, additional));
      }
    }
  }
  if (candidates.length === 0) {
    const room = proposal.starts.some((start) => start + TRACE_HEADER_BYTES <= source.size);
    throw new SlicewiseError('FORMAT', {
      message: room ? 'no header says how many samples a trace has' : 'the file has no traces',
      expected: room ? 'a number in bytes 3221-3222 or in bytes 115-116 of the trace headers' : 'traces behind the file headers',
      got: room ? '0 in all of them' : `${source.size} bytes, headers up to ${proposal.starts[0]}`,
      hint: room ? 'say the number of samples' : '',
    });
  }
  const score = (c: Candidate): number => (c.traces > 0 ? 8 : 0) + (c.agrees ? 2 : 0) + (c.rest === 0 ? 1 : 0);
  const best = candidates.reduce((a, b) => (score(b) > score(a) ? b : a));
  await refuseVariableLengths(source, proposal, best);

  const warnings: string[] = [];
  const stated = [
    ...proposal.samples,
    { count: getField(best.probes[0], TRACE_FIELDS.sampleCount, littleEndian), from: 'trace headers (bytes 115-116)' },
  ];
  if (
    new Set(stated.filter((s) => s.count !== 0).map((s) => s.count)).size > 1 ||
    (proposal.samples.at(-1)?.count === 0 && best.from.startsWith('trace'))
  ) {
    const list = stated.map((s) => `${s.count} in the ${s.from}`).join(', ');
    warnings.push(`sample counts: ${list}; ${best.samples} are used, which ${reason(best)}`);
  }
  const { traces, cut } = await checkEnd(source, proposal, best, warnings);
  return {
    start: best.start,
    samples: best.samples,
    headerBytes: best.headerBytes,
    traces,
    tailBytes: source.size - best.start - traces * best.traceBytes - (cut ? best.rest : 0),
    probes: best.probes,
    warnings,
  };
}

function reason(c: Candidate): string {
  if (c.from === 'caller') return 'the caller says';
  if (c.agrees && c.rest === 0) return `fit the file's length (${c.traces} traces) and its trace headers`;
  if (c.rest === 0) return `fit the file's length (${c.traces} traces)`;
  return c.agrees ? 'fit the trace headers' : `the ${c.from} says`;
}

async function candidate(
  source: ByteSource,
  proposal: LayoutProposal,
  start: number,
  samples: number,
  from: string,
  additional: number,
): Promise<Candidate> {
  const headerBytes = TRACE_HEADER_BYTES * (1 + additional);
  const traceBytes = headerBytes + samples * proposal.format.bytes;
  const end = await trailerStart(source, proposal.trailerRecords, start, traceBytes);
  const room = Math.max(0, end - start);
  const traces = Math.floor(room / traceBytes);
  const rest = room - traces * traceBytes;
  const probes: DataView[] = [];
  for (const n of new Set([0, 1, 2, 3, Math.floor(traces / 2), traces - 1])) {
    const header = n >= 0 && (n < traces || n === 0) ? await readHeader(source, start + n * traceBytes) : undefined;
    if (header) probes.push(header);
  }
  // a blank first header agrees with everything: then it says nothing
  const agreed = (header: DataView): string =>
    `${getField(header, TRACE_FIELDS.sampleCount, true)} ${getField(header, TRACE_FIELDS.sampleInterval, true)}`;
  const agrees = probes.length > 1 && probes.every((header) => agreed(header) === agreed(probes[0]));
  return { start, samples, from, additional, headerBytes, traceBytes, end, traces, rest, probes, agrees };
}

async function readHeader(source: ByteSource, offset: number): Promise<DataView | undefined> {
  const bytes = await source.read(offset, TRACE_HEADER_BYTES);
  return bytes.length === TRACE_HEADER_BYTES ? new DataView(bytes.buffer, bytes.byteOffset, TRACE_HEADER_BYTES) : undefined;
}

/** Where data trailer records begin (rev 2 section 8), or the end of the file. */
async function trailerStart(source: ByteSource, records: number, start: number, traceBytes: number): Promise<number> {
  const { size } = source;
  if (records > 0) {
    const end = size - records * TEXT_BYTES;
    return end >= start ? end : size;
  }
  if (records === -1) {
    for (let n = 64; n > 0; n--) {
      const end = size - n * TEXT_BYTES;
      if (end < start || (end - start) % traceBytes !== 0) continue;
      const record = await source.read(end, 8);
      if ((['EBCDIC', 'ASCII'] as const).some((encoding) => decodeText(record, encoding).startsWith('(('))) return end;
    }
  }
  return size;
}

/** How many traces there are; complains about a truncated last one, or tells of bytes that are left over. */
async function checkEnd(
  source: ByteSource,
  proposal: LayoutProposal,
  best: Candidate,
  warnings: string[],
): Promise<{ traces: number; cut: boolean }> {
  const { traces, rest, traceBytes, start } = best;
  if (traces === 0) {
    throw new SlicewiseError('FORMAT', {
      message: 'the file ends within its first trace',
      expected: `${traceBytes} bytes for a trace of ${best.samples} samples (${proposal.format.label})`,
      got: `${Math.max(0, best.end - start)}`,
      hint: 'the file is truncated, or its header is wrong: say the number of samples',
    });
  }
  if (proposal.statedTraces > traces && Number.isSafeInteger(proposal.statedTraces)) {
    const lost = proposal.statedTraces - traces;
    return truncated(`${lost} of the ${proposal.statedTraces} traces that bytes 3513-3520 state`);
  }
  if (rest === 0) return { traces, cut: false };
  const tail = await source.read(start + traces * traceBytes, Math.min(rest, TRACE_HEADER_BYTES));
  const last = await source.read(start + (traces - 1) * traceBytes, TRACE_HEADER_BYTES);
  if (looksLikeHeader(tail, last)) {
    return truncated(`${traceBytes - rest} of the ${traceBytes} bytes of trace ${traces + 1}`);
  }
  warnings.push(`${rest} bytes behind the last of ${traces} traces are no trace and are left alone`);
  return { traces, cut: false };

  function truncated(missing: string): { traces: number; cut: boolean } {
    const kept = `${traces} whole traces`;
    if (proposal.truncated === 'error') {
      throw new SlicewiseError('FORMAT', {
        message: `the file is truncated: it lacks ${missing}`,
        expected: `whole traces of ${traceBytes} bytes`,
        got: kept,
        hint: 'copy or download it again, or ask for its whole traces',
      });
    }
    warnings.push(`the file is truncated: it lacks ${missing}; its ${kept} are used`);
    return { traces, cut: true };
  }
}

/**
 * Are bytes behind the last whole trace the beginning of another one? Padding is one and the same byte, or has little in common with the
 * header of the trace before; headers of neighbours have most of their words in common.
 */
function looksLikeHeader(tail: Uint8Array, last: Uint8Array): boolean {
  if (tail.every((byte) => byte === tail[0])) return false;
  let said = 0;
  let same = 0;
  for (let at = 0; at < tail.length; at++) {
    if (tail[at] === 0 && last[at] === 0) continue;
    said++;
    if (tail[at] === last[at]) same++;
  }
  return said === 0 || same >= said / 2;
}

/** Traces looked at to see whether their lengths differ. */
const WALK = 1000;

/**
 * Traces may state different sample counts. If following these counts from trace to trace leads on (every header found has a count of the
 * same size and the interval of the first), the lengths differ indeed.
 * @throws SlicewiseError FORMAT_UNSUPPORTED
 */
async function refuseVariableLengths(source: ByteSource, proposal: LayoutProposal, best: Candidate): Promise<void> {
  if (best.agrees || best.probes.length === 0 || proposal.statedSamples !== undefined || best.traces < 2) return;
  const { littleEndian, format } = proposal;
  const interval = getField(best.probes[0], TRACE_FIELDS.sampleInterval, littleEndian);
  const counts: number[] = [];
  let at = best.start;
  while (counts.length < WALK && at < best.end) {
    const header = await readHeader(source, at);
    if (!header) return;
    const count = getField(header, TRACE_FIELDS.sampleCount, littleEndian);
    if (count === 0 || getField(header, TRACE_FIELDS.sampleInterval, littleEndian) !== interval) return;
    counts.push(count);
    at += best.headerBytes + count * format.bytes;
  }
  if (at > best.end || new Set(counts).size < 2) return;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: 'traces of this SEG-Y file have different lengths',
    expected: 'as many samples in every trace',
    got: `${Math.min(...counts)} to ${Math.max(...counts)} samples (bytes 115-116) in the first ${counts.length} traces`,
    hint: 'pad or cut the traces to one length first',
  });
}
