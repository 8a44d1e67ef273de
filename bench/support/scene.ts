import {
  cropSlices,
  phantomGrid,
  phantoms,
  rasterise,
  readInput,
  readVolume,
  simulateCt,
  toCanonical,
  type CpuBackend,
  type SimulateCtOptions,
  type Volume,
} from '../../src/index.js';
import type { Measurement } from '../../volumes/measurement.js'; // prettier-ignore

/** Something to scan, and what it looks like. */
export interface Scene {
  readonly name: string;
  readonly truth: Volume;
  scan(options: SimulateCtOptions, backend: CpuBackend): Promise<Measurement>;
}

const CHEST = 'dev/ct/cmb-crc-msb-01068_chest.nii.gz';

/** Slices 30 to 45 of the chest of the data folder, 256×256×16. */
export async function chest(folder: string, slices: readonly [number, number] = [30, 45]): Promise<Scene> {
  const volume = toCanonical(await readVolume(await readInput(`${folder}/${CHEST}`)), 'axial').volume;
  const [first, last] = slices;
  return {
    name: `chest CT, slices ${first}-${last}`,
    truth: cropSlices(volume, first, last + 1),
    scan: (options, backend) => simulateCt(volume, { ...options, slices: [first, last] }, backend),
  };
}

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
export const chestOrPhantom = async (folder = process.env.SLICEWISE_DATA): Promise<Scene> =>
  folder ? chest(folder) : thorax(256, 16);
