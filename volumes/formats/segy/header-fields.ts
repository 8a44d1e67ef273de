import { SlicewiseError } from '../../../core/errors.js';
import { ibmToNumber, numberToIbm } from './ibm.js';

/** How a header word is stored. `ibm` and `float32`: some programs write line numbers and coordinates so. */
export type FieldType = 'int16' | 'uint16' | 'int32' | 'uint32' | 'ibm' | 'float32' | 'float64';

/** A word of a trace header (first byte counted from 1, as in the standard), or of the binary header (from 3201). */
export interface HeaderField {
  readonly byte: number;
  readonly type: FieldType;
}

export const FIELD_BYTES: { readonly [type in FieldType]: number } = {
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  ibm: 4,
  float32: 4,
  float64: 8,
};

const four = (byte: number): HeaderField => ({ byte, type: 'int32' });
const two = (byte: number): HeaderField => ({ byte, type: 'int16' });

/** Standard trace header of SEG-Y rev 1 (table 3), every field. */
export const TRACE_FIELDS = {
  traceSequenceLine: four(1),
  traceSequenceFile: four(5),
  fieldRecord: four(9),
  traceNumber: four(13),
  energySourcePoint: four(17),
  cdp: four(21),
  cdpTrace: four(25),
  traceIdentification: two(29),
  verticallySummed: two(31),
  horizontallyStacked: two(33),
  dataUse: two(35),
  offset: four(37),
  receiverElevation: four(41),
  sourceSurfaceElevation: four(45),
  sourceDepth: four(49),
  receiverDatumElevation: four(53),
  sourceDatumElevation: four(57),
  sourceWaterDepth: four(61),
  receiverWaterDepth: four(65),
  elevationScalar: two(69),
  coordinateScalar: two(71),
  sourceX: four(73),
  sourceY: four(77),
  receiverX: four(81),
  receiverY: four(85),
  coordinateUnits: two(89),
  weatheringVelocity: two(91),
  subWeatheringVelocity: two(93),
  sourceUpholeTime: two(95),
  receiverUpholeTime: two(97),
  sourceStatic: two(99),
  receiverStatic: two(101),
  totalStatic: two(103),
  lagTimeA: two(105),
  lagTimeB: two(107),
  delayRecordingTime: two(109),
  muteStart: two(111),
  muteEnd: two(113),
  sampleCount: { byte: 115, type: 'uint16' },
  sampleInterval: { byte: 117, type: 'uint16' },
  gainType: two(119),
  instrumentGain: two(121),
  instrumentInitialGain: two(123),
  correlated: two(125),
  sweepFrequencyStart: two(127),
  sweepFrequencyEnd: two(129),
  sweepLength: two(131),
  sweepType: two(133),
  sweepTaperStart: two(135),
  sweepTaperEnd: two(137),
  taperType: two(139),
  aliasFilterFrequency: two(141),
  aliasFilterSlope: two(143),
  notchFilterFrequency: two(145),
  notchFilterSlope: two(147),
  lowCutFrequency: two(149),
  highCutFrequency: two(151),
  lowCutSlope: two(153),
  highCutSlope: two(155),
  year: two(157),
  dayOfYear: two(159),
  hour: two(161),
  minute: two(163),
  second: two(165),
  timeBasis: two(167),
  traceWeighting: two(169),
  geophoneGroupRoll: two(171),
  geophoneGroupFirst: two(173),
  geophoneGroupLast: two(175),
  gapSize: two(177),
  overTravel: two(179),
  cdpX: four(181),
  cdpY: four(185),
  inline: four(189),
  crossline: four(193),
  shotpoint: four(197),
  shotpointScalar: two(201),
  traceUnit: two(203),
  transductionMantissa: four(205),
  transductionExponent: two(209),
  transductionUnit: two(211),
  deviceIdentifier: two(213),
  timeScalar: two(215),
  sourceType: two(217),
  sourceDirectionVertical: two(219),
  sourceDirectionCrossline: two(221),
  sourceDirectionInline: two(223),
  sourceMeasurementMantissa: four(225),
  sourceMeasurementExponent: two(229),
  sourceMeasurementUnit: two(231),
} as const satisfies { readonly [name: string]: HeaderField };

export type TraceFieldName = keyof typeof TRACE_FIELDS;

/** Words of the binary file header used here (SEG-Y rev 2.0 and 2.1, table 2). 64-bit counts are read apart. */
export const BINARY_FIELDS = {
  jobId: four(3201),
  lineNumber: four(3205),
  reelNumber: four(3209),
  tracesPerEnsemble: two(3213),
  auxiliaryTraces: two(3215),
  sampleInterval: { byte: 3217, type: 'uint16' },
  sampleIntervalOriginal: { byte: 3219, type: 'uint16' },
  sampleCount: { byte: 3221, type: 'uint16' },
  sampleCountOriginal: { byte: 3223, type: 'uint16' },
  format: two(3225),
  ensembleFold: two(3227),
  sorting: two(3229),
  measurementSystem: two(3255),
  extendedTracesPerEnsemble: four(3261),
  extendedSampleCount: { byte: 3269, type: 'uint32' },
  extendedSampleInterval: { byte: 3273, type: 'float64' },
  fixedLength: two(3503),
  extendedTextHeaders: two(3505),
  additionalTraceHeaders: two(3507),
  /** Rev 2.0 has 4 bytes here, rev 2.1 two and the survey type behind them. */
  additionalTraceHeadersRev20: four(3507),
  trailerRecords: four(3529),
} as const satisfies { readonly [name: string]: HeaderField };

/** Reads the word `field`; `base` is the standard's number of the view's first byte (1 for trace headers, 3201 for the binary header). */
export function getField(view: DataView, field: HeaderField, littleEndian: boolean, base = 1): number {
  const at = field.byte - base;
  switch (field.type) {
    case 'int16':
      return view.getInt16(at, littleEndian);
    case 'uint16':
      return view.getUint16(at, littleEndian);
    case 'int32':
      return view.getInt32(at, littleEndian);
    case 'uint32':
      return view.getUint32(at, littleEndian);
    case 'ibm':
      return ibmToNumber(view.getUint32(at, littleEndian));
    case 'float32':
      return view.getFloat32(at, littleEndian);
    case 'float64':
      return view.getFloat64(at, littleEndian);
  }
}

/** Writes `value`, rounded and clipped to what an integer word holds. */
export function setField(view: DataView, field: HeaderField, value: number, littleEndian: boolean, base = 1): void {
  const at = field.byte - base;
  const whole = (min: number, max: number): number => Math.min(max, Math.max(min, Math.round(value)));
  switch (field.type) {
    case 'int16':
      return view.setInt16(at, whole(-32768, 32767), littleEndian);
    case 'uint16':
      return view.setUint16(at, whole(0, 65535), littleEndian);
    case 'int32':
      return view.setInt32(at, whole(-(2 ** 31), 2 ** 31 - 1), littleEndian);
    case 'uint32':
      return view.setUint32(at, whole(0, 2 ** 32 - 1), littleEndian);
    case 'ibm':
      return view.setUint32(at, numberToIbm(value), littleEndian);
    case 'float32':
      return view.setFloat32(at, value, littleEndian);
    case 'float64':
      return view.setFloat64(at, value, littleEndian);
  }
}

/** Coordinate scalar (bytes 71-72 and its like): positive multiplies, negative divides, 0 is 1. */
export const scaleOf = (scalar: number): number => (scalar === 0 ? 1 : scalar > 0 ? scalar : -1 / scalar);

/** The field's name in words, for messages: `bytes 189-192` with `as IBM float` where it is not an integer. */
export function describeField({ byte, type }: HeaderField): string {
  const kind = type === 'ibm' ? ' as IBM float' : type.startsWith('float') ? ' as IEEE float' : '';
  return `bytes ${byte}-${byte + FIELD_BYTES[type] - 1}${kind}`;
}

/** What a trace's place in the survey is called. */
export type AxisName = 'inline' | 'crossline' | 'offset' | 'shot' | 'receiver' | 'cmp' | 'trace';

export const AXIS_NAMES: readonly AxisName[] = ['inline', 'crossline', 'shot', 'receiver', 'cmp', 'trace', 'offset'];

/** Header words by axis. */
export type AxisBytes = { readonly [name in AxisName]?: HeaderField };

/**
 * Reads `inline=189,crossline=193`: names of axes with the first byte of their header word. Width and type are those of the standard's
 * field that begins there, else 4 bytes; `:TYPE` says another: `inline=197:ibm,crossline=201:int16`.
 * @throws SlicewiseError ARGUMENT
 */
export function parseAxisBytes(text: string): AxisBytes {
  const found: { [name in AxisName]?: HeaderField } = {};
  for (const part of text.split(',')) {
    const match = /^\s*([a-z]+)\s*=\s*(\d+)\s*(?::\s*([a-z0-9]+))?\s*$/i.exec(part);
    const name = AXIS_NAMES.find((axis) => axis === match?.[1].toLowerCase());
    if (!match || !name) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'cannot read the header bytes',
        expected: `NAME=BYTE or NAME=BYTE:TYPE, NAME one of ${AXIS_NAMES.join(', ')}`,
        got: `'${part.trim()}'`,
        hint: 'for example inline=189,crossline=193',
      });
    }
    found[name] = axisField(Number(match[2]), match[3]);
  }
  return found;
}

/** @throws SlicewiseError ARGUMENT for a type there is not, or bytes outside the header */
export function axisField(byte: number, type?: string): HeaderField {
  const standard = Object.values(TRACE_FIELDS).find((field: HeaderField) => field.byte === byte);
  const chosen = type === 'ieee' ? 'float32' : (type ?? standard?.type ?? 'int32');
  if (!(chosen in FIELD_BYTES)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'no such type of header word',
      expected: `${Object.keys(FIELD_BYTES).join(', ')} or ieee`,
      got: `'${type}'`,
    });
  }
  const field: HeaderField = { byte, type: chosen as FieldType };
  if (!(Number.isInteger(byte) && byte >= 1 && byte + FIELD_BYTES[field.type] - 1 <= 240)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'header byte outside the trace header',
      expected: `1 to ${241 - FIELD_BYTES[field.type]}`,
      got: String(byte),
    });
  }
  return field;
}
