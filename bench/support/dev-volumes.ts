import { makeVolume, readInput, readVolume, shapeOf, toCanonical, volumeData } from '../../src/index.js';
import type { Volume } from '../../src/index.js';
import { brightness } from './brightness.js';

/** A volume of the data folder that no prior was trained on. */
export interface DevVolume {
  readonly file: string;
  readonly title: string;
  /** First and last axial slice that benches use, both included. */
  readonly slices: readonly [number, number];
}

export const CHEST = 'cmb-crc-msb-01068_chest';

export const DEV_VOLUMES: { readonly [name: string]: DevVolume } = {
  [CHEST]: { file: 'dev/ct/cmb-crc-msb-01068_chest.nii.gz', title: 'chest CT', slices: [30, 45] },
  'sts-039_limb': { file: 'dev/ct/sts-039_limb.nii.gz', title: 'limb CT', slices: [32, 47] },
  'philips_head-phantom': { file: 'dev/ct/philips_head-phantom.nii.gz', title: 'head phantom CT', slices: [48, 63] },
  'vs-seg-001_t1gd': { file: 'dev/mri/vs-seg-001_t1gd.nii.gz', title: 'brain MR', slices: [48, 63] },
  'sts-039_limb_t1': { file: 'dev/mri/sts-039_limb_t1.nii.gz', title: 'limb MR', slices: [32, 47] },
};

/** All axial slices, as stored in the file's units. */
export async function readDev(folder: string, name: string): Promise<Volume> {
  const known = DEV_VOLUMES[name];
  if (!known) throw new Error(`no volume '${name}': one of ${Object.keys(DEV_VOLUMES).join(', ')}`);
  return toCanonical(await readVolume(await readInput(`${folder}/${known.file}`)), 'axial').volume;
}

/**
 * A volume without a physical unit taken as attenuation, for priors out of their field: 0 ↔ −1000 HU (air) and its brightness
 * (brightness.ts) ↔ +1000 HU, so that it spans the range of a CT prior.
 */
export function asAttenuation(volume: Volume): Volume {
  const values = volumeData(volume);
  const bright = brightness(values);
  const { axes, placement, meta } = volume;
  const hu = values.map((v) => -1000 + (2000 * v) / bright);
  return makeVolume(hu, shapeOf(volume), { axes, placement, units: 'HU', modality: 'CT', meta });
}
