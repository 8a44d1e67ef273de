import { SlicewiseError } from '../../../core/errors.js';
import { checkFinite } from '../../finite.js';
import type { Measurement } from '../../measurement.js';
import type { ScanOptions } from '../../scan-options.js';
import { threeDimensional, trajectoryPoints, type TrajectoryArray } from '../../kinds/trajectory/array.js';
import { matrixOf, trajectoryMeasurement } from '../../kinds/trajectory/assemble.js';
import { cyclesPer, extentOf, scaledTrajectory, unitUnknown, type Pair } from '../../kinds/trajectory/units.js';
import type { Hdf5File } from '../hdf5/hdf5.js';
import { requireSlices } from './lines.js';
import { averagesOf, noiseParts, noiseScan } from './noise.js';
import { partitionsOf, unstacked } from './partitions.js';
import { orderSlices, placeOf } from './place.js';
import { joinReadouts, requireSameReadouts, type Readout } from './readouts.js';
import { eachAcquisition, type Acquisition } from './records.js';
import { requireSameCoils, type Selection } from './select.js';
import type { MrHeader } from '../support/mr-header.js';

/** Trajectories of the header that are read here; what they are called by us. */
const PATHS: { readonly [name: string]: 'radial' | 'spiral' | undefined } = {
  radial: 'radial',
  goldenangle: 'radial',
  spiral: 'spiral',
  other: undefined,
  cartesian: undefined, // with a trajectory of the user's own
};

interface Parts {
  readonly group: string;
  readonly header: MrHeader;
  readonly selection: Selection;
  /** Of a file of its own: readouts × samples. */
  readonly trajectory?: TrajectoryArray;
}

/**
 * Acquisitions along a 2-D trajectory: readouts in the order of their encoding counters, all slices along the same one; partitions of a
 * stack of stars or spirals are transformed to slices (partitions.ts); readouts measured
 * several times along the same path are averaged, those with equal counters and different paths all kept.
 *
 * The standard does not fix the unit of `traj`. Gadgetron has −½ … ½, cycles per pixel of the encoded matrix: that is taken where all
 * values lie in it, and told. Everything else is asked for (`trajectoryUnit`; mrpro's ±N/2 is `fov`, of the encoded field of view). A third
 * coordinate that is never negative in a 2-D encoding is Gadgetron's density weight, and left out.
 * @throws SlicewiseError FORMAT_UNSUPPORTED (no trajectory, three dimensions, slices along different trajectories), GEOMETRY (unit, samples
 *   outside k-space), FORMAT (slices or readouts missing), SHAPE, NOT_FINITE
 */
export function readIsmrmrdTrajectory(h5: Hdf5File, parts: Parts, options: ScanOptions): Measurement {
  const { group, header, selection } = parts;
  const { imaging } = selection;
  const { recon } = header;
  const file = h5.name;
  requireKnown(header, parts.trajectory, file);
  const warnings = [...selection.warnings];
  const partitions = partitionsOf(imaging, file);
  const slices = orderSlices(imaging, file, warnings);
  if (!/slice/.test(options.select ?? '') && options.missingLines !== 'mask') {
    requireSlices(slices.order.length, header, file);
  }
  const coils = requireSameCoils(imaging, file);
  const measured = readStacks(
    h5,
    parts,
    partitions ? { counter: 'kz', order: partitions } : { counter: 'slice', order: slices.order },
    options,
    warnings,
  );
  requireSameReadouts(measured, partitions ?? slices.order, file, partitions ? 'partition' : 'slice');
  const stacks = partitions ? unstacked(measured, partitions, header, options, file, warnings) : measured;
  const [first] = stacks;
  const samples = first.reduce((sum, { points }) => sum + points.length / 2, 0);
  const points = new Float64Array(2 * samples);
  const data = new Float32Array(2 * stacks.length * coils * samples);
  let at = 0;
  first.forEach(({ points: own }, r) => {
    points.set(own, 2 * at);
    const n = own.length / 2;
    stacks.forEach((readouts, s) => {
      for (let c = 0; c < coils; c++) data.set(readouts[r].data.subarray(2 * c * n, 2 * (c + 1) * n), 2 * ((s * coils + c) * samples + at));
    });
    at += n;
  });
  checkFinite(points, [samples, 2], `the trajectory of ${file}`);
  const averages = averagesOf(
    stacks.flatMap((readouts) => readouts.map(({ count }) => count)),
    warnings,
  );
  const noise = noiseParts(noiseScan(h5, group, selection.noise, coils, warnings), selection, header, averages);

  const matrix: Pair = options.size ? matrixOf(options.size, stacks.length) : ([recon.matrix[1], recon.matrix[0]] as const);
  const factors = factorsOf(points, header, options, file, warnings);
  const spacing = [
    recon.fieldOfView[0] / matrix[1],
    recon.fieldOfView[1] / matrix[0],
    partitions ? header.encoded.fieldOfView[2] / header.encoded.matrix[2] : (slices.pitch ?? recon.fieldOfView[2] / recon.matrix[2]),
  ] as const;
  const head = imaging.find((a) => a.counters.slice === slices.order[0])!;
  const middle = [Math.floor(matrix[1] / 2), Math.floor(matrix[0] / 2), partitions ? Math.floor(stacks.length / 2) : 0];
  return trajectoryMeasurement({
    data,
    shape: [stacks.length, coils, samples],
    trajectory: scaledTrajectory(points, factors, matrix, `the trajectory of ${file}`),
    matrix,
    readouts: first.length,
    path: PATHS[header.trajectory],
    place: placeOf(head, ['read', 'phase', 'slice'], spacing, middle, warnings),
    arrays: noise.arrays,
    zeroCoils: options.zeroCoils,
    meta: {
      source: file,
      format: 'ISMRMRD',
      mri: { ...header.facts, averages, ...noise.facts },
      warnings,
    },
  });
}

function requireKnown({ trajectory }: MrHeader, own: TrajectoryArray | undefined, file: string): void {
  if (trajectory in PATHS || own) return;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `trajectory of ${file}`,
    expected: Object.keys(PATHS).join(', '),
    got: trajectory,
  });
}

/** The readouts of every slice, in their order, averaged. */
function readStacks(
  h5: Hdf5File,
  { group, header, selection: { imaging }, trajectory }: Parts,
  { counter, order }: { readonly counter: 'slice' | 'kz'; readonly order: readonly number[] },
  { trajectoryOrder }: ScanOptions,
  warnings: string[],
): Readout[][] {
  const wanted = new Set(imaging.map((a) => a.index));
  const found = new Map<number, { acquisition: Acquisition; points?: Float64Array; data: Float32Array }[]>();
  let [most, third, lowest, within] = [0, 0, 0, 0];
  eachAcquisition(h5, group, (a, raw, own) => {
    if (!wanted.has(a.index)) return;
    const { trajectoryDimensions: dimensions } = a;
    const kept = a.samples - a.discardPre - a.discardPost;
    if (kept <= 0) return;
    if (dimensions < 2 && !trajectory) throw noTrajectory(header.trajectory, a, h5.name);
    const data = new Float32Array(2 * a.coils * kept);
    for (let c = 0; c < a.coils; c++) {
      const from = 2 * (c * a.samples + a.discardPre);
      data.set(raw.subarray(from, from + 2 * kept), 2 * c * kept);
    }
    const points = trajectory ? undefined : new Float64Array(2 * kept);
    if (points) {
      const k = own();
      const plane = dimensions > 2 ? k[dimensions * a.discardPre + 2] : 0;
      for (let s = 0; s < kept; s++) {
        const [x, y, z = 0] = k.subarray(dimensions * (s + a.discardPre), dimensions * (s + a.discardPre + 1));
        [points[2 * s], points[2 * s + 1]] = [y, x];
        most = Math.max(most, Math.abs(x), Math.abs(y));
        third = Math.max(third, Math.abs(z));
        lowest = Math.min(lowest, z);
        within = Math.max(within, Math.abs(z - plane));
      }
    }
    const key = a.counters[counter];
    if (!found.has(key)) found.set(key, []);
    found.get(key)!.push({ acquisition: a, points, data });
  });
  // in a stack the third coordinate is that of the partition, which its counter says
  if (counter === 'kz' ? within > 1e-6 * most : third > 1e-6 * most) {
    if (counter === 'kz' || header.encoded.matrix[2] > 1 || lowest < 0) throw threeDimensional(`the trajectory of ${h5.name}`, third);
    warnings.push(
      'the third number of each sample is taken as a density weight (as Gadgetron has it) and left out: density is made of the trajectory',
    );
  }
  const stacks = order.map((key) => joinReadouts(found.get(key) ?? []));
  return trajectory ? stacks.map((stack) => withTrajectory(stack, trajectory, trajectoryOrder, h5.name)) : stacks;
}

/** Points of a file of its own: all samples of a readout, of which the discarded are left out. */
function withTrajectory(stack: readonly Readout[], array: TrajectoryArray, order: ScanOptions['trajectoryOrder'], file: string): Readout[] {
  const samples = stack[0]?.acquisition.samples ?? 0;
  const other = stack.find(({ acquisition }) => acquisition.samples !== samples);
  if (other) {
    throw new SlicewiseError('SHAPE', {
      message: `readouts of ${file} differ in length: a trajectory in a file of its own cannot belong to them`,
      expected: `${samples} samples`,
      got: `${other.acquisition.samples} in acquisition ${other.acquisition.index}`,
    });
  }
  const points = trajectoryPoints(array, { readouts: stack.length, samples }, order);
  return stack.map((readout, r) => {
    const { discardPre, discardPost } = readout.acquisition;
    return { ...readout, points: points.slice(2 * (r * samples + discardPre), 2 * ((r + 1) * samples - discardPost)) };
  });
}

function noTrajectory(kind: string, { index, trajectoryDimensions }: Acquisition, file: string): SlicewiseError {
  return new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${file} holds no trajectory: its header says ${kind}, but its acquisitions do not tell where they lie`,
    expected: 'trajectory_dimensions 2',
    got: `${trajectoryDimensions} in acquisition ${index}`,
    hint: 'give it with --trajectory FILE, readouts × samples × 2',
  });
}

/** Factors to cycles per field of view of the image. */
function factorsOf(
  points: Float64Array,
  { encoded, recon }: MrHeader,
  { trajectoryUnit }: ScanOptions,
  file: string,
  warnings: string[],
): Pair {
  const { coordinate } = extentOf(points);
  const what = `the trajectory of ${file}`;
  const half = (a: number): number => encoded.matrix[a] / 2;
  if (trajectoryUnit === undefined && !(coordinate <= 0.501)) {
    const edges = [0, 1].map((a) => (500 * encoded.matrix[a]) / encoded.fieldOfView[a]);
    throw unitUnknown(
      what,
      '−0.5 … 0.5, cycles per pixel',
      coordinate,
      `fov (cycles per encoded field of view, here ±${Math.max(half(0), half(1))}), radian (per pixel, ±π), 1/m (here ` +
        `±${Math.max(...edges).toFixed(0)}) or pixel`,
    );
  }
  const fields: Pair = [recon.fieldOfView[1] / encoded.fieldOfView[1], recon.fieldOfView[0] / encoded.fieldOfView[0]];
  const pixels: Pair = [encoded.matrix[1] * fields[0], encoded.matrix[0] * fields[1]];
  if (trajectoryUnit === undefined) {
    warnings.push(
      `the unit of the trajectory is not stored: values up to ${Number(coordinate.toPrecision(4))} taken as cycles per pixel of the ` +
        `encoded matrix ${encoded.matrix[0]} × ${encoded.matrix[1]} (--trajectory-unit says another)`,
    );
  }
  const millimetres: Pair = [recon.fieldOfView[1], recon.fieldOfView[0]];
  return cyclesPer(trajectoryUnit ?? 'pixel', { pixels, millimetres, fields });
}
