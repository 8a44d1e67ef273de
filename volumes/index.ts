/** The volumes room: files ⇄ Volume and Measurement, orientation, units. Nothing here needs Node. */
export * from './volume.js';
export * from './measurement.js';
export * from './format.js';
export { readMeasurement, readVolume, sniffFormats, writeMeasurement, writeVolume } from './open.js';
export { measurementFormats, volumeFormats } from './registry.js';
export {
  cropSlices,
  inverseReorientation,
  orientationCode,
  planeOf,
  reorient,
  toCanonical,
  type Plane,
  type Reorientation,
} from './orientation.js';
export { matchByAffine, type Match } from './match.js';
export { attenuationToHu, huToAttenuation } from './hu.js';
