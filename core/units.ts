/**
 * Hounsfield units and linear attenuation. HU = 1000 (μ/μ_water − 1), μ in mm⁻¹.
 * μ_water = 0.0193 mm⁻¹ is water at about 70 keV (NIST XCOM: 0.1929 cm⁻¹), the usual effective energy of a 120 kV scan.
 */
export const MU_WATER = 0.0193;

/** Linear attenuation in 1/mm of a value in HU: μ = μ_water (1 + HU/1000). */
export const huToMu = (hu: number, muWater = MU_WATER): number => muWater * (1 + hu / 1000);
/** HU of a linear attenuation in 1/mm: HU = 1000 (μ/μ_water − 1). */
export const muToHu = (mu: number, muWater = MU_WATER): number => 1000 * (mu / muWater - 1);

/** An affine map between two ranges: `to = scale · from + offset`. */
export interface AffineMap {
  readonly scale: number;
  readonly offset: number;
}

export const degrees = (radians: number): number => (radians * 180) / Math.PI;
export const radians = (deg: number): number => (deg * Math.PI) / 180;

/** Units of one quantity, in the first of them. Names are those of the SI; `°` is an angle. */
const SCALES: readonly { readonly [unit: string]: number }[] = [
  { mm: 1, nm: 1e-6, µm: 1e-3, cm: 10, m: 1000, km: 1e6 },
  { s: 1, ns: 1e-9, µs: 1e-6, ms: 1e-3 },
  { Hz: 1, kHz: 1e3, MHz: 1e6 },
];

/**
 * What one of `from` is in `to`; undefined where they do not measure the same.
 * @example unitRatio('m', 'mm') // 1000
 */
export function unitRatio(from: string, to: string): number | undefined {
  if (from === to) return 1;
  const scale = SCALES.find((units) => from in units && to in units);
  return scale && scale[from] / scale[to];
}
