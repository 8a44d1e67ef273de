import { nominalScanner } from '../../volumes/kinds/radon/nominal.js';
import { isRadon, isVolumetric } from '../../volumes/kinds/radon/schema.js';
import type { Measurement } from '../../volumes/measurement.js';
import { pixelGrid } from './pixel-grid.js';

/** An edge counts as not empty above this part of the largest line integral, plus three standard errors. */
const EMPTY = 0.05;
/** Views (of all slices or rows) that may show something at an edge before we say so. */
const TOLERATED = 0.02;

/**
 * Does the object leave the field of view? Line integrals at either end of the detector rows are then not 0, and every method sees an
 * object that is not the one measured: a bright rim, wrong values inside. Judged from the data alone, edge by edge: the mean over the
 * outermost 1 % of the bins. A half detector in a full circle (offset detector) ends inside the object on purpose and is judged by its far
 * end.
 *
 * @returns a sentence for the user, or undefined
 */
export function fieldOfViewWarning(scan: Pick<Measurement, 'kind' | 'data' | 'shape' | 'geometry'>): string | undefined {
  if (!isRadon(scan.kind)) return undefined;
  const bins = scan.shape.at(-1)!;
  const width = Math.min(bins, Math.max(3, Math.round(bins / 100)));
  const top = nearMaximum(scan.data);
  if (!(top > 0)) return undefined;
  const edges = [
    { name: 'first', from: 0 },
    { name: 'last', from: bins - width },
  ].filter(({ name }) => !endsInside(scan, name === 'first'));
  const touched = edges
    .map(({ name, from }) => ({ name, share: shareTouched(scan.data, bins, from, width, top) }))
    .filter(({ share }) => share > TOLERATED);
  if (touched.length === 0) return undefined;
  const where = touched.length === 2 ? 'both ends' : `the ${touched[0].name} bins`;
  const share = Math.max(...touched.map((t) => t.share));
  return (
    `the object seems to leave the field of view: line integrals at ${where} of the detector are not zero in ` +
    `${Math.round(100 * share)} % of the views; expect a bright rim and wrong values towards it, or reconstruct on a wider grid`
  );
}

/**
 * Does a helix see what the image does not hold? Of views whose source stands above or below the image, the detector rows on the far side
 * look past it, at parts of the object that no voxel stands for; where their data are not empty, methods put it into the slices at the
 * ends.
 *
 * @returns a sentence for the user, or undefined
 */
export function heightWarning(scan: Pick<Measurement, 'kind' | 'data' | 'shape' | 'geometry' | 'grid'>): string | undefined {
  if (!isVolumetric(scan.kind) || !isRadon(scan.kind)) return undefined;
  const { sourceZ, rowPitch = 1, rowOffset = 0 } = nominalScanner(scan.kind, scan.geometry);
  if (!sourceZ) return undefined;
  const { shape, spacing } = pixelGrid(scan.grid);
  const half = (shape[0] * spacing[2]) / 2;
  const [, rows, columns] = scan.shape;
  const limit = EMPTY * nearMaximum(scan.data);
  const seesBeyond = (z: number, view: number): boolean => {
    if (Math.abs(z) <= half) return false;
    let [sum, count] = [0, 0];
    for (let row = 0; row < rows; row++) {
      if (((row - (rows - 1) / 2) * rowPitch + rowOffset) * z < 0) continue;
      const at = (view * rows + row) * columns;
      for (let n = at; n < at + columns; n++) sum += scan.data[n];
      count += columns;
    }
    return sum > limit * count;
  };
  const beyond = sourceZ.filter(seesBeyond);
  if (beyond.length === 0 || beyond.length < TOLERATED * sourceZ.length) return undefined;
  const reach = Math.max(...beyond.map(Math.abs));
  const slices = Math.ceil((2 * reach) / spacing[2]) + 1;
  return (
    `the source climbs to ±${reach.toFixed(0)} mm and sees the object there, but the image ends at ±${half.toFixed(0)} mm: expect wrong ` +
    `slices at its ends, or take a taller image (--size ${shape[2]}x${shape[1]}x${slices})`
  );
}

/**
 * Share of the rows whose mean over an edge stands clear of 0 and of the noise (judged by the jumps between neighbouring bins, in all
 * rows).
 */
function shareTouched(data: Float32Array, bins: number, from: number, width: number, top: number): number {
  const rows = data.length / bins;
  const means = new Float64Array(rows);
  let jumps = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * bins + from;
    for (let b = at; b < at + width; b++) means[row] += data[b] / width;
    for (let b = at + 1; b < at + width; b++) jumps += (data[b] - data[b - 1]) ** 2;
  }
  const variance = width > 1 ? jumps / (2 * rows * (width - 1)) : 0;
  const limit = EMPTY * top + 3 * Math.sqrt(variance / width);
  return means.filter((mean) => mean > limit).length / rows;
}

/** The value that one in a thousand exceeds: a maximum that a hot pixel does not make. */
function nearMaximum(data: Float32Array): number {
  const step = Math.max(1, Math.floor(data.length / 200_000));
  const sample = new Float32Array(Math.ceil(data.length / step));
  for (let i = 0; i < sample.length; i++) sample[i] = data[i * step];
  sample.sort();
  return sample[Math.min(sample.length - 1, Math.floor(sample.length * 0.999))];
}

/** Is this end of an offset detector the one near the axis? */
function endsInside({ geometry, kind, shape }: Pick<Measurement, 'kind' | 'shape' | 'geometry'>, first: boolean): boolean {
  const { offset, pitch, angles } = nominalScanner(kind, geometry);
  const width = shape.at(-1)! * pitch;
  if (!(Math.abs(offset) > 0.025 * width)) return false;
  const full = Math.max(...angles) - Math.min(...angles) > 270;
  return full && first === offset > 0;
}
