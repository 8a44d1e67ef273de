import type { ReadOptions } from './format.js';
import type { ScanOptions } from './scan-options.js';

/** Those of volume formats; the compiler sees that none is missing. */
const ofVolumes = {
  dataset: 0,
  series: 0,
  volumeIndex: 0,
  units: 0,
  modality: 0,
  volumeAxes: 0,
  spacing: 0,
  resample: 0,
  complex: 0,
  tilt: 0,
  padding: 0,
  affine: 0,
  raw: 0,
  fill: 0,
  survey: 0,
} satisfies { [name in keyof ReadOptions]-?: 0 };

/** Names of the options of all volume formats. */
export const READ_OPTIONS: readonly string[] = Object.keys(ofVolumes);

/** Names of the options of all measurement formats; the compiler sees that none is missing. */
export const SCAN_OPTIONS: readonly string[] = Object.keys({
  ...ofVolumes,
  kind: 0,
  geometry: 0,
  axes: 0,
  angles: 0,
  angleUnit: 0,
  clockwise: 0,
  tableFeed: 0,
  center: 0,
  counts: 0,
  flat: 0,
  dark: 0,
  linearise: 0,
  grid: 0,
  trajectory: 0,
  trajectoryUnit: 0,
  trajectoryOrder: 0,
  size: 0,
  select: 0,
  missingLines: 0,
  zeroCoils: 0,
} satisfies { [name in keyof ScanOptions]-?: 0 });
