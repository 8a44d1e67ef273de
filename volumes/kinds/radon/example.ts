import { placed } from '../../../core/placement.js';
import type { Geometry, Grid, Measurement } from '../../measurement.js';
import { CONE, FAN, isDivergent, isVolumetric, PARALLEL, type CircleKind, type VectorKind } from './schema.js';
import { cross, length, minus, spatial, type Vector3 } from './vector-schema.js';

/** Radius of the ball or cylinder that is scanned, mm, and what it attenuates, 1/mm. */
const [RADIUS, MU] = [5, 0.02];
const angles = Array.from({ length: 7 }, (_, view) => 4.1 + 27.3 * view);
const beam = { sourceToAxis: 40, sourceToDetector: 65 };
const bins = { detectorCount: 13, detectorPitch: 1.25, detectorOffset: 0.4 };
const rows = { columns: 13, rowPitch: 2, columnPitch: 2.25, rowOffset: 0.5, columnOffset: -0.75 };

/** Pixels that are no squares, on an image that is none, in HU. */
const grid = (slices: number): Grid => ({
  shape: [slices, 11, 9],
  ...placed({ spacing: [1.25, 1.5, 2], origin: [-5, -7.5, 1 - slices] }),
  units: 'HU',
  modality: 'CT',
});

/** Line integral of the ball (or cylinder) at a distance from its centre. */
const chord = (distance: number): number => 2 * MU * Math.sqrt(Math.max(0, RADIUS ** 2 - distance ** 2));

/** A small scan of a cylinder, or by a cone beam of a ball, in the middle: see `ScanKind.example`. */
export function radonExample(kind: CircleKind, slices: number): Measurement {
  const scan = (geometry: Geometry, shape: readonly number[], distance: (index: number) => number): Measurement => ({
    kind,
    data: Float32Array.from({ length: shape.reduce((a, n) => a * n, 1) }, (_, i) => chord(distance(i))),
    shape,
    dtype: 'float32',
    geometry,
    noise: { type: 'poisson', photons: 1e5 },
    grid: grid(slices),
    meta: { muWater: MU },
  });
  const u = (bin: number): number => (bin - (bins.detectorCount - 1) / 2) * bins.detectorPitch + bins.detectorOffset;
  const { sourceToAxis: toAxis, sourceToDetector: toDetector } = beam;
  const shape = [slices, angles.length, bins.detectorCount];
  switch (kind) {
    case PARALLEL:
      return scan({ angles, ...bins, slicePitch: 2 }, shape, (i) => u(i % bins.detectorCount));
    case FAN:
      return scan({ angles, ...bins, ...beam, slicePitch: 2 }, shape, (i) => {
        const at = u(i % bins.detectorCount);
        return (toAxis * at) / Math.hypot(at, toDetector);
      });
    case CONE: {
      const geometry = { angles, rows: slices + 2, ...rows, ...beam };
      return scan(geometry, [angles.length, geometry.rows, rows.columns], (i) => {
        const row = Math.floor(i / rows.columns) % geometry.rows;
        const across = ((i % rows.columns) - (rows.columns - 1) / 2) * rows.columnPitch + rows.columnOffset;
        const up = (row - (geometry.rows - 1) / 2) * rows.rowPitch + rows.rowOffset;
        return (toAxis * Math.hypot(across, up)) / Math.hypot(across, up, toDetector);
      });
    }
  }
}

/** The same of vectors: sources and detectors that wander and lean, no two views alike. */
export function vectorExample(kind: VectorKind, slices: number): Measurement {
  const [divergent, volumetric] = [isDivergent(kind), isVolumetric(kind)];
  const vectors = angles.map((angle, view) => {
    const theta = (angle * Math.PI) / 180;
    const [c, s] = [Math.cos(theta), Math.sin(theta)];
    const lean = volumetric ? 0.03 * (view - 3) : 0;
    const lift = volumetric ? 0.7 * (view - 3) : 0;
    const [toAxis, beyond] = [beam.sourceToAxis + 0.6 * view, beam.sourceToDetector - beam.sourceToAxis - 0.4 * view];
    const ray: Vector3 = divergent ? [toAxis * s, -toAxis * c, lift] : [-s, c, view === 6 ? 2.5 : lean]; // the last one steeply
    const shift = 0.3 * (view - 2);
    const centre: Vector3 = [-beyond * s + shift * c, beyond * c + shift * s, volumetric ? 0.5 - lift : 0];
    const u: Vector3 = [rows.columnPitch * c, rows.columnPitch * s, 2 * lean];
    const v: Vector3 = [lean * s, -lean * c, rows.rowPitch];
    return volumetric ? [...ray, ...centre, ...u, ...v] : [ray, centre, u].flatMap((vector) => vector.slice(0, 2));
  });
  const [height, columns] = [slices + 2, rows.columns];
  const shape = volumetric ? [angles.length, height, columns] : [slices, angles.length, columns];
  const data = Float32Array.from({ length: shape.reduce((a, n) => a * n, 1) }, (_, i) => {
    const [column, other] = [i % columns, Math.floor(i / columns)];
    const [view, row] = volumetric ? [Math.floor(other / height), other % height] : [other % angles.length, 0];
    const { ray, centre, u, v } = spatial(vectors[view]);
    const [a, b] = [column - (columns - 1) / 2, volumetric ? row - (height - 1) / 2 : 0];
    const at: Vector3 = [0, 1, 2].map((n) => centre[n] + a * u[n] + b * v[n]) as unknown as Vector3;
    const along = divergent ? minus(at, ray) : ray;
    return chord(length(cross(at, along)) / length(along));
  });
  return {
    kind,
    data,
    shape,
    dtype: 'float32',
    geometry: { vectors, ...(volumetric ? { rows: height, columns } : { detectorCount: columns, slicePitch: 2 }) },
    noise: { type: 'poisson', photons: 1e5 },
    grid: grid(slices),
    meta: { muWater: MU },
  };
}
