/** The volumes room: files ⇄ Volume and Measurement, orientation, units. Nothing here needs Node. */
export * from './volume.js';
export * from './measurement.js';
export type { ArrayData } from '../core/array.js';
export { fromNdarray, toNdarray } from './ndarray.js';
export { axisSchema, coordinateAt, describeAxis, isRegular, stepOf, type Axis, type RegularAxis, type SampledAxis } from '../core/axis.js';
export {
  affineOf,
  IDENTITY_DIRECTION,
  latticeOf,
  placed,
  shapeOf,
  spacingOf,
  type Affine,
  type Lattice,
  type Placed,
  type Placement,
} from '../core/placement.js';
export * from './format.js';
export { readMeasurement, readVolume, selectionsOf, sniffFormats, writeMeasurement, writeVolume, writeVolumeFiles } from './open.js';
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
export { matchByAffine, matchVolumes, type Found, type Match } from './match.js';
export { axisFirst, axisIndex, inverseOrder, permuteArray, permutePlaced, permuteVolume, alongAxis, type AxisOrder } from './permute.js';
export { attenuationToHu, huToAttenuation } from './hu.js';
export { arrayFormats, readArray, type ArrayFormat } from './array-formats.js';
export { measurementFromArray, type ArrayScan } from './kinds/radon/from-array.js';
export { type ScanOptions } from './scan-options.js';
export { anglesInDegrees, parseAngles } from './kinds/radon/angles.js';
export { parseGeometryFile } from './kinds/radon/geometry-file.js';
export {
  centerToOffset,
  gridFor,
  offsetToCenter,
  type ConeGeometry,
  type FanGeometry,
  type GridOptions,
  type ParallelGeometry,
} from './kinds/radon/geometry.js';
export { estimateCenter, type CenterEstimate } from './kinds/radon/center.js';
export { helixHeights } from './kinds/radon/helix.js';
export { parseVectorFile } from './kinds/radon/vector-file.js';
export { vectorGeometry } from './kinds/radon/vectors.js';
export type { PlaneVectors, SpaceVectors } from './kinds/radon/vector-schema.js';
export { defineKind, geometryOf, kinds, type KindArray, type KindViews, type ScanKind } from './kinds/registry.js';
export { parseViews, selectViews, viewAxis } from './kinds/views.js';
export { checkFinite, checkMeasurement } from './finite.js';
export { kspaceMeasurement, type KspaceParts } from './kinds/kspace/assemble.js';
export { kspaceFacts, kspaceRows, type KspaceFacts } from './kinds/kspace/facts.js';
export { readMaps, withMaps } from './kinds/kspace/maps.js';
export { withMask, type KspaceShape, type MaskSource, type Readout } from './kinds/kspace/mask.js';
export { readMaskFile } from './kinds/kspace/mask-file.js';
export { trajectoryMeasurement, type TrajectoryParts } from './kinds/trajectory/assemble.js';
export { trajectoryFacts, trajectoryRows, type TrajectoryFacts } from './kinds/trajectory/facts.js';
export { type TrajectoryOrder } from './kinds/trajectory/array.js';
export { type TrajectoryUnit } from './kinds/trajectory/units.js';
export { bandMetaOf, isBandAxis, wavelengthsOf, type BandMeta } from './bands.js';
export { bandsFirst, cubeMeasurement } from './kinds/spectral/from-volume.js';
export { readDicomSource, withDicomSource, type DicomSource } from './formats/dicom/source.js';
export { writeBart, writeBartArray } from './formats/bart/bart.js';
