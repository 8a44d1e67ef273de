import { defineModality } from '../modality.js';
import { cartesianMri } from './cartesian.js';
import { nonCartesianMri } from './noncartesian.js';
import { mriOptions } from './options.js';
import { mriReading } from './reading.js';
import { mriSimulation } from './simulation/offer.js';
import { mriSample } from './simulation/sample.js';

/** Magnetic resonance: complex images of k-space, on a grid or along a trajectory, of several coils. */
export const mri = defineModality({
  name: 'mri',
  title: 'MR',
  images: ['MR', 'MRI'],
  prior: 'mri',
  options: mriOptions,
  elsewhere: { coilMaps: 'coils belong to MR', coils: 'coils belong to MR' },
  kinds: [cartesianMri, nonCartesianMri],
  reading: mriReading,
  simulation: mriSimulation,
  sample: mriSample,
});
