import { join } from 'node:path';
import { spacingOf } from '../../core/placement.js';
import { gridFor, readInput, readMeasurement, type GridOptions, type Measurement, type ScanOptions } from '../../src/index.js';

/** A scan that was really measured: how its file is read, and on which image it is reconstructed. */
export interface MeasuredScan {
  readonly name: string;
  readonly what: string;
  readonly file: string;
  readonly options: ScanOptions;
  /** Bins, counted from either end of the detector, that see air in every view: their mean is made 0, view by view. */
  readonly air?: readonly [from: number, to: number];
  /** Detector bins averaged into one. */
  readonly bin: number;
  /** The image: pixels a side; a pixel is a binned detector bin seen at the rotation axis. */
  readonly size: number;
  /**
   * Pixels a side of the central square in which images are compared and shown: few rays meet the corners, and what they give is arbitrary.
   */
  readonly compared: number;
  /** The sparse scan is every `every`-th view. */
  readonly every: number;
}

export const measuredScans: readonly MeasuredScan[] = [
  {
    name: 'tooth',
    what: 'tooth, synchrotron, parallel beam, flats and darks',
    file: 'tomopy_tooth_parallel.h5',
    options: { center: 296 },
    bin: 2,
    size: 224,
    compared: 216,
    every: 9,
  },
  {
    name: 'dendrites',
    what: 'dendrites in a magnesium alloy, synchrotron, parallel beam, wider than the detector',
    file: 'tomobar_dendrites_parallel.mat',
    options: { dataset: 'sinoRD', axes: 'detector,view', angles: '@anglesRad', angleUnit: 'rad' },
    bin: 5,
    size: 288,
    compared: 178,
    every: 9,
  },
  {
    name: 'lotus',
    what: 'lotus root filled with different objects, fan beam, full circle',
    file: 'fips_lotus_fan.npz',
    options: {
      dataset: 'sinogram',
      kind: 'radon.fan',
      angles: '@angles_deg',
      angleUnit: 'deg',
      geometry: { sourceToAxis: 540, sourceToDetector: 630, detectorPitch: 0.05, detectorOffset: 0.3 },
    },
    air: [20, 180],
    bin: 8,
    size: 240,
    compared: 232,
    every: 9,
  },
  {
    name: 'walnut',
    what: 'walnut, fan beam, counts, full circle',
    file: 'fips_walnut_fan.npz',
    options: {
      dataset: 'intensity',
      kind: 'radon.fan',
      angles: '@angles_deg',
      angleUnit: 'deg',
      counts: { flat: 2024 },
      geometry: { sourceToAxis: 110, sourceToDetector: 300, detectorPitch: 0.05, detectorOffset: 0.28 },
    },
    air: [0, 120],
    bin: 8,
    size: 256,
    compared: 248,
    every: 9,
  },
  {
    name: 'disc',
    what: 'plastic disc with holes (Helsinki Tomography Challenge 2022), fan beam, 90° arc',
    file: 'htc2022_tb_arc90_fan.mat',
    options: {
      dataset: 'CtDataLimited.sinogram',
      kind: 'radon.fan',
      angles: '75:165:0.5',
      geometry: { sourceToAxis: 410.66, sourceToDetector: 553.74, detectorPitch: 0.2 },
    },
    bin: 2,
    size: 256,
    compared: 240,
    every: 3,
  },
];

/** Reads a scan, bins its detector and sets the image grid. `coarser` bins further and makes the image that much smaller. */
export async function readScan(folder: string, scan: MeasuredScan, coarser = 1): Promise<Measurement> {
  const measured = await readMeasurement(await readInput(join(folder, scan.file)), { ...scan.options });
  if (scan.air) measured.data.set(airAtZero(measured, scan.air));
  return binDetector(measured, scan.bin * coarser, Math.round(scan.size / coarser));
}

/**
 * Line integrals of a parallel or fan scan less the line through the means of the bins `from` … `to` at either end, view by view: undoes
 * a source that brightens and fades.
 */
export function airAtZero({ data, shape }: Pick<Measurement, 'data' | 'shape'>, [from, to]: readonly [number, number]): Float32Array {
  const detectors = shape[2];
  const out = new Float32Array(data.length);
  const mean = (start: number): number => data.subarray(start, start + to - from).reduce((sum, v) => sum + v, 0) / (to - from);
  const first = (from + to - 1) / 2;
  for (let row = 0; row < data.length; row += detectors) {
    const [left, right] = [mean(row + from), mean(row + detectors - to)];
    for (let i = 0; i < detectors; i++) {
      const t = (i - first) / (detectors - 1 - 2 * first);
      out[row + i] = data[row + i] - (1 - t) * left - t * right;
    }
  }
  return out;
}

/**
 * Averages `bin` neighbouring detector bins of a parallel or fan scan of line integrals; bins left over at the ends are dropped as evenly
 * as can be. The image gets `size` × `size` pixels as large as a new bin seen at the rotation axis.
 */
export function binDetector(scan: Measurement, bin: number, size: number): Measurement {
  const [slices, views, detectors] = scan.shape;
  const count = Math.floor(detectors / bin);
  const first = Math.floor((detectors - count * bin) / 2);
  const data = new Float32Array(slices * views * count);
  for (let row = 0; row < slices * views; row++) {
    for (let i = 0; i < count * bin; i++) data[row * count + Math.floor(i / bin)] += scan.data[row * detectors + first + i] / bin;
  }
  const { detectorPitch, detectorOffset } = scan.geometry as { detectorPitch: number; detectorOffset: number };
  const moved = (first + (count * bin - 1) / 2 - (detectors - 1) / 2) * detectorPitch;
  const geometry = {
    ...scan.geometry,
    detectorCount: count,
    detectorPitch: detectorPitch * bin,
    detectorOffset: detectorOffset + moved,
  };
  const pixelSize = spacingOf(gridFor(scan.kind, geometry, slices))[0];
  const options: GridOptions = { size, pixelSize, units: scan.grid.units };
  const grid = gridFor(scan.kind, geometry, slices, options);
  return { ...scan, data, shape: [slices, views, count], geometry, grid };
}
