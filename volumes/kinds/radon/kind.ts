import { defineKind, type ScanKind } from '../kind.js';
import { radonExample } from './example.js';
import { gridFor } from './geometry.js';
import { CONE, coneSchema, FAN, fanSchema, GEOMETRY_HINT, PARALLEL, parallelSchema } from './schema.js';

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
  title: 'Fan beam, flat detector',
  geometry: fanSchema,
  views: { axis: 1, fields: { angles: '°' }, required: 'angles' },
  grid: (geometry, [slices]) => gridFor(FAN, geometry, slices),
  example: (slices) => radonExample(FAN, slices),
});

export const cone: ScanKind<typeof coneSchema> = defineKind({
  name: CONE,
  title: 'Cone beam, flat detector',
  axes: ['view', 'row', 'column'],
  dtype: 'float32',
  geometry: coneSchema,
  geometryHelp: help,
  views: { axis: 0, fields: { angles: '°', sourceZ: ' mm' }, required: 'angles' },
  grid: (geometry, [, rows]) => gridFor(CONE, geometry, rows),
  example: (slices) => radonExample(CONE, slices),
});
