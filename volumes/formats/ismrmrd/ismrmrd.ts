import { SlicewiseError } from '../../../core/errors.js';
import { kspaceMeasurement } from '../../kinds/kspace/assemble.js';
import { sharedMask, type KspaceShape } from '../../kinds/kspace/mask.js';
import { croppedRange, cropReadout } from '../../kinds/kspace/readout.js';
import type { ArrayData } from '../../../core/array.js';
import type { Measurement } from '../../measurement.js';
import type { ScanOptions } from '../../scan-options.js';
import { elements } from '../../../core/array.js';
import { mostBytes } from '../hdf5/library.js';
import type { Hdf5File } from '../hdf5/hdf5.js';
import { calibrationScan } from './calibration.js';
import { requireLines, requireWholeVolume } from './lines.js';
import { orderSlices, placeOf } from './place.js';
import { averagesOf, noiseParts, noiseScan } from './noise.js';
import { lookAtReversed, takePhaseOff, type Reversed } from './reversed.js';
import { eachAcquisition, hasFlag, type Acquisition } from './records.js';
import { imagesOfAcquisitions, requireSameCoils, selectAcquisitions } from './select.js';
import { readIsmrmrdTrajectory } from './trajectory.js';
import { parseMrHeader, type MrHeader } from '../support/mr-header.js';
import type { TrajectoryArray } from '../../kinds/trajectory/array.js';

/**
 * ISMRMRD raw data in HDF5: `dataset/data` (acquisitions: compound of head, trajectory and samples) and `dataset/xml`. Source: Inati et
 * al., "ISMRM Raw data format: A proposed standard for MRI raw datasets", Magn. Reson. Med. 77 (2017) 411; flags and counters in ismrmrd.h.
 */
export const isIsmrmrd = (h5: Hdf5File): boolean => groupOf(h5) !== undefined;

/** The group with the acquisitions: `dataset`, or the only other one that has both members. */
function groupOf(h5: Hdf5File): string | undefined {
  const has = (group: string): boolean => h5.kind(`${group}/data`) === 'dataset' && h5.kind(`${group}/xml`) === 'dataset';
  const groups = h5.keys('').filter((name) => h5.kind(name) === 'group' && has(name));
  return groups.includes('dataset') ? 'dataset' : groups[0];
}

/** Readouts looked at for their trajectory. */
const LOOKED_AT = 64;

/** Do readouts carry trajectories whose coordinates across the readout change along it? Those of a grid do not. */
function hasCurvedTrajectory(h5: Hdf5File, group: string, imaging: readonly Acquisition[]): boolean {
  const carrying = imaging.filter((a) => a.trajectoryDimensions >= 2 && a.samples > 1);
  if (carrying.length === 0 || carrying.length < imaging.length) return false;
  const step = Math.ceil(carrying.length / LOOKED_AT);
  const wanted = new Set(carrying.filter((_, n) => n % step === 0).map((a) => a.index));
  let curved = 0;
  eachAcquisition(h5, group, (a, _, trajectory) => {
    if (!wanted.has(a.index)) return;
    const points = trajectory();
    const spans = Array.from({ length: Math.min(3, a.trajectoryDimensions) }, (__, d) => {
      let [low, high] = [Infinity, -Infinity];
      for (let n = d; n < points.length; n += a.trajectoryDimensions) {
        low = Math.min(low, points[n]);
        high = Math.max(high, points[n]);
      }
      return high - low;
    }).sort((x, y) => y - x);
    // a line of a grid moves along one coordinate alone
    if (spans[0] > 0 && spans[1] > 0.02 * spans[0]) curved++;
  });
  return curved > wanted.size / 4;
}

/** How the acquisitions become an array. */
export interface Plan {
  readonly header: MrHeader;
  readonly coils: number;
  /** Samples of a whole readout, and those kept when oversampling is taken off. */
  readonly length: number;
  readonly keep: number;
  /** Lines and, for 3-D encodings, partitions. */
  readonly ny: number;
  readonly nz: number;
  readonly volume: boolean;
  /** Place of a slice counter in the stack. */
  readonly place: ReadonlyMap<number, number>;
  /** Averages of each line [slice, ky, kz]. */
  readonly counts: Uint16Array;
  readonly shape: KspaceShape;
  readonly reversed?: Reversed;
}

/**
 * Lines are put on the grid by their encoding counters; averages averaged, reversed readouts turned, readout oversampling taken off, what
 * partial Fourier leaves out not measured. 2-D: kx is the readout, ky the phase direction. 3-D: the readout is transformed and becomes the
 * slices, rows are the first phase direction and columns the second. Scans along trajectories: ismrmrd-trajectory.ts.
 * @param trajectory one in a file of its own
 * @throws SlicewiseError FORMAT (damaged, missing lines), FORMAT_UNSUPPORTED (not Cartesian, slices not parallel, several slabs), ARGUMENT
 *   (several contrasts, repetitions … and none picked), GEOMETRY for counters outside the matrix, SHAPE, NOT_FINITE
 */
export function readIsmrmrd(h5: Hdf5File, options: ScanOptions, trajectory?: TrajectoryArray): Measurement {
  const group = options.dataset ?? groupOf(h5)!;
  const header = parseMrHeader(h5.readStrings(`${group}/xml`)[0], h5.name);
  const all: Acquisition[] = [];
  eachAcquisition(h5, group, (a) => void all.push(a));
  const selection = selectAcquisitions(all, h5.name, options.select, header.calibrationMode);
  const curved = header.trajectory === 'cartesian' && !trajectory && hasCurvedTrajectory(h5, group, selection.imaging);
  if (header.trajectory !== 'cartesian' || trajectory || curved) {
    const along = curved ? { ...header, trajectory: 'other' } : header;
    const scan = readIsmrmrdTrajectory(h5, { group, header: along, selection, trajectory }, options);
    const told = 'the header says cartesian, but the readouts carry trajectories that are no lines of a grid: read along these';
    return curved ? { ...scan, meta: { ...scan.meta, warnings: [told, ...(scan.meta.warnings ?? [])] } } : scan;
  }
  const warnings = [...selection.warnings];
  const { imaging } = selection;
  const slices = orderSlices(imaging, h5.name, warnings);
  const plan = planOf(header, imaging, slices.order, h5.name);
  if (!plan.volume && options.missingLines !== 'mask') {
    const center = header.limits.kspace_encoding_step_1?.center ?? Math.floor(plan.ny / 2);
    requireLines(imaging, header, h5.name, center, !/slice/.test(options.select ?? ''));
  }
  const reversed = lookAtReversed(h5, group, all, imaging);
  if (reversed) tellOfReversed(reversed, warnings);
  requireHeld(plan.shape, h5);
  if (plan.volume && options.missingLines !== 'mask') requireWholeVolume(imaging, header, h5.name);
  const { data, mask } = fill(h5, group, { ...plan, reversed }, new Set(imaging.map((a) => a.index)), warnings);
  const calibration = plan.volume
    ? undefined
    : calibrationScan(plan, selection.calibration, warnings, (own, wanted) => fill(h5, group, own, wanted, []).data);
  const averages = averagesOf(plan.counts, warnings);
  const noise = noiseParts(noiseScan(h5, group, selection.noise, plan.coils, warnings), selection, header, averages);

  const head = imaging.find((a) => a.counters.slice === slices.order[0])!;
  const { encoded, recon } = header;
  const half = (n: number): number => Math.floor(n / 2);
  const { keep, ny, nz } = plan;
  // cutting off readout oversampling keeps the voxel
  const x = encoded.fieldOfView[0] / plan.length;
  const y = encoded.fieldOfView[1] / ny;
  const z = plan.volume ? encoded.fieldOfView[2] / nz : (slices.pitch ?? recon.fieldOfView[2] / recon.matrix[2]);
  const place = plan.volume
    ? placeOf(head, ['slice', 'phase', 'read'], [z, y, x], [half(nz), half(ny), half(keep)], warnings)
    : placeOf(head, ['read', 'phase', 'slice'], [x, y, z], [half(keep), half(ny), 0], warnings);
  return kspaceMeasurement({
    data,
    shape: plan.shape,
    readout: plan.volume ? 'slice' : 'kx',
    mask,
    maskFrom: 'lines',
    place: { ...place, ...(options.spacing ? { spacing: options.spacing } : {}) },
    geometry: {
      ...(plan.keep < plan.length ? { readoutOversampling: plan.length / plan.keep } : {}),
      phaseOversampling: encoded.fieldOfView[1] / recon.fieldOfView[1],
      ...(plan.volume ? { partitionOversampling: encoded.fieldOfView[2] / recon.fieldOfView[2] } : {}),
    },
    arrays: { ...noise.arrays, ...(calibration ? { calibration } : {}) },
    zeroCoils: options.zeroCoils,
    meta: {
      source: h5.name,
      format: 'ISMRMRD',
      mri: { ...header.facts, averages, ...noise.facts },
      warnings,
    },
  });
}

/** What `select` must say for each of the images that it asks for by `all`. @throws SlicewiseError ARGUMENT for what is no counter */
export function imagesOfIsmrmrd(h5: Hdf5File, options: ScanOptions): string[] {
  const all: Acquisition[] = [];
  eachAcquisition(h5, options.dataset ?? groupOf(h5)!, (a) => void all.push(a));
  return imagesOfAcquisitions(all, options.select);
}

function planOf(header: MrHeader, imaging: readonly Acquisition[], order: readonly number[], file: string): Plan {
  const { encoded, recon } = header;
  const [length, ny, nz] = encoded.matrix;
  const volume = nz > 1;
  const coils = requireSameCoils(imaging, file);
  if (volume && order.length > 1) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${file} holds ${order.length} slabs of a 3-D encoding`,
      expected: 'one',
      hint: `pick one with --select slice=${order[0]}, or reconstruct each with --select slice=all`,
    });
  }
  const keep = Math.min(length, Math.round((length * recon.fieldOfView[0]) / encoded.fieldOfView[0]));
  const place = new Map(order.map((slice, n) => [slice, n]));
  const shape: KspaceShape = volume ? [keep, coils, ny, nz] : [order.length, coils, ny, keep];
  const counts = new Uint16Array((volume ? 1 : order.length) * ny * nz);
  return { header, coils, length, keep, ny, nz, volume, place, counts, shape };
}

/** Row ⌊N/2⌋ is the counter that the header calls the centre. */
function rowOf(plan: Plan, { counters, index }: Acquisition, name: 'ky' | 'kz', file: string): number {
  const size = name === 'ky' ? plan.ny : plan.nz;
  const limits = plan.header.limits[name === 'ky' ? 'kspace_encoding_step_1' : 'kspace_encoding_step_2'];
  const row = counters[name] - (limits?.center ?? Math.floor(size / 2)) + Math.floor(size / 2);
  if (row >= 0 && row < size) return row;
  throw new SlicewiseError('GEOMETRY', {
    message: `acquisition ${index} of ${file} lies outside the encoded matrix`,
    expected: `${name} rows 0 … ${size - 1} with the centre at counter ${limits?.center ?? Math.floor(size / 2)}`,
    got: `row ${row} (counter ${counters[name]})`,
  });
}

/**
 * Where the samples of a readout lie in the whole line, as first and last + 1. The k-space origin lies at sample `center_sample`; that of
 * a reversed one the lines themselves tell (reversed.ts). A sample of a reversed line may so fall over the edge, and is left out.
 */
function stretch(plan: Plan, a: Acquisition, file: string): [number, number] {
  const reverse = hasFlag(a, 'reverse');
  const center = reverse ? a.samples - a.centerSample + (plan.reversed?.shift ?? 0) : a.centerSample;
  const [before, after] = reverse ? [a.discardPost, a.discardPre] : [a.discardPre, a.discardPost];
  const start = Math.floor(plan.length / 2) - center;
  const over = reverse ? 1 : 0;
  const [from, to] = [start + before, start + a.samples - after];
  if (from >= -over && to <= plan.length + over && from < to) return [from, to];
  throw new SlicewiseError('GEOMETRY', {
    message: `readout ${a.index} of ${file} does not fit the encoded matrix`,
    expected: `samples within 0 … ${plan.length - 1}`,
    got: `${from} … ${to - 1} (${a.samples} samples, centre ${a.centerSample})`,
  });
}

function fill(h5: Hdf5File, group: string, plan: Plan, wanted: ReadonlySet<number>, warnings: string[]) {
  const { shape, length, keep, ny, nz, volume, coils, counts } = plan;
  const data = new Float32Array(2 * shape[0] * shape[1] * shape[2] * shape[3]);
  const measured = new Float32Array(shape[0] * ny * (volume ? nz : keep));
  const line = new Float64Array(2 * length);
  const averages = { first: new Map<number, Float32Array>(), agree: 0, energy: 0 };
  let partial = false;
  eachAcquisition(h5, group, (a, samples) => {
    if (!wanted.has(a.index)) return;
    const slice = volume ? 0 : plan.place.get(a.counters.slice)!;
    const [y, z] = [rowOf(plan, a, 'ky', h5.name), volume ? rowOf(plan, a, 'kz', h5.name) : 0];
    const [start, end] = stretch(plan, a, h5.name);
    const [from, to] = [Math.max(0, start), Math.min(length, end)];
    partial ||= to - from < length - 1;
    const phase = hasFlag(a, 'reverse') ? plan.reversed?.phases.get(a.counters.slice) : undefined;
    const reverse = hasFlag(a, 'reverse');
    const [first, last] = volume ? [0, keep] : croppedRange(from, to, length, keep);
    for (let c = 0; c < coils; c++) {
      line.fill(0);
      for (let n = from; n < to; n++) {
        const at = reverse ? a.samples - 1 - a.discardPost - (n - start) : n - start + a.discardPre;
        line[2 * n] = samples[2 * (c * a.samples + at)];
        line[2 * n + 1] = samples[2 * (c * a.samples + at) + 1];
      }
      if (phase) takePhaseOff(line, phase, a.samples);
      const kept = cropReadout(line, keep, volume);
      if (!volume) compareAverages(averages, kept, ((slice * ny + y) * nz + z) * coils + c);
      for (let x = first; x < last; x++) {
        const to = 2 * (volume ? ((x * coils + c) * ny + y) * nz + z : ((slice * coils + c) * ny + y) * keep + x);
        data[to] += kept[2 * x];
        data[to + 1] += kept[2 * x + 1];
      }
    }
    if (volume) measured[y * nz + z] = 1;
    else measured.fill(1, (slice * ny + y) * keep + first, (slice * ny + y) * keep + last);
    counts[(slice * ny + y) * nz + z]++;
  });
  requireSameSign(averages, h5.name);
  average(data, plan);
  if (partial) {
    warnings.push(
      volume
        ? 'partial echo: the samples that the readout lacks are taken as zero'
        : 'partial echo: the samples that the readout lacks are taken as not measured',
    );
  }
  const mask: ArrayData = volume
    ? { data: measured.slice(0, ny * nz), shape: [1, ny, nz], dtype: 'float32' }
    : sharedMask(measured, shape[0], ny, keep);
  return { data, mask };
}

/** What was found of reversed lines, and what was done about them. */
function tellOfReversed({ shift, phases, navigators }: Reversed, warnings: string[]): void {
  if (shift !== 0) {
    warnings.push('reversed readouts: their k-space origin was found one sample before N − center_sample, as the standard has it');
  }
  if (phases.size > 0) {
    const [{ constant, slope }] = phases.values();
    warnings.push(
      `reversed readouts: phase of ${constant.toFixed(2)} rad and ${slope.toFixed(3)} rad a pixel against forward ones taken off by ` +
        `${navigators} phase-correction lines`,
    );
  } else if (navigators > 0) {
    warnings.push(
      `${navigators} phase-correction lines do not tell forward from reversed readouts: their phase is not corrected, expect ghosts ` +
        'half a field of view away',
    );
  } else {
    warnings.push('reversed readouts without phase-correction lines: a phase between the two directions would show as ghosts');
  }
}

/** A header may claim any matrix: more than a hundred times what the acquisitions hold is none. @throws SlicewiseError FORMAT */
function requireHeld(shape: readonly number[], h5: Hdf5File): void {
  const wanted = 8 * elements(shape);
  if (wanted <= mostBytes(h5.fileBytes)) return;
  throw new SlicewiseError('FORMAT', {
    message: `the encoded matrix of ${h5.name}`,
    expected: `k-space that a file of ${h5.fileBytes} bytes can hold`,
    got: `${shape.join('×')} complex numbers`,
    hint: 'the header is damaged or of another scan',
  });
}

/** How far further averages of a line agree with its first one: Re Σ conj(first) further, against the energy of the first. */
function compareAverages(
  averages: { first: Map<number, Float32Array>; agree: number; energy: number },
  kept: Float64Array,
  key: number,
): void {
  const before = averages.first.get(key);
  if (!before) {
    averages.first.set(key, Float32Array.from(kept));
    return;
  }
  for (let n = 0; n < kept.length; n++) {
    averages.agree += before[n] * kept[n];
    averages.energy += before[n] ** 2;
  }
}

/** Averages whose phase was turned cancel each other. @throws SlicewiseError FORMAT_UNSUPPORTED */
function requireSameSign({ agree, energy }: { agree: number; energy: number }, file: string): void {
  if (energy === 0 || agree > -0.5 * energy) return;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `the averages of ${file} are of opposite sign: their mean would be nothing`,
    expected: 'averages of one phase',
    got: `${((100 * agree) / energy).toFixed(0)} % agreement between the first and the others`,
    hint: 'pick one with --select average=0',
  });
}

/** Sums of several averages → means. */
function average(data: Float32Array, { counts, shape, volume, ny, nz, keep, coils }: Plan): void {
  counts.forEach((count, n) => {
    if (count < 2) return;
    const [slice, y, z] = [Math.floor(n / (ny * nz)), Math.floor(n / nz) % ny, n % nz];
    for (let c = 0; c < coils; c++) {
      for (let x = 0; x < keep; x++) {
        const at = 2 * (volume ? ((x * shape[1] + c) * ny + y) * nz + z : ((slice * coils + c) * ny + y) * keep + x);
        data[at] /= count;
        data[at + 1] /= count;
      }
    }
  });
}
