import type { MrFacts } from '../../formats/support/mr-header.js';
import { scannerRows } from '../kspace/facts.js';
import type { Measurement } from '../../measurement.js';
import { spokesOf } from './spokes.js';
import { extentOf } from './units.js';

/** What there is to tell of a scan along a trajectory. */
export interface TrajectoryFacts {
  readonly slices: number;
  readonly coils: number;
  /** [rows, columns] of the image. */
  readonly matrix: readonly [number, number];
  readonly trajectory: string;
  readonly samples: number;
  /** Spokes, interleaves, arms; where known. */
  readonly readouts?: number;
  /** The largest |k|, cycles per field of view. */
  readonly reach: number;
  /**
   * Radial: distance between neighbouring arms at that radius, in cells of the Cartesian grid: 2π·reach over the arms, for full spokes
   * π·reach/spokes.
   */
  readonly undersampling?: number;
  /** Samples over the cells of the Cartesian grid within that radius. */
  readonly samplesPerCell: number;
  /** Samples a coil of the noise scan; 0 without one. */
  readonly noiseSamples: number;
  readonly maps: boolean;
  readonly scanner: MrFacts;
}

/** The facts of a `fourier.noncartesian` measurement, for `info` and reports. */
export function trajectoryFacts({ shape, geometry, grid, arrays, meta }: Measurement): TrajectoryFacts {
  const [slices, coils, samples] = shape;
  const points = arrays?.trajectory?.data ?? new Float32Array(0);
  const { reach } = extentOf(points);
  const { trajectory = 'custom', readouts } = geometry as { trajectory?: string; readouts?: number };
  const spokes = trajectory === 'radial' ? spokesOf(points) : undefined;
  const count = readouts ?? spokes?.spokes;
  const arms = spokes?.arms ?? (trajectory === 'radial' && count ? 2 * count : undefined);
  return {
    slices,
    coils,
    matrix: [grid.shape[1], grid.shape[2]],
    trajectory,
    samples,
    ...(count === undefined ? {} : { readouts: count }),
    reach,
    ...(arms ? { undersampling: (2 * Math.PI * reach) / arms } : {}),
    samplesPerCell: samples / (Math.PI * reach ** 2),
    noiseSamples: arrays?.noiseScan?.shape[1] ?? 0,
    maps: arrays?.maps !== undefined,
    scanner: (meta.mri ?? {}) as MrFacts,
  };
}

/** The same as lines of a table: name and text. */
export function trajectoryRows(scan: Measurement): [string, string][] {
  const facts = trajectoryFacts(scan);
  const { matrix, reach, readouts, samples, undersampling } = facts;
  const share = (100 * reach) / (Math.max(...matrix) / 2);
  const nyquist = Math.ceil(Math.PI * reach);
  const said: [string, string | undefined][] = [
    ['coils', `${facts.coils}`],
    ['matrix', `${matrix[0]} × ${matrix[1]} (rows × columns), ${facts.slices} slice${facts.slices > 1 ? 's' : ''}`],
    ['trajectory', `${facts.trajectory}, ${comesIn(facts.trajectory, samples, readouts)}`],
    ['reach', `${short(reach)} cycles per field of view, ${share.toFixed(0)} % of the way to the edge of k-space`],
    [
      'sampling',
      undersampling === undefined
        ? `${facts.samplesPerCell.toFixed(2)} samples a cell of the Cartesian grid, on average`
        : `${undersampling.toFixed(2)} cells between spokes at that radius (Nyquist 1, ${nyquist} full spokes)`,
    ],
    ['noise scan', facts.noiseSamples ? `${facts.noiseSamples} samples a coil` : undefined],
    ['coil maps', facts.maps ? 'given' : undefined],
    ...scannerRows(facts.scanner),
  ];
  return said.filter((row): row is [string, string] => row[1] !== undefined);
}

function comesIn(trajectory: string, samples: number, readouts = 1): string {
  if (readouts < 2) return `${samples} samples`;
  const name = trajectory === 'radial' ? 'spokes' : trajectory === 'spiral' ? 'interleaves' : 'readouts';
  const each = samples / readouts;
  return Number.isInteger(each) ? `${readouts} ${name} of ${each} samples` : `${readouts} ${name}, ${samples} samples`;
}

const short = (value: number): string => `${Number(value.toPrecision(4))}`;
