import { SlicewiseError } from '../core/errors.js';
import { MU_WATER } from '../core/units.js';
import type { Measurement } from '../volumes/measurement.js';

/**
 * How an image in a prior's range p (0…1) relates to what the operator measures, x = scale·p + offset, and to the numbers written out,
 * value = outScale·p + outOffset. Recorded in the manifest.
 */
export interface RangeMap {
  readonly scale: number;
  readonly offset: number;
  readonly outScale: number;
  readonly outOffset: number;
  readonly outUnits: 'HU' | 'arbitrary';
  readonly how: string;
}

/** What 0 and 1 of the prior's range mean; classical methods work in the same range, so that their weights carry over. */
export interface UnitRange {
  readonly unit: string;
  readonly low: number;
  readonly high: number;
}

/** Range used when there is no prior: HU −1000…1000, as the CT priors. */
export const CT_RANGE: UnitRange = { unit: 'HU', low: -1000, high: 1000 };

/** Data in attenuation units: HU = 1000(μ/μ_water − 1), so μ = scale·p + offset exactly. */
export function attenuationMap(range: UnitRange, muWater = MU_WATER): RangeMap {
  if (range.unit !== 'HU') {
    throw new SlicewiseError('UNITS', {
      message: 'this prior is not for attenuation data',
      expected: 'a prior whose range is in HU',
      got: `a range in ${range.unit}`,
    });
  }
  const width = range.high - range.low;
  return {
    scale: (muWater * width) / 1000,
    offset: muWater * (1 + range.low / 1000),
    outScale: width,
    outOffset: range.low,
    outUnits: 'HU',
    how: `HU ${range.low}…${range.high} ↔ 0…1, μ_water ${muWater} mm⁻¹`,
  };
}

/** Where the bright end of data without a unit is put in the prior's range: a little above water (0.5 in HU −1000…1000). */
const BRIGHT = 0.6;

/**
 * Data without a physical unit: zero attenuation ↔ the range's −1000 HU, and the 99th percentile of the positive values of `rough`, a quick
 * reconstruction from the measurement alone, ↔ 0.6. A guess, stated as such: the object is taken to be mostly water-like at its brightest.
 */
export function estimatedMap(rough: Float32Array): RangeMap {
  const positive = rough.filter((v) => v > 0).sort();
  const bright = positive[Math.floor(0.99 * positive.length)] ?? 0;
  if (!(bright > 0)) {
    throw new SlicewiseError('UNITS', {
      message: 'the data show nothing that attenuates',
      hint: 'check that they are line integrals (−log of the transmission), positive inside the object',
    });
  }
  const scale = bright / BRIGHT;
  return {
    scale,
    offset: 0,
    outScale: scale,
    outOffset: 0,
    outUnits: 'arbitrary',
    how: `no physical unit: 0 ↔ 0 and ${bright.toPrecision(4)} (99th percentile of the positive values of a quick CGLS image) ↔ ${BRIGHT}`,
  };
}

/** True when the measurement's line integrals are of μ in mm⁻¹ and a water value relates them to HU. */
export function isPhysical(scan: Measurement): boolean {
  return scan.grid.units === 'HU' || scan.meta.muWater !== undefined;
}
