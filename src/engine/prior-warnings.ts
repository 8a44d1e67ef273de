import type { Card } from '../../models/card/card.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { spacingOf } from '../../core/placement.js';
import { planeOf } from '../../volumes/orientation.js';
import { modalityOf } from './fit.js';
import { physicsOf } from '../modalities/index.js';

/** Where a scan is outside of what a prior has seen: nothing is refused, but the user should know. */
export function priorWarnings(card: Card, scan: Measurement, grid: Grid): string[] {
  const warnings: string[] = [];
  const [low, high] = card.spacingMm;
  const [dx, dy] = spacingOf(grid, 'mm');
  if (physicsOf(scan.kind).units(scan) !== card.range.unit) {
    warnings.push(
      `the prior '${card.name}' knows ${card.modality} images in ${card.range.unit}; these data have no physical unit and are mapped to its range by a guess: compare with admm-tv`,
    );
  } else if (Math.min(dx, dy) < low || Math.max(dx, dy) > high) {
    warnings.push(
      `the prior '${card.name}' was trained on pixels of ${low} to ${high} mm, these are ${dx.toPrecision(3)} × ${dy.toPrecision(3)} mm: details may be invented or lost`,
    );
  }
  if (Math.abs(dx / dy - 1) > 0.05) {
    warnings.push(
      `the prior '${card.name}' was trained on square pixels, these are ${dx.toPrecision(3)} × ${dy.toPrecision(3)} mm`,
    );
  }
  if (grid.modality !== 'other' && modalityOf(card) !== grid.modality) {
    warnings.push(
      `the prior '${card.name}' was trained on ${card.modality} images, these are ${grid.modality}: it may draw what such images do not have`,
    );
  }
  const plane = planeOf(grid);
  if (card.plane !== 'any' && card.plane !== plane) {
    warnings.push(
      `the prior '${card.name}' was trained on ${card.plane} slices, these are ${plane}: it may draw anatomy of the wrong plane`,
    );
  }
  return warnings;
}
