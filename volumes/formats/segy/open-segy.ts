import { SlicewiseError } from '../../../core/errors.js';
import type { ByteSource } from '../../byte-source.js';
import { isLittleEndian } from './byte-order.js';
import { BINARY_FIELDS, getField, type HeaderField } from './header-fields.js';
import { chooseLayout, type LayoutProposal } from './layout.js';
import { formatDoubt } from './format-doubt.js';
import { SAMPLE_FORMATS, sampleFormat, type SampleFormat } from './sample-formats.js';
import type { SegyFile, SegyOpenOptions } from './segy-file.js';
import { decodeText, TEXT_BYTES, textEncoding, textLines, type TextEncoding } from './text-header.js';
import { verticalAxis } from './vertical.js';

const BINARY_BYTES = 400;
const FIRST_TRACE = TEXT_BYTES + BINARY_BYTES;
/** More extended textual headers than anybody writes; bounds what a damaged count may ask for. */
const MOST_TEXT_HEADERS = 1000;

/**
 * Do the first 3600 bytes look like SEG-Y? A format code of the standard in one of the byte orders, and a text header in which most bytes
 * are printable in EBCDIC or ASCII, or all of it blank. Never throws.
 */
export function sniffSegy(head: Uint8Array): boolean {
  if (head.length < FIRST_TRACE) return false;
  const code = (head[3224] << 8) | head[3225];
  const swapped = (head[3225] << 8) | head[3224];
  if (!SAMPLE_FORMATS.some((f) => f.code === code || f.code === swapped) && code !== 4 && swapped !== 4) return false;
  const text = head.subarray(0, TEXT_BYTES);
  if (text.every((byte) => byte === 0)) return true;
  const shown = decodeText(text, textEncoding(text));
  let plain = 0;
  for (let n = 0; n < shown.length; n++) if (/[ -~]/.test(shown[n])) plain++;
  return plain > 0.8 * shown.length;
}

/**
 * Opens a SEG-Y file: reads and checks its headers, and finds how its traces lie. Samples are not read, but a few traces to see whether
 * the format code can be true.
 * @throws SlicewiseError FORMAT (not SEG-Y, no traces, truncated: what is missing is named), FORMAT_UNSUPPORTED (traces of different
 *   lengths, fixed point with gain, unknown format code)
 */
export async function openSegy(source: ByteSource, options: SegyOpenOptions = {}): Promise<SegyFile> {
  if (source.size < FIRST_TRACE) {
    throw new SlicewiseError('FORMAT', {
      message: 'too short for a SEG-Y file',
      expected: `at least ${FIRST_TRACE} bytes of headers`,
      got: `${source.size}`,
      hint: 'an SU file has no file headers: name it .su',
    });
  }
  const warnings: string[] = [];
  const first = await source.read(0, FIRST_TRACE);
  const binary = first.subarray(TEXT_BYTES);
  const littleEndian = options.byteOrder ? options.byteOrder === 'little' : isLittleEndian(binary);
  const view = new DataView(first.buffer, first.byteOffset + TEXT_BYTES, BINARY_BYTES);
  const field = (f: HeaderField): number => getField(view, f, littleEndian, 3201);
  const word64 = (byte: number): number => Number(view.getBigUint64(byte - 3201, littleEndian));

  const revision = readRevision(view, littleEndian, warnings);
  const rev2 = revision[0] >= 2;
  const { format, statedFormat } = readFormat(field(BINARY_FIELDS.format), options);

  const text = await textHeaders(source, field(BINARY_FIELDS.extendedTextHeaders), options.extendedTextHeaders);
  warnings.push(...text.warnings);
  const starts = [FIRST_TRACE + text.count * TEXT_BYTES];
  // where a file of rev 0 has a count that the standard did not know yet, it may be rubbish
  if (text.count > 0 && revision[0] === 0 && options.extendedTextHeaders === undefined) starts.push(FIRST_TRACE);
  const statedStart = rev2 ? word64(3521) : 0;
  if (statedStart >= FIRST_TRACE && statedStart < source.size && !starts.includes(statedStart)) starts.push(statedStart);

  const headersAdded = rev2 ? [field(BINARY_FIELDS.additionalTraceHeaders), field(BINARY_FIELDS.additionalTraceHeadersRev20)] : [];
  const proposal: LayoutProposal = {
    format,
    littleEndian,
    starts,
    samples: [
      ...(rev2 ? [{ count: field(BINARY_FIELDS.extendedSampleCount), from: 'binary header (bytes 3269-3272)' }] : []),
      { count: field(BINARY_FIELDS.sampleCount), from: 'binary header (bytes 3221-3222)' },
    ],
    statedSamples: options.samples,
    additionalHeaders:
      options.additionalTraceHeaders === undefined
        ? [...new Set([...headersAdded.filter((n) => n > 0 && n < 1000), 0])]
        : [options.additionalTraceHeaders],
    statedTraces: rev2 ? word64(3513) : 0,
    trailerRecords: rev2 ? field(BINARY_FIELDS.trailerRecords) : 0,
    truncated: options.truncated ?? 'error',
    fixedLength: field(BINARY_FIELDS.fixedLength) === 1,
  };
  const layout = await chooseLayout(source, proposal);
  warnings.push(...layout.warnings);
  if (layout.start !== starts[0]) {
    warnings.push(`the first trace begins at byte ${layout.start}, not behind the ${text.count} extended text headers stated`);
  }

  const encoding = textEncoding(first.subarray(0, TEXT_BYTES));
  const head = await source.read(0, layout.start);
  const file: SegyFile = {
    source,
    flavour: 'SEG-Y',
    littleEndian,
    revision,
    format,
    statedFormat,
    samples: layout.samples,
    vertical: verticalAxis({
      options,
      binaryInterval: field(BINARY_FIELDS.sampleInterval),
      extendedInterval: rev2 ? field(BINARY_FIELDS.extendedSampleInterval) : 0,
      measurementSystem: field(BINARY_FIELDS.measurementSystem),
      headers: layout.probes,
      littleEndian,
      text: textLines(first.subarray(0, TEXT_BYTES), encoding),
      warnings,
    }),
    lengthUnit: ({ 1: 'm', 2: 'ft' } as const)[field(BINARY_FIELDS.measurementSystem)] ?? '',
    traces: layout.traces,
    start: layout.start,
    headerBytes: layout.headerBytes,
    traceBytes: layout.headerBytes + layout.samples * format.bytes,
    tailBytes: layout.tailBytes,
    head,
    textEncoding: encoding,
    text: headerTexts(head, encoding),
    warnings,
  };
  if (options.format === undefined) {
    const doubt = await formatDoubt(file);
    if (doubt) warnings.push(doubt);
  }
  return file;
}

/**
 * Bytes 3501-3502: major and minor revision, a byte each (rev 1 wrote 0x0100). Little endian rev 1 files have them swapped. Anything else
 * is told and read as rev 0, where no field of later revisions is used.
 */
function readRevision(view: DataView, littleEndian: boolean, warnings: string[]): readonly [number, number] {
  const [a, b] = [view.getUint8(300), view.getUint8(301)];
  if (a === 0 && b === 0) return [0, 0];
  if (a === 1 || a === 2) return [a, b];
  if (littleEndian && a === 0 && (b === 1 || b === 2)) return [b, a];
  warnings.push(
    `bytes 3501-3502 hold 0x${((a << 8) | b).toString(16).padStart(4, '0')}, which is no revision of SEG-Y: read as revision 0`,
  );
  return [0, 0];
}

function readFormat(code: number, options: SegyOpenOptions): { format: SampleFormat; statedFormat: number } {
  if (options.format !== undefined) return { format: sampleFormat(options.format), statedFormat: code };
  const format = SAMPLE_FORMATS.find((f) => f.code === code);
  if (format) return { format, statedFormat: code };
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: code === 4 ? 'SEG-Y sample format 4 (fixed point with gain, obsolete) is not read' : 'no SEG-Y sample format has this code',
    expected: `a code of ${SAMPLE_FORMATS.map((f) => f.code).join(', ')} in bytes 3225-3226`,
    got: String(code),
    hint:
      code === 4
        ? 'convert the file to format 1 or 5'
        : 'say the format (--sample-format ibm, ieee …), unless the file is cut: 3200 bytes of text come before the binary header',
  });
}

/**
 * How many extended textual headers there are. A count of −1 (variable): up to the one that begins with the stanza ((SEG:EndText)), rev 1
 * section 6.2.
 */
async function textHeaders(source: ByteSource, stated: number, asked: number | undefined): Promise<{ count: number; warnings: string[] }> {
  if (asked !== undefined) return { count: asked, warnings: [] };
  if (stated === 0) return { count: 0, warnings: [] };
  const room = Math.floor((source.size - FIRST_TRACE) / TEXT_BYTES);
  if (stated > 0) {
    if (stated <= Math.min(room, MOST_TEXT_HEADERS)) return { count: stated, warnings: [] };
    return {
      count: 0,
      warnings: [`bytes 3505-3506 state ${stated} extended text headers, for which there is no room: read as none`],
    };
  }
  if (stated === -1) {
    for (let n = 0; n < Math.min(room, MOST_TEXT_HEADERS); n++) {
      const record = await source.read(FIRST_TRACE + n * TEXT_BYTES, TEXT_BYTES);
      for (const encoding of ['EBCDIC', 'ASCII'] as const) {
        if (/\(\(\s*SEG\s*:\s*ENDTEXT\s*\)\)/i.test(decodeText(record, encoding))) return { count: n + 1, warnings: [] };
      }
    }
    return {
      count: 0,
      warnings: ['a variable number of extended text headers is stated (-1), but no ((SEG:EndText)) ends them: read as none'],
    };
  }
  return { count: 0, warnings: [`bytes 3505-3506 state ${stated} extended text headers: read as none`] };
}

function headerTexts(head: Uint8Array, encoding: TextEncoding): string[][] {
  const texts = [textLines(head.subarray(0, TEXT_BYTES), encoding)];
  for (let at = FIRST_TRACE; at + TEXT_BYTES <= head.length; at += TEXT_BYTES) {
    texts.push(textLines(head.subarray(at, at + TEXT_BYTES)));
  }
  return texts;
}
