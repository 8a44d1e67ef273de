import { number } from '../../../../core/text.js';
import { isCube } from '../../../../volumes/kinds/spectral/from-volume.js';
import { SlicewiseError } from '../../../../core/errors.js';
import type { Simulation } from '../../simulation.js';
import { scannedCube, simulateSpectral, simulateSpectralSchema } from './simulate.js';

/** `simulate spectral`. */
export const spectralSimulation: Simulation<never, typeof simulateSpectralSchema> = {
  summary: 'Takes entries, pixels, lines or bands away from a spectral cube, or makes its pixels larger, and adds noise.',
  source: 'ENVI .hdr, GeoTIFF, .h5, .npz … with a cube',
  examples: [
    'simulate spectral cube.hdr -o holes.h5 --missing 0.9 --noise-std 0.1 --object truth.hdr',
    'simulate spectral cube.hdr -o noisy.h5 --noise-std 0.2 --scale cube --seed 1',
    'simulate spectral cube.hdr -o large.h5 --sr 2 --object truth.hdr',
    'simulate spectral cube.npz -o lines.h5 --dataset cube --axes line,sample,band --lines 5 --bands 3',
  ],
  schema: simulateSpectralSchema,
  words: { object: 'the cube that was scanned', grid: 'also write the cube, on the grid of the scan (to compare with)' },
  check(volume, { axes }) {
    if (axes !== undefined || isCube(volume)) return;
    throw new SlicewiseError('ARGUMENT', {
      message: 'which axis of this volume are its bands is not known',
      expected: 'a spectral cube',
      got: volume.axes.map(({ name }) => name).join(', '),
      hint: 'name the axes in their order, --axes line,sample,band',
    });
  },
  run: async (volume, options) => simulateSpectral(volume, options),
  object: (volume, options) => scannedCube(volume, options),
  describe({ arrays, noise, shape }) {
    const told = noise.type === 'gaussian' ? `noise std ${number(noise.std)} (mean of the bands)` : 'no noise';
    const mask = arrays?.mask;
    if (!mask) return ` (band, line, sample)\nlarge pixels, ${told}, ${shape[0]} bands`;
    const measured = mask.data.reduce((sum, one) => sum + one, 0);
    const share = number((100 * measured) / mask.data.length);
    return ` (band, line, sample)\n${measured} of ${mask.data.length} entries (${share} %), ${told}, ${shape[0]} bands`;
  },
};
