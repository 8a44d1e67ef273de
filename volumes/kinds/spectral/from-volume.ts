import { SlicewiseError } from '../../../core/errors.js';
import { bandMetaOf, isBandAxis } from '../../bands.js';
import type { Measurement } from '../../measurement.js';
import { alongAxis } from '../../permute.js';
import { shapeOf } from '../../../core/placement.js';
import { makeVolume, volumeData, type Volume } from '../../volume.js';
import { ENTRIES } from './schema.js';

/** Is it a cube of bands, so that it may be taken as a scan by itself? It says so, or has an axis of bands. */
export const isCube = ({ modality, axes, shape, dtype }: Volume): boolean =>
  shape.length === 3 && dtype === 'float32' && (modality === 'hyperspectral' || axes.some(isBandAxis));

/** A cube with its bands first. One whose axes do not tell has them there already. */
export function bandsFirst(volume: Volume): Volume {
  const bands = volume.axes.findIndex(isBandAxis);
  return bands > 0 ? alongAxis(volume, bands).volume : volume;
}

/**
 * A cube as a scan of all its entries, without those that are no measurement: the value for no data, NaN and infinities, and the
 * bands that the file calls bad.
 * @throws SlicewiseError GEOMETRY where all bands are bad, SHAPE for complex cubes
 */
export function cubeMeasurement(given: Volume): Measurement {
  const volume = bandsFirst(given);
  const [bands, lines, samples] = shapeOf(volume);
  const { noData, bad = [] } = bandMetaOf(volume.meta);
  const left = [...bad].sort((a, b) => a - b);
  if (left.length === bands) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the file calls all its bands bad',
      expected: `some of ${bands} bands that are good`,
      got: 'none',
    });
  }
  const data = volumeData(volume).slice();
  const mask = new Float32Array(data.length).fill(1);
  const perBand = lines * samples;
  let none = 0;
  for (let n = 0; n < data.length; n++) {
    if (data[n] !== noData && Number.isFinite(data[n])) continue;
    none++;
    mask[n] = 0;
    data[n] = 0;
  }
  for (const band of left) {
    mask.fill(0, band * perBand, (band + 1) * perBand);
    data.fill(0, band * perBand, (band + 1) * perBand);
  }
  const warnings = [...(volume.meta.warnings ?? [])];
  if (none > 0) warnings.push(`${none} of ${data.length} entries say no data and are reconstructed`);
  if (left.length > 0)
    warnings.push(`bands ${left.map((band) => band + 1).join(', ')} are called bad and are reconstructed from the others`);
  const { axes, units, modality } = makeVolume(data, volume.shape, { ...volume, placement: undefined });
  return {
    ...{
      kind: ENTRIES,
      data,
      shape: [bands, lines, samples],
      dtype: 'float32',
      geometry: {},
      noise: { type: 'unknown' },
    },
    grid: { shape: [bands, lines, samples], axes, units, modality },
    arrays: { mask: { data: mask, shape: [bands, lines, samples], dtype: 'float32' } },
    meta: { ...volume.meta, warnings },
  };
}
