import { SlicewiseError } from '../../../core/errors.js';
import { MU_WATER } from '../../../core/units.js';
import type { Measurement } from '../../../volumes/measurement.js';

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

/** Grey levels of the histogram that separates the object from air. */
const LEVELS = 256;

/**
 * Data without a physical unit: zero attenuation ↔ the range's −1000 HU, and the object's bulk ↔ water. The bulk is the median of the
 * values above Otsu's threshold in `rough`, a quick reconstruction from the measurement alone. A guess, stated as such: in a body that
 * median is soft tissue, and a few bright or dark parts do not move it.
 */
export function estimatedMap(rough: Float32Array, range: UnitRange = CT_RANGE): RangeMap {
  const { scale: perWater, offset: air } = attenuationMap(range, 1); // in multiples of water's attenuation
  const positive = rough.filter((v) => v > 0).sort();
  const threshold = otsu(positive);
  const object = positive.subarray(positive.findIndex((v) => v > threshold));
  const bulk = object[Math.floor(object.length / 2)] ?? 0;
  if (!(bulk > 0)) {
    throw new SlicewiseError('UNITS', {
      message: 'the data show nothing that attenuates',
      hint: 'check that they are line integrals (−log of the transmission), positive inside the object',
    });
  }
  const [scale, offset] = [bulk * perWater, bulk * air];
  return {
    scale,
    offset,
    outScale: scale,
    outOffset: offset,
    outUnits: 'arbitrary',
    how: `no physical unit: 0 ↔ −1000 HU and ${bulk.toPrecision(4)} (median of the object in a quick CGLS image) ↔ 0 HU`,
  };
}

/**
 * The threshold that separates two classes best (Otsu, IEEE Trans. SMC 9 (1979) 62): the greatest variance between them, in a histogram
 * from 0 to the 95th percentile, where what is brighter (metal, stones) counts too: it must not become a class of its own.
 * @param sorted positive values, rising
 */
function otsu(sorted: Float32Array): number {
  const top = sorted[Math.floor(0.95 * sorted.length)] ?? 0;
  const counts = new Float64Array(LEVELS);
  for (const v of sorted) counts[Math.min(LEVELS - 1, Math.floor((v / top) * LEVELS))]++;
  const total = counts.reduce((sum, n, level) => sum + n * level, 0);
  let [below, sumBelow, best, threshold] = [0, 0, -1, 0];
  for (let level = 0; level < LEVELS - 1; level++) {
    below += counts[level];
    sumBelow += counts[level] * level;
    const above = sorted.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (between > best) [best, threshold] = [between, level + 1];
  }
  return (threshold / LEVELS) * top;
}

/** True when the measurement's line integrals are of μ in mm⁻¹ and a water value relates them to HU. */
export function isPhysical(scan: Measurement): boolean {
  return scan.grid.units === 'HU' || scan.meta.muWater !== undefined;
}
