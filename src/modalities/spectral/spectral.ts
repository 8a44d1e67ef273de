import { defineModality } from '../modality.js';
import { spectralEntries } from './entries.js';
import { spectralOptions } from './options.js';
import { spectralReading } from './reading.js';
import { spectralSimulation } from './simulation/offer.js';

/** Imaging spectroscopy: cubes of many narrow bands with noise and gaps. */
export const spectral = defineModality({
  name: 'spectral',
  title: 'spectral',
  images: ['hyperspectral', 'reflectance'],
  borrowsPriors: true,
  prior: 'ct',
  options: spectralOptions,
  kinds: [spectralEntries],
  reading: spectralReading,
  simulation: spectralSimulation,
});
