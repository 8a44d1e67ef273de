import type { ArrayData } from '../../../core/array.js';
import type { CentredRegion } from '../../../core/sampling-mask.js';
import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import { calibrationRegion, cutCalibration, type Calibration } from './coils/calibration.js';
import { continueToBorder, reachesBorder, type Along } from './coils/border.js';
import { coilCompression, compressCoils } from './coils/compression.js';
import { espiritKernels, espiritSlice } from './coils/espirit.js';
import { coilEnergy, lowResolutionImages, lowResolutionMaps } from './coils/low-resolution.js';
import { noiseFromData } from './noise/noise-level.js';
import { noiseOfNullSpace } from './noise/null-space.js';
import { referenceCoil } from './coils/phase.js';
import { noiseCovariance, prewhiten, whitening } from './noise/coil-noise.js';
import type { Measurement, NoiseModel } from '../../../volumes/measurement.js';
import { maskOfZeros, type KspaceShape } from '../../../volumes/kinds/kspace/mask.js';
import { telling, type Stage, type Work } from '../modality.js';
import type { MriOptions } from './options.js';

/** Samples along either side of the calibration region from which on maps are good. */
const ENOUGH_LINES = 12;

/**
 * Share of the energy that lies where a second sensitivity is at work, from which on it is told. It does not tell folding from tissue that
 * reaches the border (10 and 32 % of folded phantoms, 3 to 12 % of heads and limbs at the border; docs/lab/mri.md), so nothing is chosen by
 * it.
 */
const FOLDED = 0.02;

/** Virtual coils that are kept where there are more. */
export const VIRTUAL_COILS = 6;

/*
 * What the files of k-space lack is made stage by stage: white noise of known level, virtual coils in place of many, coil maps from the
 * calibration region. In this order, since each needs the one before. What was done is told in `meta.warnings`: it decides about the
 * result. The stages of scans on a grid are listed in cartesian.ts, those of scans along a trajectory, which share them, in
 * noncartesian.ts.
 */

/** A mask where there is none: everything was measured. */
export const withMask: Stage<MriOptions> = (scan) => ({ ...scan, arrays: { ...scan.arrays, mask: maskOf(scan) } });

/** White noise by the noise scan, unless the noise is known already (the user's word, or whitened data). */
export const whiten: Stage<MriOptions> = (scan) => {
  const { data, noise, arrays, meta } = scan;
  const { maps, secondMaps, noiseScan, calibration } = arrays ?? {};
  if (!noiseScan || noise.type !== 'unknown') return scan;
  const scale = (meta.mri as { noiseVarianceScale?: number } | undefined)?.noiseVarianceScale;
  const white = whitening(noiseCovariance(noiseScan.data, noiseScan.shape[0], scale));
  const whiteMaps = maps && { maps: { ...maps, data: prewhiten(maps.data, maps.shape, white) } };
  const whiteSecond = secondMaps && { secondMaps: { ...secondMaps, data: prewhiten(secondMaps.data, secondMaps.shape, white) } };
  const whiteCalibration = calibration && {
    calibration: { ...calibration, data: prewhiten(calibration.data, calibration.shape, white) },
  };
  return telling(
    {
      ...scan,
      data: prewhiten(data, scan.shape, white),
      noise: { type: 'gaussian', std: 1 },
      arrays: { ...arrays, ...whiteMaps, ...whiteSecond, ...whiteCalibration },
    },
    'coils whitened by the noise scan',
  );
};

/** A noise level found in the data, and where: 'the periphery of k-space'. */
export interface FoundNoise {
  readonly std: number;
  readonly from: string;
  /** Possibly up to twice too high. */
  readonly doubtful: boolean;
}

/** The noise level where it is unknown. Methods that need one say so themselves: data too few or without noise leave it unknown. */
export const noiseLevel =
  (find: (scan: Measurement) => FoundNoise): Stage<MriOptions> =>
  (scan) => {
    if (scan.noise.type !== 'unknown') return scan;
    try {
      const { std, from, doubtful } = find(scan);
      const bound = doubtful ? ', possibly up to twice too high (--noise-std tells it)' : '';
      return telling(
        { ...scan, noise: { type: 'gaussian', std } },
        `noise level estimated from ${from}: ${std.toPrecision(3)} in each part${bound}`,
      );
    } catch (error) {
      if (!isSlicewiseError(error) || error.code !== 'GEOMETRY') throw error;
      return telling(scan, 'the noise level is not known, and the periphery of k-space does not tell it (--noise-std)');
    }
  };

/**
 * Virtual coils in place of many, maps as well.
 * @param samples by which coils are weighed, complex [slice, coil, …]; undefined: the coils stay as they are
 */
export const virtualCoils =
  (samples: (scan: Measurement) => Float32Array | undefined): Stage<MriOptions> =>
  (scan, { options: { coils: wanted = VIRTUAL_COILS } }) => {
    const [slices, coils, ...plane] = scan.shape;
    const weighed = wanted > 0 && coils > wanted ? samples(scan) : undefined;
    if (!weighed) return scan;
    const compression = coilCompression(weighed, [slices, coils], { atMost: wanted });
    const { virtual, energy } = compression;
    const compressed = (data: Float32Array, shape: readonly number[]) => {
      const [rows, columns] = shape.length === 4 ? shape.slice(2) : [1, shape[2]];
      return compressCoils(data, [slices, coils, rows, columns], compression);
    };
    const { maps, secondMaps, calibration } = scan.arrays ?? {};
    const own = calibration && {
      calibration: { ...calibration, data: compressed(calibration.data, calibration.shape), shape: [slices, virtual, ...plane] },
    };
    const fewer = Object.fromEntries(
      Object.entries({ maps, secondMaps }).flatMap(([name, of]) =>
        of ? [[name, { ...of, data: compressed(of.data, of.shape), shape: [slices, virtual, ...of.shape.slice(2)] }]] : [],
      ),
    );
    return telling(
      {
        ...scan,
        data: compressed(scan.data, scan.shape),
        shape: [slices, virtual, ...plane],
        arrays: { ...scan.arrays, ...fewer, ...own },
      },
      `${coils} coils compressed to ${virtual} virtual ones, which hold ${(100 * energy).toFixed(2)} % of the energy`,
    );
  };

/**
 * Coil maps from the calibration region of k-space on a grid, where there are none.
 *
 * Maps are made slice after slice on the calling thread, about 0.3 s each with 6 coils and 256² pixels; `progress` is told and `signal`
 * heard between two. Slices with the same object behind them do not share maps, not even with readout 'slice' or one mask for all:
 * sensitivities vary along the slices. A slice without signal above the noise has maps of 0, and its image is 0.
 *
 * @throws SlicewiseError GEOMETRY without a calibration region, or without signal in it; ABORTED
 */
export const estimatedMaps: Stage<MriOptions> = async (scan, work) => {
  if (!needsMaps(scan)) return scan;
  const told: string[] = [];
  const made = await coilMaps(calibrationOf(scan), scan.shape as unknown as KspaceShape, scan.noise, work, told);
  return telling({ ...scan, arrays: { ...scan.arrays, ...made } }, ...told);
};

/** Coils without maps need them estimated; one coil stands for the image as it is. */
export const needsMaps = ({ arrays, shape: [, coils] }: Pick<Measurement, 'arrays' | 'shape'>): boolean => coils > 1 && !arrays?.maps;

/** Where there is none, everything was measured. */
export function maskOf({ arrays, shape: [, , ny, nx] }: Pick<Measurement, 'arrays' | 'shape'>): ArrayData {
  return arrays?.mask ?? { data: new Float32Array(ny * nx).fill(1), shape: [1, ny, nx], dtype: 'float32' };
}

/** Below this the periphery of k-space has no direction without signal (noise-level.ts). */
export const FEW_COILS = 3;

/** Two estimates that differ by more do not agree: the error of either is some 12 %. */
const DISAGREE = 1.35;

/**
 * The noise level by the periphery of k-space, checked by a second estimate that does not know it, the null space of the calibration region
 * (null-space.ts). The periphery holds what signal there is left, more the better the SNR: where it reads clearly higher, the second is
 * taken, for a level that is too high smooths away what is there.
 */
export function noiseOfPeriphery(scan: Measurement): FoundNoise {
  const shape = scan.shape as unknown as KspaceShape;
  const { std, outermost } = noiseFromData(scan.data, shape, maskOf(scan).data);
  const second = outermost === undefined && shape[1] >= FEW_COILS ? secondNoise(scan) : undefined;
  if (second !== undefined && std > DISAGREE * second) {
    return {
      std: second,
      from: `the calibration region (the periphery of k-space says ${std.toPrecision(3)}, but holds signal; two estimates that disagree)`,
      doubtful: false,
    };
  }
  const from =
    outermost === undefined
      ? 'the periphery of k-space'
      : `further inside k-space, whose edge was filtered or filled up (there it is ${outermost.toPrecision(3)})`;
  return { std, from, doubtful: shape[1] < FEW_COILS || outermost !== undefined };
}

function secondNoise(scan: Measurement): number | undefined {
  try {
    return noiseOfNullSpace(calibrationOf(scan));
  } catch (error) {
    // no calibration region: there is one estimate
    if (!isSlicewiseError(error)) throw error;
    return undefined;
  }
}

/** The middle of k-space that maps are made of. @throws SlicewiseError GEOMETRY */
export function calibrationOf(scan: Measurement): Calibration {
  const shape = scan.shape as unknown as KspaceShape;
  return cutCalibration(scan.arrays?.calibration?.data ?? scan.data, shape, calibrationRegionOf(scan));
}

/** Where maps can be made of: the middle of a calibration scan of its own, or of the scan itself. @throws SlicewiseError GEOMETRY */
export function calibrationRegionOf(scan: Pick<Measurement, 'arrays' | 'shape'>): CentredRegion {
  const shape = scan.shape as unknown as KspaceShape;
  const { calibration } = scan.arrays ?? {};
  const mask = calibration ? maskOfZeros(calibration.data, shape) : maskOf(scan);
  return calibrationRegion(mask.data, [shape[2], shape[3]]);
}

async function coilMaps(
  calibration: Calibration,
  shape: KspaceShape,
  noise: NoiseModel,
  { options: { coilMaps: how = 'espirit', mapSets = 1 }, signal, progress }: Work<MriOptions>,
  told: string[],
): Promise<{ maps: ArrayData; secondMaps?: ArrayData }> {
  const [slices, coils, ny, nx] = shape;
  const [size, pixels] = [2 * coils * ny * nx, ny * nx];
  const data = new Float32Array(slices * size);
  const second = mapSets > 1 && how !== 'low-resolution' ? new Float32Array(slices * size) : undefined;
  const reference = referenceCoil(calibration);
  const options = noise.type === 'gaussian' ? { noise: noise.std } : {};
  const eigenvalues = new Float32Array(pixels);
  const { height, width } = calibration.region;
  if (Math.min(height, width) < ENOUGH_LINES) {
    told.push(`coil maps come from ${height} × ${width} samples only: expect aliasing that better maps (--maps) would remove`);
  }
  let [seen, twice] = [0, 0];
  const energy = how === 'low-resolution' ? undefined : coilEnergy(lowResolutionImages(calibration), slices, coils);
  const pixelsOfSlice = (slice: number): Float32Array | undefined => energy?.subarray(slice * pixels, (slice + 1) * pixels);
  // two sets describe what is folded at the border: nothing is to be continued there
  const border = how === 'espirit' && !second ? objectAtBorder(energy!, calibration, told) : undefined;
  // a crop that is one share of bright tissue for all slices needs them all at once
  if (how === 'low-resolution') data.set(lowResolutionMaps(calibration).maps);
  if (how !== 'low-resolution') progress?.('coil maps', 0, slices);
  for (let slice = 0; how !== 'low-resolution' && slice < slices; slice++) {
    // a turn of the event loop, in which an interruption is heard
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'stopped while coil maps were made' });
    const maps = data.subarray(slice * size, (slice + 1) * size);
    const pixelsOf = espiritSlice(
      espiritKernels(calibration, slice, options),
      [ny, nx],
      reference,
      {},
      {
        ...{ maps, eigenvalues },
        second: second?.subarray(slice * size, (slice + 1) * size),
      },
      second ? undefined : pixelsOfSlice(slice),
    );
    seen += pixelsOf.seen;
    twice += pixelsOf.twice;
    if (border) continueToBorder(maps, pixelsOfSlice(slice)!, [ny, nx], border);
    progress?.('coil maps', slice + 1, slices);
  }
  const empty = Array.from({ length: slices }, (_, k) => k).filter((k) =>
    data.subarray(k * size, (k + 1) * size).every((value) => value === 0),
  );
  if (empty.length === slices) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'no coil maps: the calibration region of every slice is noise',
      expected: 'signal above the noise level in the centre of k-space',
      got: noise.type === 'gaussian' ? `a noise level of ${noise.std.toPrecision(3)}` : 'none',
      hint: 'check --noise-std and the axes of the file, or give coil maps (--maps)',
    });
  }
  if (second) {
    const share = seen === 0 ? 0 : (100 * twice) / seen;
    told.push(`two sets of coil maps: the second in ${share.toFixed(share < 1 ? 1 : 0)} % of the pixels`);
  } else if (twice > FOLDED * seen) {
    told.push(
      `two sensitivities are at work where ${((100 * twice) / seen).toFixed(0)} % of the signal lies: the object is larger than the ` +
        `field of view and folds onto itself, or fills it to the border; one set of coil maps cannot unfold it: use --map-sets 2, or ` +
        `compare with grappa --combine rss, which needs none (k-space on a grid)`,
    );
  }
  if (empty.length > 0) told.push(`slices without signal have no coil maps and stay 0: ${spans(empty)} of ${slices}`);
  return {
    maps: { data, shape, dtype: 'complex64' },
    ...(second && { secondMaps: { data: second, shape, dtype: 'complex64' } }),
  };
}

/** Where maps that are periodic would be wrong; undefined where the object keeps its distance from the border. */
function objectAtBorder(energy: Float32Array, { image }: Calibration, told: string[]): Along | undefined {
  const along = reachesBorder(energy, image);
  if (!along.y && !along.x) return undefined;
  const axes = [along.y && 'y', along.x && 'x'].filter(Boolean).join(' and ');
  told.push(`the object reaches the border of the field of view along ${axes}: coil maps are continued smoothly to it`);
  return along;
}

/** @example spans([0, 1, 2, 7]) // '0–2, 7' */
function spans(list: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const n of list) {
    if (runs.length > 0 && runs[runs.length - 1][1] === n - 1) runs[runs.length - 1][1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
