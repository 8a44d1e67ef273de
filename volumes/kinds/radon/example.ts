import { placed } from '../../../core/placement.js';
import type { Geometry, Grid, Measurement } from '../../measurement.js';
import { CONE, FAN, PARALLEL, type RadonKind } from './schema.js';

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
export function radonExample(kind: RadonKind, slices: number): Measurement {
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
