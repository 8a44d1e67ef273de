/**
 * Hounsfield units and linear attenuation. HU = 1000 (μ/μ_water − 1), μ in mm⁻¹.
 * μ_water = 0.0193 mm⁻¹ is water at about 70 keV (NIST XCOM: 0.1929 cm⁻¹), the usual effective energy of a 120 kV scan.
 */
export const MU_WATER = 0.0193;

export const huToMu = (hu: number, muWater = MU_WATER): number => muWater * (1 + hu / 1000);
export const muToHu = (mu: number, muWater = MU_WATER): number => 1000 * (mu / muWater - 1);

/** An affine map between two ranges: `to = scale · from + offset`. */
export interface AffineMap {
  readonly scale: number;
  readonly offset: number;
}

export const degrees = (radians: number): number => (radians * 180) / Math.PI;
export const radians = (deg: number): number => (deg * Math.PI) / 180;
