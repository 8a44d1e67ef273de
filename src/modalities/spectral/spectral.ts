import { defineModality } from '../modality.js';
import { spectralEntries } from './entries.js';
import { PRIOR, spectralOptions } from './options.js';
import { spectralReading } from './reading.js';
import { spectralReduced } from './reduced/reduced.js';
import { spectralSimulation } from './simulation/offer.js';
import { spectralSample } from './simulation/sample.js';

/** Imaging spectroscopy: cubes of many narrow bands with noise and gaps. */
export const spectral = defineModality({
  name: 'spectral',
  title: 'spectral',
  images: ['hyperspectral', 'reflectance'],
  borrowsPriors: true,
  prior: PRIOR,
  options: spectralOptions,
  kinds: [spectralEntries, spectralReduced],
  reading: spectralReading,
  simulation: spectralSimulation,
  sample: spectralSample,
});
