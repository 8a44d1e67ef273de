export { encodePng } from './png.js';
export {
  buildManifest,
  summariseAngles,
  summariseMeasurement,
  type InputRecord,
  type Manifest,
  type ManifestInput,
  type MeasurementSummary,
} from './manifest.js';
export { montageSvg, renderMontage } from './montage.js';
export { svgToPng } from './picture/rasterise.js';
export { renderReport } from './report.js';
export { viewSlice, type Convention, type SliceView } from './slice-view.js';
export { decompositionFigures, sampleFigures } from './trust.js';
export type { Figure, PanelInput, ReportInput, ReportResult, ScanSection, StepRecord } from './types.js';
export { defaultErrorLimit, defaultWindow, describeWindow, type DisplayWindow } from './window.js';
