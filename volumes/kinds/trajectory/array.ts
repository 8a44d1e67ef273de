import { SlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import { type RawArray } from '../../raw-array.js';

/** Order of the two coordinates of a real trajectory. */
export const TRAJECTORY_ORDERS = ['kx,ky', 'ky,kx'] as const;
/** Which coordinate of a trajectory comes first. */
export type TrajectoryOrder = (typeof TRAJECTORY_ORDERS)[number];

/** A trajectory as its file holds it. */
export interface TrajectoryArray extends RawArray {
  /** For messages. */
  readonly name: string;
  /** What the format says; BART: kx, ky, kz. */
  readonly order?: TrajectoryOrder;
}

/** The samples that a trajectory must be of. */
export interface SampleAxes {
  readonly readouts: number;
  /** Of each readout. */
  readonly samples: number;
  /** The data's own order of the two, where the file names its axes: samples before readouts. */
  readonly samplesFirst?: boolean;
}

interface Layout {
  /** Where the coordinates lie; absent: kx is the real part, ky the imaginary one. */
  readonly axis?: 'first' | 'last';
  readonly coordinates: number;
  readonly samplesFirst: boolean;
}

/**
 * Points of a trajectory in the order readout, sample: complex kx + i ky, of the shape of the readouts; or real with the coordinates along
 * the last axis or the first, as SigPy (`coord`, last axis, ky before kx), BART (first axis kx, ky, kz) or the caller (`order`) say. Of
 * three coordinates kz must be 0. Axes of length 1 do not count.
 * @returns (ky, kx) of every sample in the file's own unit
 * @throws SlicewiseError SHAPE when it is of other samples, ARGUMENT when the order is not known, FORMAT_UNSUPPORTED in three dimensions
 */
export function trajectoryPoints(array: TrajectoryArray, axes: SampleAxes, order: TrajectoryOrder | undefined): Float64Array {
  const { readouts, samples } = axes;
  const layout = layoutOf(array, axes);
  const lanes = array.complex ? 2 : 1;
  const total = readouts * samples;
  const [cx, cy, cz] = places(array, layout, order);
  const points = new Float64Array(2 * total);
  let [most, third] = [0, 0];
  for (let r = 0; r < readouts; r++) {
    for (let s = 0; s < samples; s++) {
      const from = layout.samplesFirst ? s * readouts + r : r * samples + s;
      const at = (coordinate: number): number => {
        if (layout.axis === undefined) return array.data[2 * from + coordinate];
        const index = layout.axis === 'first' ? coordinate * total + from : from * layout.coordinates + coordinate;
        return array.data[lanes * index];
      };
      const to = 2 * (r * samples + s);
      [points[to], points[to + 1]] = [at(cy), at(cx)];
      most = Math.max(most, Math.abs(points[to]), Math.abs(points[to + 1]));
      if (cz !== undefined) third = Math.max(third, Math.abs(at(cz)));
    }
  }
  if (third > 1e-6 * most) throw threeDimensional(array.name, third);
  return points;
}

/** Says that kz is not 0. */
export function threeDimensional(what: string, kz: number): SlicewiseError {
  return new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${what} runs through three dimensions`,
    expected: 'slices, each measured along the same trajectory (ky, kx)',
    got: `kz up to ${Number(kz.toPrecision(4))}`,
    hint: 'transform stacks of stars or spirals along kz first; trajectories like koosh balls are not reconstructed',
  });
}

function layoutOf(array: TrajectoryArray, { readouts, samples, samplesFirst = false }: SampleAxes): Layout {
  const shape = array.shape.filter((n) => n !== 1).join();
  const found = [samplesFirst, !samplesFirst].map((turned) => {
    const axes = (turned ? [samples, readouts] : [readouts, samples]).filter((n) => n !== 1);
    const layouts: Layout[] = [];
    if (array.complex && shape === axes.join()) layouts.push({ coordinates: 2, samplesFirst: turned });
    for (const coordinates of [2, 3]) {
      if (array.complex && !isReal(array)) continue; // coordinates are real, though BART keeps them as complex numbers
      if (shape === [...axes, coordinates].join()) layouts.push({ axis: 'last', coordinates, samplesFirst: turned });
      if (shape === [coordinates, ...axes].join()) layouts.push({ axis: 'first', coordinates, samplesFirst: turned });
    }
    return layouts;
  });
  const [own, other] = found;
  const layouts = own.length > 0 ? own : other;
  const each = readouts > 1 ? `${readouts}×${samples}` : `${samples}`;
  const got = `${array.complex ? 'complex ' : ''}${array.shape.join('×')}`;
  if (layouts.length === 1) return layouts[0];
  if (layouts.length > 1) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the axes of ${array.name} cannot be told apart`,
      expected: `complex kx + i ky, ${each}`,
      got,
    });
  }
  throw new SlicewiseError('SHAPE', {
    message: `${array.name} does not fit the samples`,
    expected: `real ${each}×2, 2×${each} or 3×${each}, or complex kx + i ky, ${each}${readouts > 1 ? ' (readouts × samples)' : ''}`,
    got: `${got} (${elements(array.shape)} numbers)`,
  });
}

const isReal = ({ data }: RawArray): boolean => data.every((value, n) => n % 2 === 0 || value === 0);

/** Which coordinates are kx, ky and kz. */
function places(
  array: TrajectoryArray,
  { axis, coordinates }: Layout,
  asked: TrajectoryOrder | undefined,
): readonly [x: number, y: number, z?: number] {
  if (axis === undefined) return [0, 1];
  const sigpy = axis === 'last' && /(^|[./])coords?$/.test(array.path);
  const bart = axis === 'first' && coordinates === 3;
  const order = asked ?? array.order ?? (sigpy ? 'ky,kx' : bart ? 'kx,ky' : undefined);
  if (order === undefined) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the order of the coordinates of ${array.name} is not known`,
      expected: TRAJECTORY_ORDERS.join(' or '),
      got: 'none',
      hint: 'say it with --trajectory-order; kx runs along the columns of the image. The wrong one gives an image mirrored at its diagonal',
    });
  }
  if (coordinates === 2) return order === 'kx,ky' ? [0, 1] : [1, 0];
  return order === 'kx,ky' ? [0, 1, 2] : [2, 1, 0];
}
