import { degrees } from '../../../core/units.js';
import type { Geometry } from '../../measurement.js';
import { SlicewiseError } from '../../../core/errors.js';
import { isDivergent, isVectors, isVolumetric } from './schema.js';
import { cross, dot, length, minus, spatial } from './vector-schema.js';

/**
 * The circle that is nearest to a scan: what a default grid, a drawing and the end of an offset detector need to know of any geometry.
 * Exact for circles; of vectors the medians of what every view says.
 */
export interface NominalScanner {
  readonly angles: readonly number[];
  /** mm between columns on the detector, and from the projected axis to its middle, along u. */
  readonly pitch: number;
  readonly offset: number;
  readonly sourceToAxis?: number;
  readonly sourceToDetector?: number;
  readonly rowPitch?: number;
  readonly rowOffset?: number;
  /** Heights of the source, where they are not all 0. */
  readonly sourceZ?: readonly number[];
}

/** @throws SlicewiseError GEOMETRY for vectors whose source is not on the other side of the image than the detector */
export function nominalScanner(kind: string, geometry: Geometry): NominalScanner {
  const g = geometry as { [name: string]: number | undefined };
  if (!isVectors(kind)) {
    const volumetric = isVolumetric(kind);
    return {
      angles: (geometry.angles ?? []) as readonly number[],
      pitch: Number(volumetric ? g.columnPitch : g.detectorPitch),
      offset: Number((volumetric ? g.columnOffset : g.detectorOffset) ?? 0),
      sourceToAxis: g.sourceToAxis,
      sourceToDetector: g.sourceToDetector,
      rowPitch: g.rowPitch,
      rowOffset: g.rowOffset,
      sourceZ: geometry.sourceZ as readonly number[] | undefined,
    };
  }
  const divergent = isDivergent(kind);
  const views = (geometry.vectors as readonly (readonly number[])[]).map((list) => ofView(list, divergent));
  // without the dust of rounding: a billionth of a millimetre is 0
  const median = (of: (view: (typeof views)[number]) => number): number => Math.round(1e9 * middle(views.map(of))) / 1e9 || 0;
  const beam = divergent
    ? { sourceToAxis: median((v) => v.toOrigin), sourceToDetector: median((v) => v.toDetector), sourceZ: heights(views.map((v) => v.z)) }
    : {};
  if (divergent && !(beam.sourceToAxis! > 0 && beam.sourceToDetector! > 0)) {
    throw new SlicewiseError('GEOMETRY', {
      message: `the ${kind} geometry is not usable: the detector does not face the image`,
      expected: 'sources before the origin and detectors that face them',
      got: `distances of ${beam.sourceToAxis!.toFixed(1)} and ${beam.sourceToDetector!.toFixed(1)} mm along the normal of the detector`,
      hint: 'a list is source, middle of the detector, u, v: x, y, z in mm',
    });
  }
  return {
    angles: unwrapped(views.map((v) => v.angle)),
    pitch: median((v) => v.pitch),
    offset: median((v) => v.offset),
    rowPitch: median((v) => v.rowPitch),
    rowOffset: median((v) => v.rowOffset),
    ...beam,
  };
}

/** A view as a circle would have it: distances along the detector's normal. */
function ofView(list: readonly number[], divergent: boolean) {
  const { ray, centre, u, v } = spatial(list);
  const [pitch, rowPitch] = [length(u), length(v)];
  const normal = cross(u, v);
  const size = length(normal);
  const along = (a: readonly [number, number, number]): number => dot(normal, a) / size;
  // the side of the detector that the source sees is either; distances are positive towards it
  const side = Math.sign(along(divergent ? minus(centre, ray) : ray)) || 1;
  const [toDetector, toOrigin] = [side * along(minus(centre, ray)), -side * along(ray)];
  // where the ray through the origin meets the detector
  const stretch = divergent ? toDetector / toOrigin : 0;
  const seen = minus([ray[0] * (1 - stretch), ray[1] * (1 - stretch), ray[2] * (1 - stretch)], centre);
  const depth = dot(centre, normal) / dot(ray, normal);
  const hit = divergent ? seen : minus([ray[0] * depth, ray[1] * depth, ray[2] * depth], centre);
  return {
    angle: degrees(Math.atan2(u[1], u[0])),
    pitch,
    rowPitch,
    offset: -dot(hit, u) / pitch,
    rowOffset: divergent ? dot(minus(centre, ray), v) / rowPitch : -dot(hit, v) / rowPitch,
    toOrigin,
    toDetector,
    z: ray[2],
  };
}

const heights = (z: readonly number[]): readonly number[] | undefined => (z.some((value) => Math.abs(value) > 1e-6) ? z : undefined);

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Without jumps of a turn. */
function unwrapped(angles: readonly number[]): number[] {
  let turns = 0;
  return angles.map((angle, n) => {
    if (n > 0) turns -= Math.round((angle - angles[n - 1]) / 360);
    return angle + 360 * turns;
  });
}
