import {
  cropSlices,
  phantomGrid,
  phantoms,
  rasterise,
  simulateCt,
  type CpuBackend,
  type SimulateCtOptions,
  type Volume,
} from '../../src/index.js';
import type { Measurement } from '../../volumes/measurement.js';
import { asAttenuation, CHEST, DEV_VOLUMES, readDev } from './dev-volumes.js';

/** Something to scan, and what it looks like. */
export interface Scene<Options = SimulateCtOptions> {
  readonly name: string;
  readonly truth: Volume;
  scan(options: Options, backend: CpuBackend): Promise<Measurement>;
}

/** Slices of a volume of the data folder (dev-volumes.ts); one without a physical unit is taken as attenuation. */
export async function devScene(
  folder: string,
  name: string,
  slices: readonly [number, number] = DEV_VOLUMES[name]?.slices,
): Promise<Scene> {
  const stored = await readDev(folder, name);
  const volume = stored.units === 'HU' ? stored : asAttenuation(stored);
  const [first, last] = slices;
  return {
    name: `${DEV_VOLUMES[name].title}, slices ${first}-${last}`,
    truth: cropSlices(volume, first, last + 1),
    scan: (options, backend) => simulateCt(volume, { ...options, slices: [first, last] }, backend),
  };
}

/** Slices 30 to 45 of the chest of the data folder, 256×256×16. */
export const chest = (folder: string): Promise<Scene> => devScene(folder, CHEST);

/** The thorax phantom, projected exactly. */
export function thorax(size: number, depth: number): Scene {
  const phantom = phantoms.get('thorax').make();
  let truth: Volume | undefined;
  return {
    name: `thorax phantom ${size}×${size}×${depth}`,
    get truth() {
      truth ??= rasterise(phantom, phantomGrid(phantom, [depth, size, size]), 2);
      return truth;
    },
    scan: (options, backend) => simulateCt(phantom, { ...options, size, depth }, backend),
  };
}

/** The chest where a data folder is known (`--data` or SLICEWISE_DATA), else the phantom. */
export const chestOrPhantom = async (folder = process.env.SLICEWISE_DATA): Promise<Scene> => (folder ? chest(folder) : thorax(256, 16));
