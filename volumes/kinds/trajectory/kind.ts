import { defineKind, type ScanKind } from '../kind.js';
import { COIL_ARRAYS } from '../kspace/kind.js';
import { trajectoryExample } from './example.js';
import { NONCARTESIAN, NONCARTESIAN_EXPECTED, nonCartesianSchema } from './schema.js';

export const nonCartesian: ScanKind<typeof nonCartesianSchema> = defineKind({
  name: NONCARTESIAN,
  title: 'k-space along a trajectory',
  axes: ['slice', 'coil', 'sample'],
  dtype: 'complex64',
  geometry: nonCartesianSchema,
  geometryHelp: { expected: NONCARTESIAN_EXPECTED },
  arrays: {
    trajectory: { axes: ['sample', 'coordinate'], dtype: 'float32', what: '(ky, kx) in cycles per field of view' },
    density: { axes: ['sample'], dtype: 'float32', what: 'the area each sample stands for' },
    ...COIL_ARRAYS,
  },
  example: trajectoryExample,
});
