import type { Grid, Measurement } from '../../volumes/measurement.js';

/**
 * A simulation proves little when the reconstruction uses the very model that made the data ("inverse crime"): the errors of
 * discretisation cancel. Says so when a scan was simulated from voxels without oversampling and is now reconstructed on the same grid.
 * @returns undefined when there is nothing to warn of
 */
export function inverseCrimeWarning(measurement: Measurement, grid: Grid): string | undefined {
  const simulation = measurement.meta.simulation;
  if (simulation?.method !== 'voxels' || Number(simulation.oversample) > 1) return undefined;
  const made = simulation.grid as Partial<Pick<Grid, 'shape' | 'spacing'>> | undefined;
  const same =
    made?.shape?.every((n, a) => n === grid.shape[a]) &&
    made.spacing?.every((d, a) => Math.abs(d - grid.spacing[a]) <= 1e-6 * d);
  if (!same) return undefined;
  return (
    'this scan was simulated without oversampling and is reconstructed on the same grid with the same operator: ' +
    'results look better than they would on real data (inverse crime); simulate with --oversample 2'
  );
}

/** Views in which an outermost bin may exceed this part of the largest line integral before the object counts as cut off. */
const EDGE = 0.1;
const VIEWS = 0.05;

/**
 * The object leaves the field of view when line integrals at the ends of the detector are far from 0 in several views.
 * @returns undefined when it does not, and for measurements that are not projections
 */
export function truncationWarning(measurement: Measurement): string | undefined {
  const { kind, data, shape } = measurement;
  if (!kind.startsWith('radon.') || shape.length !== 3) return undefined;
  const bins = shape[2];
  const margin = Math.max(1, Math.round(bins / 200));
  let largest = 0;
  for (const value of data) if (value > largest) largest = value;
  if (!(largest > 0) || bins < 8) return undefined;
  const rows = data.length / bins;
  let cut = 0;
  for (let row = 0; row < rows; row++) {
    let [left, right] = [0, 0];
    for (let b = 0; b < margin; b++) {
      left += data[row * bins + b] / margin;
      right += data[(row + 1) * bins - 1 - b] / margin;
    }
    if (Math.max(left, right) > EDGE * largest) cut++;
  }
  if (cut <= VIEWS * rows) return undefined;
  return (
    `the object leaves the field of view: in ${Math.round((100 * cut) / rows)} % of the projections line integrals at the end of the detector ` +
    `exceed ${100 * EDGE} % of the largest; expect a bright rim and wrong values near the edge`
  );
}
