import { SlicewiseError } from '../../../core/errors.js';
import type { Hdf5File } from '../hdf5/hdf5.js';

/** Header of one acquisition (one line of k-space, all coils) of an ISMRMRD file; directions and position in LPS, mm. */
export interface Acquisition {
  readonly index: number;
  /** Flags 1 to 32 as bits 0 to 31. */
  readonly flags: number;
  readonly samples: number;
  readonly coils: number;
  /** Coordinates of each sample in the trajectory; 0 without one. */
  readonly trajectoryDimensions: number;
  readonly discardPre: number;
  readonly discardPost: number;
  readonly centerSample: number;
  readonly encoding: number;
  /** µs a sample. */
  readonly dwell: number;
  readonly position: readonly number[];
  readonly readDirection: readonly number[];
  readonly phaseDirection: readonly number[];
  readonly sliceDirection: readonly number[];
  readonly counters: Counters;
}

export const COUNTERS = {
  ky: 'kspace_encode_step_1',
  kz: 'kspace_encode_step_2',
  average: 'average',
  slice: 'slice',
  contrast: 'contrast',
  phase: 'phase',
  repetition: 'repetition',
  set: 'set',
} as const;
export type Counter = keyof typeof COUNTERS;
export type Counters = { readonly [name in Counter]: number };

/** Flags by number (ismrmrd.h); flag n is bit n − 1. */
export const FLAG = {
  noise: 19,
  calibration: 20,
  calibrationAndImaging: 21,
  reverse: 22,
  navigation: 23,
  phaseCorrection: 24,
  hpFeedback: 26,
  dummy: 27,
  rtFeedback: 28,
  surfaceCoil: 29,
  phaseReference: 30,
  phaseStabilisation: 31,
} as const;

export const hasFlag = ({ flags }: Pick<Acquisition, 'flags'>, flag: keyof typeof FLAG): boolean =>
  ((flags >>> (FLAG[flag] - 1)) & 1) === 1;

/** Acquisitions read at once. */
const BATCH = 128;

/**
 * Calls `use` with every acquisition of a group, its samples, complex interleaved [coil, sample], and what gives its trajectory [sample,
 * dimension]; valid only during the call.
 * @throws SlicewiseError FORMAT for another layout, or samples fewer than the header says
 */
export function eachAcquisition(
  h5: Hdf5File,
  group: string,
  use: (acquisition: Acquisition, samples: Float32Array, trajectory: () => Float32Array) => void,
): void {
  const path = `${group}/data`;
  const [count = 0] = h5.dataset(path).shape;
  const members = h5.members(path);
  const at = (name: string): number => {
    const member = members.find((m) => m.name === name);
    if (member) return member.offset;
    throw new SlicewiseError('FORMAT', {
      message: `/${path} of ${h5.name}`,
      expected: `ISMRMRD acquisitions, with the member ${name}`,
      got:
        members
          .map((m) => m.name)
          .slice(0, 6)
          .join(', ') || 'no compound',
    });
  };
  const head = (name: string): number => at(`head/${name}`);
  const fields = {
    flags: head('flags'),
    samples: head('number_of_samples'),
    coils: head('active_channels'),
    dimensions: head('trajectory_dimensions'),
    discardPre: head('discard_pre'),
    discardPost: head('discard_post'),
    center: head('center_sample'),
    encoding: head('encoding_space_ref'),
    dwell: head('sample_time_us'),
    position: head('position'),
    read: head('read_dir'),
    phase: head('phase_dir'),
    slice: head('slice_dir'),
  };
  const counters = Object.entries(COUNTERS).map(([name, field]) => [name, at(`head/idx/${field}`)] as const);
  const [data, traj] = [at('data'), at('traj')];
  const bytes = members.find((m) => m.name === 'data')!.elementBytes;
  if (bytes !== 4) {
    throw new SlicewiseError('FORMAT', {
      message: `samples in /${path} of ${h5.name}`,
      expected: 'variable-length float32',
      got: bytes === undefined ? 'another type' : `${bytes} bytes a sample`,
    });
  }
  for (let start = 0; start < count; start += BATCH) {
    h5.records(path, start, Math.min(BATCH, count - start), (view, list, index) => {
      const u16 = (offset: number): number => view.getUint16(offset, true);
      const three = (offset: number): number[] => [0, 4, 8].map((o) => view.getFloat32(offset + o, true));
      const acquisition: Acquisition = {
        index,
        flags: view.getUint32(fields.flags, true),
        samples: u16(fields.samples),
        coils: u16(fields.coils),
        trajectoryDimensions: u16(fields.dimensions),
        discardPre: u16(fields.discardPre),
        discardPost: u16(fields.discardPost),
        centerSample: u16(fields.center),
        encoding: u16(fields.encoding),
        dwell: view.getFloat32(fields.dwell, true),
        position: three(fields.position),
        readDirection: three(fields.read),
        phaseDirection: three(fields.phase),
        sliceDirection: three(fields.slice),
        counters: Object.fromEntries(counters.map(([name, offset]) => [name, u16(offset)])) as Counters,
      };
      const { samples, coils, trajectoryDimensions: dimensions } = acquisition;
      const floats = (offset: number, expected: number, what: string): Float32Array => {
        const raw = list(offset, 4);
        if (raw.length === 4 * expected) return new Float32Array(raw.buffer, raw.byteOffset, expected);
        throw new SlicewiseError('FORMAT', {
          message: `acquisition ${index} of ${h5.name}`,
          expected: `${expected} values for ${what}`,
          got: `${raw.length / 4}`,
          hint: 'the file may be truncated: copy it again',
        });
      };
      use(acquisition, floats(data, 2 * samples * coils, `${coils} coils × ${samples} complex samples`), () =>
        floats(traj, dimensions * samples, `the trajectory of ${samples} samples, ${dimensions} coordinates each`),
      );
    });
  }
}
