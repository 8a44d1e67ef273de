import { readInput, shapeOf, volumeData } from '../../src/index.js';
import { npzArrays } from '../../volumes/formats/npy/npz-arrays.js';
import { brightness, quantile } from './brightness.js';
import { DEV_VOLUMES, readDev } from './dev-volumes.js';

/** Some slices, scaled so that they lie in 0…1 but for single pixels. */
export interface Images {
  readonly title: string;
  /** [slice, row, column] */
  readonly shape: readonly [number, number, number];
  readonly data: Float32Array;
}

/** What 0 and 1 are for CT. */
export interface HounsfieldRange {
  readonly low: number;
  readonly high: number;
}

type Load = (folder: string, count: number, range: HounsfieldRange) => Promise<Images>;

/**
 * Images of dev that no prior was trained on, by name. `count` of them, evenly spread: axial slices of a volume, bands of a hyperspectral
 * cube, inline sections of a seismic one. 0…1 is the given range of HU; without a unit, 0 and the brightness of the volume (brightness.ts);
 * for a spectral band 0 and its own 99.5th percentile; for seismic data 0.5 ± half of amplitude / 99.5th percentile of all magnitudes.
 */
export const IMAGES: { readonly [name: string]: Load } = {
  'chest-ct': slicesOf('cmb-crc-msb-01068_chest'),
  'limb-ct': slicesOf('sts-039_limb'),
  'head-phantom-ct': slicesOf('philips_head-phantom'),
  'brain-mr': slicesOf('vs-seg-001_t1gd'),
  'limb-mr': slicesOf('sts-039_limb_t1'),
  hyperspectral: async (folder, count) => {
    const { shape, values } = await array(`${folder}/dev/hsi/aviris_90x90x181.npz`, 'cube');
    const [rows, columns, bands] = shape;
    // no band at the ends of the sensor's range, where there is little but noise
    const chosen = spread(Math.round(0.1 * bands), Math.round(0.85 * bands), count);
    const data = new Float32Array(count * rows * columns);
    chosen.forEach((band, k) => {
      const image = Float32Array.from({ length: rows * columns }, (_, i) => values[i * bands + band]);
      const top = quantile(image.slice().sort(), 0.995);
      data.set(
        image.map((v) => v / top),
        k * rows * columns,
      );
    });
    return { title: `hyperspectral, bands ${chosen.join(', ')}`, shape: [count, rows, columns], data };
  },
  seismic: async (folder, count) => {
    const { shape, values } = await array(`${folder}/dev/seismic/real3d_poststack.npz`, 'data');
    const [lines, rows, columns] = shape;
    const top = quantile(values.map(Math.abs).sort(), 0.995);
    const chosen = spread(0, lines - 1, count);
    const data = take(values, rows * columns, chosen).map((v) => 0.5 + v / (2 * top));
    return { title: `seismic, inlines ${chosen.join(', ')}`, shape: [count, rows, columns], data };
  },
};

export function imagesOf(name: string): Load {
  const load = IMAGES[name];
  if (!load) throw new Error(`no images '${name}': one of ${Object.keys(IMAGES).join(', ')}`);
  return load;
}

function slicesOf(name: string): Load {
  return async (folder, count, { low, high }) => {
    const { title, slices } = DEV_VOLUMES[name];
    const volume = await readDev(folder, name);
    const [, rows, columns] = shapeOf(volume);
    const values = volumeData(volume);
    const [offset, width] = volume.units === 'HU' ? [low, high - low] : [0, brightness(values)];
    const chosen = spread(...slices, count);
    const data = take(values, rows * columns, chosen).map((v) => (v - offset) / width);
    return { title: `${title}, slices ${chosen.join(', ')}`, shape: [count, rows, columns], data };
  };
}

/** `count` whole numbers from `first` to `last`, evenly spread. */
export const spread = (first: number, last: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => Math.round(first + ((last - first) * (k + 0.5)) / count - 0.25));

function take(values: Float32Array, size: number, chosen: readonly number[]): Float32Array {
  const out = new Float32Array(chosen.length * size);
  chosen.forEach((k, n) => out.set(values.subarray(k * size, (k + 1) * size), n * size));
  return out;
}

async function array(path: string, name: string): Promise<{ shape: readonly number[]; values: Float32Array }> {
  const [{ bytes }] = await readInput(path);
  const found = npzArrays(bytes).get(name);
  return { shape: found.shape, values: found.float32() };
}
