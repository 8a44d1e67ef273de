import { phantoms } from '../phantoms/index.js';
import type { Sample } from '../../sample.js';
import { simulateCt } from './simulate.js';

const [VIEWS, SIZE, DEPTH, PHOTONS] = [24, 128, 8, 1e5];

/** A chest made of ellipsoids, by its exact line integrals. */
export const ctSample: Sample = {
  words: `a chest phantom from ${VIEWS} views`,
  line: `simulate ct phantom:thorax -o sample-ct.h5 --views ${VIEWS} --size ${SIZE} --depth ${DEPTH} --photons ${PHOTONS} --seed 1`,
  make: (backend) =>
    simulateCt(phantoms.get('thorax').make(), { views: VIEWS, size: SIZE, depth: DEPTH, photons: PHOTONS, seed: 1 }, backend),
};
