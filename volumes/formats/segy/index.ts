/** SEG-Y files: reading in windows, geometry of the traces, copies with new traces, new files. SU beside it (../su). */
export { openSegy, sniffSegy } from './open-segy.js';
export type { SegyFile, SegyOpenOptions, VerticalAxis } from './segy-file.js';
export { findGeometry, type GeometryCounts, type GeometryOptions, type SegyAxis, type SegyGeometry } from './geometry.js';
export type { GeometryKind } from './geometry-schemes.js';
export type { BinChoice, Bins } from './bins.js';
export type { Sorting } from './sorting.js';
export { parseAxisBytes, TRACE_FIELDS, type AxisBytes, type AxisName, type FieldType, type HeaderField } from './header-fields.js';
export { readWindow, wholeWindow, type SegyWindow, type WindowOptions } from './window.js';
export { placeName, startSegyCopy, type SegyCopy, type SegyCopyOptions, type SegyCopyReport } from './copy.js';
export { gapsInside } from './outline.js';
export { encodeSegy, encodeSu, type CreateOptions, type TraceArray } from './create.js';
export { amplitudes, segyFacts, type AmplitudeSummary, type SegyFact } from './facts.js';
export { SAMPLE_FORMATS, type EncodeReport, type SampleFormat, type SampleFormatChoice } from './sample-formats.js';
export { INTERPOLATED, TraceState } from './scan.js';
