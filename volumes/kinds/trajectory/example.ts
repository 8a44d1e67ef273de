import { kspaceGrid } from '../kspace/assemble.js';
import { coilValues, exampleMaps } from '../kspace/example.js';
import type { Measurement } from '../../measurement.js';
import { NONCARTESIAN } from './schema.js';

const [ROWS, COLUMNS] = [9, 8];
const [SPOKES, READOUT] = [13, 10];

/** A small scan of a Gaussian spot along spokes by two coils: see `ScanKind.example`. */
export function trajectoryExample(slices: number): Measurement {
  const samples = SPOKES * READOUT;
  const trajectory = new Float32Array(2 * samples);
  for (let s = 0; s < samples; s++) {
    const angle = (Math.PI * Math.floor(s / READOUT)) / SPOKES;
    const radius = (s % READOUT) - READOUT / 2 + 0.5;
    trajectory.set([0.8 * radius * Math.sin(angle), 0.75 * radius * Math.cos(angle)], 2 * s);
  }
  const spot = (s: number): number => 80 * Math.exp(-((trajectory[2 * s] / 3) ** 2) - (trajectory[2 * s + 1] / 3) ** 2);
  return {
    kind: NONCARTESIAN,
    data: coilValues(slices, samples, spot),
    shape: [slices, 2, samples],
    dtype: 'complex64',
    geometry: { trajectory: 'radial' },
    noise: { type: 'gaussian', std: 0.25 },
    grid: kspaceGrid([slices, ROWS, COLUMNS], { spacing: [1.5, 1.25, 3] }),
    arrays: {
      trajectory: { data: trajectory, shape: [samples, 2], dtype: 'float32' },
      maps: exampleMaps(slices, ROWS, COLUMNS),
    },
    meta: { source: 'example' },
  };
}
