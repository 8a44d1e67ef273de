import { SlicewiseError } from '../core/errors.js';
import { huToMu, MU_WATER, muToHu } from '../core/units.js';
import { shapeOf } from '../core/placement.js';
import { makeVolume, volumeData, type Units, type Volume } from './volume.js';

/**
 * CT numbers to linear attenuation in 1/mm: μ = μ_water (1 + HU/1000). Values below −1000 HU become negative; nothing is clipped.
 * @throws SlicewiseError UNITS unless the volume is in HU
 */
export function huToAttenuation(volume: Volume, muWater = MU_WATER): Volume {
  return convert(volume, 'HU', '1/mm', muWater, (value) => huToMu(value, muWater));
}

/**
 * Linear attenuation in 1/mm to CT numbers: HU = 1000 (μ/μ_water − 1).
 * @throws SlicewiseError UNITS unless the volume is in 1/mm
 */
export function attenuationToHu(volume: Volume, muWater = MU_WATER): Volume {
  return convert(volume, '1/mm', 'HU', muWater, (value) => muToHu(value, muWater));
}

function convert(volume: Volume, from: Units, to: Units, muWater: number, map: (value: number) => number): Volume {
  if (volume.units !== from) {
    throw new SlicewiseError('UNITS', {
      message: `cannot convert to ${to}`,
      expected: `a volume in ${from}`,
      got: volume.units,
      hint: `if the numbers are ${from} after all, read the file with units '${from}'`,
    });
  }
  if (!(muWater > 0 && Number.isFinite(muWater))) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'impossible μ of water',
      expected: 'a positive number in 1/mm',
      got: `${muWater}`,
    });
  }
  return makeVolume(Float32Array.from(volumeData(volume), map), shapeOf(volume), {
    ...volume,
    units: to,
    meta: { ...volume.meta, muWater },
  });
}
