import { scannedMagnitude, simulateMri, type Measurement, type SimulateMriOptions, type Volume } from '../../src/index.js';
import { completeScan } from '../../src/modalities/registry.js';
import { DEV_VOLUMES, readDev } from './dev-volumes.js';
import type { Scene } from './scene.js';

/** An MR volume to scan. */
export interface MrScene extends Scene<SimulateMriOptions> {
  /** As `scan`, without coil maps and with all coils. */
  raw(options: SimulateMriOptions): Promise<Measurement>;
}

/**
 * Axial slices of an MR volume of the data folder as a scan of 8 coils, SNR 30, seed 1, with smooth phase. Coil maps come from the
 * calibration region once, as recon makes them (8 coils compressed to 6 virtual ones, ESPIRiT), and lie in the scan: they are in the time
 * of no method.
 */
export async function mrScene(
  folder: string,
  name: string,
  slices: readonly [number, number] = DEV_VOLUMES[name]?.slices,
): Promise<MrScene> {
  const volume: Volume = await readDev(folder, name);
  const [first, last] = slices;
  const common = { coils: 8, snr: 30, seed: 1, slices: [first, last] as [number, number] };
  const raw = (options: SimulateMriOptions): Promise<Measurement> => simulateMri(volume, { ...common, ...options });
  return {
    name: `${DEV_VOLUMES[name].title}, slices ${first}-${last}, SNR 30`,
    truth: scannedMagnitude(volume, common),
    raw,
    scan: async (options) => withMaps(await raw(options)),
  };
}

/** The scan as recon completes it: noise level, coil maps, at most `coils` virtual coils (default recon's; 0: all). */
export async function withMaps(scan: Measurement, coils?: number): Promise<Measurement> {
  return completeScan(scan, { options: { coils } });
}
