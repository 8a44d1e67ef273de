import { readFile } from 'node:fs/promises';
import { npzArrays } from '../../volumes/formats/npy/npz-arrays.js';
import { permuteVolume } from '../../volumes/permute.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';
import type { SimulateSpectralOptions } from '../../src/modalities/spectral/simulation/simulate.js';

/** Cubes of the data folder; nothing is tuned on those of dev, and `muufl` is the one of train that no prior was trained on. */
const FILES: { readonly [name: string]: string } = {
  dev: 'dev/hsi/aviris_90x90x181',
  enmap: 'dev/hsi/evaluation-only/enmap-potsdam-b_64x96x218',
  salton: 'dev/hsi/salton-sea-aviris_51x56x204',
  pavia: 'dev/hsi/pavia-rosis-lowres_80x50x103',
  muufl: 'train/hsi/muufl_36x36x72',
  corn: 'dev/hsi/corn-kernel_31x43x580',
};
/** Those whose noise is little enough for truths; `corn` is noisy by itself. */
export const CUBES = Object.keys(FILES).filter((name) => name !== 'corn');

/** [band, line, sample], with the wavelengths that are stored beside it. */
export async function readCube(folder: string, name: string): Promise<Volume> {
  const arrays = npzArrays(new Uint8Array(await readFile(`${folder}/${FILES[name]}.npz`)));
  const cube = arrays.get('cube');
  const wavelengths = arrays.names.includes('wavelength_nm') ? Array.from(arrays.get('wavelength_nm').float32()) : undefined;
  const [lines, samples, bands] = cube.shape;
  const band = wavelengths ? { name: 'band', unit: 'nm', coordinates: wavelengths } : { name: 'band', unit: '', first: 1, step: 1 };
  const volume = makeVolume(cube.float32(), [lines, samples, bands], {
    axes: [{ name: 'line', unit: '', step: 1 }, { name: 'sample', unit: '', step: 1 }, band],
    modality: 'hyperspectral',
  });
  return permuteVolume(volume, [2, 0, 1]);
}

/** What is done to a cube; noise as a share of each band's range. */
export const SPECTRAL_TASKS: { readonly [name: string]: SimulateSpectralOptions } = {
  com10: { missing: 0.9, noiseStd: 0.1 },
  com20: { missing: 0.8, noiseStd: 0.1 },
  com30: { missing: 0.7, noiseStd: 0.1 },
  free10: { missing: 0.9 },
  free20: { missing: 0.8 },
  free30: { missing: 0.7 },
  den30: { noiseStd: 30 / 255 },
  den50: { noiseStd: 50 / 255 },
  den70: { noiseStd: 70 / 255 },
  pixels30: { missingPixels: 0.3, noiseStd: 0.02 },
  lines5: { lines: 5, noiseStd: 0.02 },
  sr2: { sr: 2 },
  sr4: { sr: 4 },
  sr2noise: { sr: 2, noiseStd: 0.05 },
  bands5: { bands: 5, noiseStd: 0.02 },
};
