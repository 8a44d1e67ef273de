import { getField, scaleOf, TRACE_FIELDS } from './header-fields.js';
import type { SegyOpenOptions, VerticalAxis } from './segy-file.js';

/** Intervals below this are read as metres (or feet) in depth files, others as thousandths (4000 for 4 m is common). */
const DEPTH_IN_THOUSANDTHS = 100;
/** Numbers up to this are rather milliseconds than the microseconds that the standard asks for. */
const MILLISECONDS = 8;

/**
 * The axis of the samples.
 *
 * Interval: what the caller says; else bytes 3273-3280 (rev 2); else the trace headers (117-118), where those read have one and the same
 * value that is not 0; else the binary header (3217-3218). Both are read as unsigned. Where they disagree this is told, with what was
 * used. A number that would be negative as the signed number it was before rev 2 is taken by its magnitude, when that is what the other
 * header has or the other has none.
 *
 * Depth: by the caller, or when the first traces have identification code 25 (depth domain). Intervals of 100 and more are then
 * thousandths of the unit. First sample: delay recording time (109-110) times the scalar of bytes 215-216, in ms.
 */
export function verticalAxis(input: {
  readonly options: SegyOpenOptions;
  readonly binaryInterval: number;
  readonly extendedInterval: number;
  readonly measurementSystem: number;
  /** A few trace headers. */
  readonly headers: readonly DataView[];
  readonly littleEndian: boolean;
  readonly text: readonly string[];
  readonly warnings: string[];
}): VerticalAxis {
  const { options, headers, littleEndian, warnings } = input;
  const values = (field: (typeof TRACE_FIELDS)[keyof typeof TRACE_FIELDS]): number[] => [
    ...new Set(headers.map((header) => getField(header, field, littleEndian))),
  ];
  const codes = values(TRACE_FIELDS.traceIdentification);
  const domain = options.domain ?? (codes.some((code) => code === 25 || code === 25 + 16384) ? 'depth' : 'time');
  const unit = domain === 'time' ? 'ms' : input.measurementSystem === 2 ? 'ft' : 'm';
  if (domain === 'time' && options.domain === undefined) {
    const depth = input.text.find(
      (line) => /\bdepth\b|\bpsdm\b|z[- ]?domain/i.test(line) && !/time|source|shot|gun|cable|streamer|water|hole|charge|datum/i.test(line),
    );
    if (depth)
      warnings.push(
        `samples are taken as time, but the text header says '${depth.replace(/^C *\d+ */, '').trim()}': say if they are depth`,
      );
  }

  const raw = chooseInterval(input, values(TRACE_FIELDS.sampleInterval));
  const fromDepthMetres = domain === 'depth' && (raw < DEPTH_IN_THOUSANDTHS || input.extendedInterval > 0);
  let step = options.interval ?? (fromDepthMetres ? raw : raw / 1000);
  if (!(step > 0 && Number.isFinite(step))) {
    step = 1;
    warnings.push(`no sample interval in the headers: ${step} ${unit} is used`);
  }

  if (domain === 'time' && options.interval === undefined && raw > 0 && raw <= MILLISECONDS) {
    warnings.push(
      `the sample interval is ${raw} µs, which is short: were milliseconds written? Then say so (--interval ${raw}), and mend bytes ` +
        '3217-3218 and 117-118',
    );
  }
  const weights = values(TRACE_FIELDS.traceWeighting).filter((n) => n !== 0);
  if (weights.length > 0) {
    warnings.push(
      `trace weighting factors (bytes 169-170: ${weights.slice(0, 4).join(', ')}) are not applied: samples are as stored, not times 2⁻ⁿ`,
    );
  }

  const delays = values(TRACE_FIELDS.delayRecordingTime);
  const scalar = headers.length > 0 ? getField(headers[0], TRACE_FIELDS.timeScalar, littleEndian) : 0;
  // rev 1: 1, ±10, ±100, ±1000, ±10000; anything else is not a scalar
  const scale = /^-?10{0,4}$/.test(String(scalar)) ? scaleOf(scalar) : 1;
  if (delays.length > 1 && options.first === undefined) {
    warnings.push(
      `delay recording times differ between traces (${Math.min(...delays)} to ${Math.max(...delays)}): ` +
        `samples are placed by the first trace's`,
    );
  }
  const delay = headers.length > 0 ? getField(headers[0], TRACE_FIELDS.delayRecordingTime, littleEndian) * scale : 0;
  return { domain, unit, first: options.first ?? delay, step };
}

function chooseInterval(
  input: Pick<Parameters<typeof verticalAxis>[0], 'binaryInterval' | 'extendedInterval' | 'options' | 'warnings'>,
  inTraces: readonly number[],
): number {
  const { extendedInterval, options, warnings } = input;
  if (options.interval !== undefined) return options.interval;
  if (Number.isFinite(extendedInterval) && extendedInterval > 0) return extendedInterval;
  const trace = inTraces.length === 1 ? inTraces[0] : 0;
  const binary = input.binaryInterval;
  if (inTraces.length > 1) {
    warnings.push(
      `sample intervals differ between trace headers (bytes 117-118: ${inTraces.slice(0, 4).join(', ')} …): the binary header's is used`,
    );
  }
  const negated = (value: number): number => (value > 32767 ? 65536 - value : value);
  if (trace === 0) return told(binary, negated(binary), binary > 32767, 'binary header', warnings);
  if (binary === 0 || binary === trace) return told(trace, negated(trace), trace > 32767, 'headers', warnings);
  if (negated(binary) === negated(trace)) {
    warnings.push(`the sample interval is negative in one header and positive in the other: ${negated(trace)} is used`);
    return negated(trace);
  }
  // of two numbers, of which one would be negative as a signed one, the other is the safer
  if (trace > 32767 && binary <= 32767) {
    warnings.push(
      `sample intervals disagree: ${trace} (or ${-negated(trace)}) in the trace headers (bytes 117-118), ` +
        `${binary} in the binary header (3217-3218), which is used`,
    );
    return binary;
  }
  warnings.push(
    `sample intervals disagree: ${binary} in the binary header (bytes 3217-3218), ${trace} in the trace headers (117-118), which is used`,
  );
  return told(trace, negated(trace), trace > 32767, 'trace headers', warnings);
}

/** A single value that is negative as a signed number: small magnitudes (to 20 ms) were meant as such. */
function told(value: number, magnitude: number, isNegative: boolean, where: string, warnings: string[]): number {
  if (!isNegative) return value;
  const used = magnitude <= 20000 ? magnitude : value;
  warnings.push(`the sample interval in the ${where} is ${-magnitude} as a signed number, ${value} as an unsigned one: ${used} is used`);
  return used;
}
