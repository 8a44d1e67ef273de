import { defineKind, type KindArray, type ScanKind } from '../kind.js';
import { kspaceGrid } from './assemble.js';
import { completeKspace } from './complete.js';
import { kspaceExample } from './example.js';
import { CARTESIAN, CARTESIAN_EXPECTED, cartesianSchema } from './schema.js';

/** Arrays that lie beside k-space of either kind. */
export const COIL_ARRAYS: { readonly [name: string]: KindArray } = {
  maps: { axes: ['slice', 'coil', 'y', 'x'], dtype: 'complex64', what: 'sensitivities of the coils' },
  secondMaps: {
    axes: ['slice', 'coil', 'y', 'x'],
    dtype: 'complex64',
    what: 'a second set of sensitivities, of tissue that is folded onto other tissue (soft SENSE); beside maps',
  },
  noiseScan: { axes: ['coil', 'sample'], dtype: 'complex64', what: 'samples without signal' },
};

export const cartesian: ScanKind<typeof cartesianSchema> = defineKind({
  name: CARTESIAN,
  title: 'k-space on a grid',
  axes: ['slice', 'coil', 'ky', 'kx'],
  dtype: 'complex64',
  geometry: cartesianSchema,
  geometryHelp: { expected: CARTESIAN_EXPECTED },
  arrays: {
    mask: {
      axes: ['slice', 'ky', 'kx'],
      dtype: 'float32',
      what: '1 where k-space was measured, of every slice or of all',
    },
    ...COIL_ARRAYS,
    calibration: {
      axes: ['slice', 'coil', 'ky', 'kx'],
      dtype: 'complex64',
      what: 'k-space of a calibration scan of its own, zero where it was not measured; coil maps come from it',
    },
  },
  grid: (_, [slices, , rows, columns]) => kspaceGrid([slices, rows, columns]),
  complete: completeKspace,
  example: kspaceExample,
});
