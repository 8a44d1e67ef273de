import { defineKind, type ScanKind } from '../kind.js';
import { radonExample, vectorExample } from './example.js';
import { gridFor } from './geometry.js';
import {
  CONE,
  CONE_VEC,
  coneSchema,
  FAN,
  FAN_VEC,
  fanSchema,
  GEOMETRY_HINT,
  PARALLEL,
  PARALLEL3D_VEC,
  PARALLEL_VEC,
  parallelSchema,
} from './schema.js';
import { coneVecSchema, fanVecSchema, parallel3dVecSchema, parallelVecSchema } from './vector-schema.js';

const help = { hint: GEOMETRY_HINT };
const flat = { axes: ['slice', 'view', 'detector'], dtype: 'float32' as const, geometryHelp: help };

export const parallel: ScanKind<typeof parallelSchema> = defineKind({
  ...flat,
  name: PARALLEL,
  title: 'Parallel beam',
  geometry: parallelSchema,
  views: { axis: 1, fields: { angles: '°' }, required: 'angles' },
  grid: (geometry, [slices]) => gridFor(PARALLEL, geometry, slices),
  example: (slices) => radonExample(PARALLEL, slices),
});

export const fan: ScanKind<typeof fanSchema> = defineKind({
  ...flat,
  name: FAN,
  title: 'Fan beam',
  geometry: fanSchema,
  views: { axis: 1, fields: { angles: '°' }, required: 'angles' },
  grid: (geometry, [slices]) => gridFor(FAN, geometry, slices),
  example: (slices) => radonExample(FAN, slices),
});

export const cone: ScanKind<typeof coneSchema> = defineKind({
  name: CONE,
  title: 'Cone beam',
  axes: ['view', 'row', 'column'],
  dtype: 'float32',
  geometry: coneSchema,
  geometryHelp: help,
  views: { axis: 0, fields: { angles: '°', sourceZ: ' mm' }, required: 'angles' },
  grid: (geometry, [, rows]) => gridFor(CONE, geometry, rows),
  example: (slices) => radonExample(CONE, slices),
});

const listed = { fields: { vectors: ' mm' }, required: 'vectors' } as const;

export const parallelVec: ScanKind<typeof parallelVecSchema> = defineKind({
  ...flat,
  name: PARALLEL_VEC,
  title: 'Parallel beam by vectors',
  geometry: parallelVecSchema,
  views: { axis: 1, ...listed },
  grid: (geometry, [slices]) => gridFor(PARALLEL_VEC, geometry, slices),
  example: (slices) => vectorExample(PARALLEL_VEC, slices),
});

export const fanVec: ScanKind<typeof fanVecSchema> = defineKind({
  ...flat,
  name: FAN_VEC,
  title: 'Fan beam by vectors',
  geometry: fanVecSchema,
  views: { axis: 1, ...listed },
  grid: (geometry, [slices]) => gridFor(FAN_VEC, geometry, slices),
  example: (slices) => vectorExample(FAN_VEC, slices),
});

const anyRays = { axes: ['view', 'row', 'column'], dtype: 'float32' as const, geometryHelp: help, views: { axis: 0, ...listed } };

export const parallel3dVec: ScanKind<typeof parallel3dVecSchema> = defineKind({
  ...anyRays,
  name: PARALLEL3D_VEC,
  title: 'Parallel rays of any direction, by vectors',
  geometry: parallel3dVecSchema,
  grid: (geometry, [, rows]) => gridFor(PARALLEL3D_VEC, geometry, rows),
  example: (slices) => vectorExample(PARALLEL3D_VEC, slices),
});

export const coneVec: ScanKind<typeof coneVecSchema> = defineKind({
  ...anyRays,
  name: CONE_VEC,
  title: 'Cone beam by vectors',
  geometry: coneVecSchema,
  grid: (geometry, [, rows]) => gridFor(CONE_VEC, geometry, rows),
  example: (slices) => vectorExample(CONE_VEC, slices),
});

/** All kinds of projections. */
export const radonKinds: readonly ScanKind[] = [parallel, fan, cone, parallelVec, fanVec, parallel3dVec, coneVec];
