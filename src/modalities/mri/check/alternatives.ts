import type { Measurement } from '../../../../volumes/measurement.js';
import type { Alternative, Alternatives } from '../../alternatives.js';
import { dcFirst, halves, rolled, type KAxis } from '../dc-first.js';
import { hiding, weakSamples } from './hidden.js';
import { strongestPlanes, unitRms } from './reduced.js';
import { exchangedAxes } from './exchanged.js';

/** Total variation of images of unit root mean square. */
const TV = { method: 'cs-tv', methodOptions: { iterations: 20, lambda: 0.02 } };

/** Where DC may lie other than in the middle. */
const FIRST: readonly (readonly KAxis[])[] = [['ky', 'kx'], ['ky'], ['kx']];

/**
 * How k-space on a grid is read wrongly most: DC in the corner or at an end of one axis, axes exchanged; with coil maps of a file also
 * maps conjugated, transposed or moved against k-space. Without maps each strong coil is an image of its own. All are tried by the same
 * samples.
 */
export function kspaceAlternatives(scan: Measurement): Alternatives {
  const maps = scan.arrays?.maps !== undefined;
  const read = maps ? middleSlice(scan) : strongestPlanes(scan);
  const [, , ny, nx] = read.shape;
  const gone = weakSamples(read);
  const shifted = FIRST.map((axes): Alternative => {
    const other = dcFirst(read, axes);
    return {
      what: axes.length > 1 ? 'DC in the corner of k-space' : `DC at the end of ${axes[0]}`,
      mend: `--fftshift ${axes.join(',')}`,
      scan: other,
      trials: [hiding(other, rolled(gone, ny, nx, ...halves(read, axes), 1))],
    };
  });
  return {
    ...TV,
    asRead: { scan: read, trials: [hiding(read, gone)] },
    others: [...shifted, ...(maps ? ofMaps(read, gone) : exchangedAxes(scan))],
    untold: maps
      ? []
      : ['without coil maps of a file conjugated, mirrored and transposed k-space is the image turned over, which fits as well'],
  };
}

/** What may be wrong between k-space and maps that were made elsewhere. */
function ofMaps(slice: Measurement, gone: Uint8Array): Alternative[] {
  const { maps } = slice.arrays!;
  const [, , ny, nx] = slice.shape;
  const withMaps = (data: Float32Array): Measurement => ({ ...slice, arrays: { ...slice.arrays, maps: { ...maps, data } } });
  const other = (what: string, mend: string, data: Float32Array): Alternative => ({
    ...{ what, mend, scan: withMaps(data) },
    trials: [hiding(withMaps(data), gone)],
  });
  const swapped = new Float32Array(maps.data.length);
  const moved = new Float32Array(maps.data.length);
  for (let plane = 0; plane < maps.data.length; plane += 2 * ny * nx) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const at = plane + 2 * (y * nx + x);
        const half = plane + 2 * (((y + Math.floor(ny / 2)) % ny) * nx + ((x + Math.floor(nx / 2)) % nx));
        const over = plane + 2 * (x * nx + y);
        for (const part of [0, 1]) {
          moved[half + part] = maps.data[at + part];
          if (ny === nx) swapped[over + part] = maps.data[at + part];
        }
      }
    }
  }
  const conjugated = maps.data.map((value, n) => (n % 2 === 1 ? -value : value));
  return [
    other('coil maps conjugated', 'the conjugate of the maps (numpy.conj); there is no option', conjugated),
    other('coil maps moved by half of the image', 'numpy.fft.fftshift(maps, axes=(-2, -1)); there is no option', moved),
    ...(ny === nx ? [other('coil maps transposed', 'numpy.swapaxes(maps, -2, -1), or --axes with ky and kx exchanged', swapped)] : []),
  ];
}

/** The middle slice with all coils, mask and maps. */
function middleSlice(scan: Measurement): Measurement {
  const [slices, coils, ny, nx] = scan.shape;
  const at = Math.floor(slices / 2);
  const cut = (data: Float32Array): Float32Array => data.subarray((at * data.length) / slices, ((at + 1) * data.length) / slices);
  const arrays = Object.fromEntries(
    Object.entries(scan.arrays ?? {}).flatMap(([name, array]) => {
      if (name !== 'maps' && name !== 'mask') return [];
      const perSlice = array.shape[0] === slices && slices > 1;
      return [[name, perSlice ? { ...array, data: cut(array.data), shape: [1, ...array.shape.slice(1)] } : array]];
    }),
  );
  const shape = [1, coils, ny, nx];
  return unitRms({ ...scan, data: cut(scan.data), shape, arrays, grid: { ...scan.grid, shape: [1, ny, nx] } });
}
