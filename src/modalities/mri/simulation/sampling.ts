import { SlicewiseError } from '../../../../core/errors.js';
import { summariseMask, type SamplingMask } from '../../../../core/sampling-mask.js';
import { checkMask } from '../../../../operators/fourier/cartesian/mask.js';
import { trajectoryCoverage } from '../../../../operators/fourier/noncartesian/trajectory-coverage.js';
import { samplingMask } from '../../../../operators/patterns/index.js';
import { CARTESIAN } from '../../../../volumes/kinds/kspace/schema.js';
import { NONCARTESIAN } from '../../../../volumes/kinds/trajectory/schema.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { transformTo, type Plane } from './encode.js';
import { ACCELERATION, type MriOptions } from './options.js';
import { spectrumAlong, spectrumMemory } from './samples.js';
import { nyquistSpokes, radialTrajectory, spiralTrajectory, type Trajectory } from './trajectory.js';
import { mriWarnings } from './warnings.js';

/** Where k-space is sampled, and how a coil's image becomes its samples. */
export interface Sampling extends Required<Pick<Measurement, 'kind' | 'geometry' | 'arrays'>> {
  /** Of one coil and slice: [ky, kx] or [sample]. */
  readonly shape: readonly number[];
  /** Samples that are measured of a coil, the mean over the slices. */
  readonly points: number;
  /** Not 0 where slice k is measured, as many as `shape` says. */
  measured(k: number): ArrayLike<number>;
  /** All samples of a finer image, measured or not; complex, interleaved. */
  samplesOf(image: Plane): Float64Array;
  /** For `meta.simulation`. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

type Shape = readonly [slices: number, rows: number, columns: number];

/** Points of the Cartesian grid, by a mask. @throws SlicewiseError ARGUMENT, SHAPE */
export function cartesianSampling(shape: Shape, o: MriOptions, own: SamplingMask | undefined): Sampling {
  const mask = own ?? drawMask(shape, o);
  checkMask(mask, shape);
  const summary = summariseMask(mask);
  const readout = o.readout ?? (summary.dimensions === 1 ? 'kx' : 'slice');
  if (readout === 'slice' && mask.shape[0] > 1) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'a 3-D scan (readout along the slices) measures the same points for all slices',
      expected: 'one mask',
      got: `${mask.shape[0]} masks`,
      hint: 'leave per-slice masks out, or take the readout kx',
    });
  }
  const plane = [shape[1], shape[2]] as const;
  const pixels = plane[0] * plane[1];
  const asked = own ? undefined : o.mask && (o.accel ?? ACCELERATION);
  return {
    kind: CARTESIAN,
    geometry: { readout },
    arrays: { mask: { data: mask.data, shape: mask.shape, dtype: 'float32' } },
    shape: plane,
    points: summary.points,
    measured: (k) => mask.data.subarray(mask.shape[0] > 1 ? k * pixels : 0).subarray(0, pixels),
    samplesOf: (image) => transformTo(image, plane, 'forward').data,
    record: {
      mask: {
        pattern: own ? 'own' : (o.mask ?? 'full'),
        ...(asked === undefined ? {} : { acceleration: asked, calibration: o.acs, corners: o.corners }),
        measuredAcceleration: summary.acceleration,
        points: summary.points,
        ...(summary.lines === undefined ? {} : { lines: summary.lines }),
      },
    },
    warnings: mriWarnings({ ...summary, readout, coils: o.coils, withMaps: o.withMaps }),
  };
}

/** Samples along spokes or spirals. @throws SlicewiseError ARGUMENT */
export function trajectorySampling([, rows, columns]: Shape, o: MriOptions): Sampling {
  const { trajectory, said } = drawTrajectory([rows, columns], o);
  const samples = trajectory.points.length / 2;
  const { cells, met } = trajectoryCoverage(trajectory.points, [rows, columns], 0);
  const every = new Uint8Array(samples).fill(1);
  const spectrum = spectrumAlong(trajectory.points, [rows * o.oversample, columns * o.oversample]);
  const { acceleration } = trajectory;
  return {
    kind: NONCARTESIAN,
    geometry: { trajectory: o.trajectory!, readouts: trajectory.readouts },
    arrays: { trajectory: { data: trajectory.points, shape: [samples, 2], dtype: 'float32' } },
    shape: [samples],
    points: samples,
    measured: () => every,
    samplesOf: spectrum,
    record: {
      trajectory: {
        name: o.trajectory!,
        ...said,
        samplesPerReadout: samples / trajectory.readouts,
        samples,
        acceleration,
        undersampling: cells / met,
      },
    },
    warnings: mriWarnings({ acceleration, coils: o.coils, withMaps: o.withMaps }),
  };
}

/** Bytes of one coil and slice of samples, and of what it takes to make them, for a plan of memory. */
export function samplingMemory([, rows, columns]: Shape, o: MriOptions): { readonly samples: number; readonly work: number } {
  if (!o.trajectory) return { samples: 8 * rows * columns, work: 0 };
  const samples = drawTrajectory([rows, columns], o).trajectory.points.length / 2;
  return { samples: 8 * samples, work: spectrumMemory(samples, [rows * o.oversample, columns * o.oversample]) };
}

/** Interleaves of a spiral that is asked for without. */
const INTERLEAVES = 16;
/** Samples per cycle per field of view along a readout. */
const READOUT = 2;

function drawTrajectory(
  shape: readonly [number, number],
  o: MriOptions,
): { trajectory: Trajectory; said: Readonly<Record<string, unknown>> } {
  const { accel: acceleration = ACCELERATION, readoutOversample: oversampling = READOUT } = o;
  if (o.trajectory === 'radial') {
    const { angles = 'golden', spokes = Math.max(1, Math.round(nyquistSpokes(shape) / acceleration)) } = o;
    const trajectory = radialTrajectory({ shape, spokes, angles, oversampling });
    return { trajectory, said: { spokes, angles, readoutOversample: oversampling } };
  }
  const { interleaves = INTERLEAVES, pitch = 'variable', acs: calibration } = o;
  const trajectory = spiralTrajectory({ shape, interleaves, acceleration, pitch, calibration, oversampling });
  const square = pitch === 'variable' ? { calibration } : {};
  return { trajectory, said: { interleaves, pitch, ...square, readoutOversample: oversampling } };
}

function drawMask([nk, ny, nx]: Shape, o: MriOptions): SamplingMask {
  if (o.mask === undefined) return { data: new Float32Array(ny * nx).fill(1), shape: [1, ny, nx] };
  const { acs: calibration, seed, corners, accel: acceleration = ACCELERATION } = o;
  const slices = o.perSlice ? { slices: nk } : {};
  return samplingMask({ pattern: o.mask, shape: [ny, nx], acceleration, calibration, seed, corners, ...slices });
}
