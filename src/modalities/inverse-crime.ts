import type { Grid, Measurement } from '../../volumes/measurement.js';
import { spacingOf } from '../../core/placement.js';

/**
 * A simulation proves little when the reconstruction uses the very model that made the data ("inverse crime"): the errors of
 * discretisation cancel. Says so when a scan was simulated from voxels without oversampling and is now reconstructed on the same grid.
 * @returns undefined when there is nothing to warn of
 */
export function inverseCrimeWarning(measurement: Measurement, grid: Grid): string | undefined {
  const simulation = measurement.meta.simulation;
  if (simulation?.method !== 'voxels' || Number(simulation.oversample) > 1) return undefined;
  const made = simulation.grid as { shape?: number[]; spacing?: number[] } | undefined;
  const spacing = spacingOf(grid, 'mm');
  const same = made?.shape?.every((n, a) => n === grid.shape[a]) && made.spacing?.every((d, a) => Math.abs(d - spacing[a]) <= 1e-6 * d);
  if (!same) return undefined;
  return (
    'this scan was simulated without oversampling and is reconstructed on the same grid with the same operator: ' +
    'results look better than they would on real data (inverse crime); simulate with --oversample 2'
  );
}
