import { SlicewiseError } from '../../../core/errors.js';
import { radians } from '../../../core/units.js';
import type { Geometry, MeasurementKind } from '../../measurement.js';
import {
  CONE,
  CONE_VEC,
  coneSchema,
  FAN,
  FAN_VEC,
  fanSchema,
  PARALLEL,
  PARALLEL_VEC,
  parallelSchema,
  parseGeometry,
  type ConeGeometry,
  type FanGeometry,
  type ParallelGeometry,
} from './schema.js';

/**
 * A circle or helix as the vectors of its views: the same rays, to be tilted, shifted or calibrated view by view. Twelve numbers a view of
 * a cone beam (source, middle of the detector, u, v), six of a fan (source, middle, u) or parallel beam (direction of the rays, middle, u),
 * as ASTRA's cone_vec, fanflat_vec and parallel_vec; mm.
 *
 * @example
 * // a helix of 100 mm a turn whose detector leans by 1° in its plane
 * const { kind, geometry } = vectorGeometry('radon.cone', { ...circle, sourceZ: circle.angles.map((angle) => angle / 360 * 100) });
 * const tilted = geometry.vectors.map(([...view]) => turnDetector(view, 1));
 * @throws SlicewiseError GEOMETRY for a geometry that is wrong, and for curved detectors
 */
export function vectorGeometry(
  kind: MeasurementKind,
  geometry: object,
): { readonly kind: MeasurementKind; readonly geometry: Geometry & { readonly vectors: readonly (readonly number[])[] } } {
  if ((geometry as Partial<FanGeometry>).detectorShape === 'curved') {
    throw new SlicewiseError('GEOMETRY', {
      message: 'a curved detector has no single step u',
      expected: 'a flat detector',
      got: `${kind} with detectorShape curved`,
      hint: 'leave the geometry as it is: curved detectors are projected from angles',
    });
  }
  if (kind === PARALLEL) {
    const g = parseGeometry(parallelSchema, geometry, kind);
    const { detectorCount, slicePitch } = g;
    return { kind: PARALLEL_VEC, geometry: { vectors: parallelVectors(g), detectorCount, ...(slicePitch ? { slicePitch } : {}) } };
  }
  if (kind === FAN) {
    const g = parseGeometry(fanSchema, geometry, kind);
    const { detectorCount, slicePitch } = g;
    return { kind: FAN_VEC, geometry: { vectors: fanVectors(g), detectorCount, ...(slicePitch ? { slicePitch } : {}) } };
  }
  if (kind === CONE) {
    const g = parseGeometry(coneSchema, geometry, kind);
    return { kind: CONE_VEC, geometry: { vectors: coneVectors(g), rows: g.rows, columns: g.columns } };
  }
  throw new SlicewiseError('GEOMETRY', {
    message: 'only circles and helices are made into vectors',
    expected: `${PARALLEL}, ${FAN} or ${CONE}`,
    got: kind,
  });
}

function parallelVectors({ angles, detectorPitch, detectorOffset }: ParallelGeometry): number[][] {
  return angles.map((angle) => {
    const [c, s] = unit(angle);
    return [-s, c, detectorOffset * c, detectorOffset * s, detectorPitch * c, detectorPitch * s];
  });
}

function fanVectors(g: FanGeometry): number[][] {
  const beyond = g.sourceToDetector - g.sourceToAxis;
  return g.angles.map((angle) => {
    const [c, s] = unit(angle);
    const centre = [-beyond * s + g.detectorOffset * c, beyond * c + g.detectorOffset * s];
    return [g.sourceToAxis * s, -g.sourceToAxis * c, ...centre, g.detectorPitch * c, g.detectorPitch * s];
  });
}

function coneVectors(g: ConeGeometry): number[][] {
  const fan = fanVectors({ ...g, detectorCount: g.columns, detectorPitch: g.columnPitch, detectorOffset: g.columnOffset });
  return fan.map(([ax, ay, cx, cy, ux, uy], view) => {
    const z = g.sourceZ?.[view] ?? 0;
    return [ax, ay, z, cx, cy, z + g.rowOffset, ux, uy, 0, 0, 0, g.rowPitch];
  });
}

const unit = (angle: number): [number, number] => [Math.cos(radians(angle)), Math.sin(radians(angle))];
