import { SlicewiseError } from '../../../core/errors.js';
import { samplingMask } from '../../../operators/sampling/mask.js';
import { space } from '../../../core/space.js';
import { surveyOf } from '../../../volumes/formats/segy/survey.js';
import { traces } from '../../../volumes/kinds/traces/kind.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { defineModality, type ModalityKind } from '../modality.js';
import { copyLive } from './classical/grid.js';
import { seismicFacts, traceFigures } from './facts.js';
import { heldOutTraces } from './held-out.js';
import { seismicMethods } from './methods.js';
import { normaliseSeismic, seismicSlicing } from './normalise.js';
import { seismicOptions, type SeismicOptions } from './options.js';
import { seismicReading } from './reading.js';
import { seismicSimulation } from './simulation/offer.js';
import { liveOf, spread, traceGridOf } from './trace-grid.js';

/** Traces of a survey on a grid, some of which are missing. */
const traceKind: ModalityKind<SeismicOptions> = {
  kind: traces,
  operator: ({ shape = [], arrays }, _, backend) => {
    const live = spread(liveOf({ shape, arrays }), shape[2]);
    return samplingMask(space(['line', 'trace', 'sample'], shape), live, backend);
  },
  method: 'auto',
  direct: seismicMethods,
  defaults: () => ({ dds: { regulariser: 'low-rank' } }),
  slicing: seismicSlicing,
  units: () => 'arbitrary',
  check(scan) {
    if (liveOf(scan).some((alive) => alive === 1)) return;
    throw new SlicewiseError('GEOMETRY', {
      message: 'no trace was measured',
      expected: 'at least one live trace',
      hint: 'look with slicewise info at what counts as dead',
    });
  },
  operatorMemory: (scan) => Promise.resolve({ items: [{ what: 'trace mask', bytes: 4 * scan.data.length }] }),
  normalise: normaliseSeismic,
  // without noise what was measured stays as it is, bit for bit; a solver's image went through the gain and back
  finish: (image, scan) => (scan.noise.type === 'gaussian' ? image : copyLive(traceGridOf(scan), image)),
  predict: (volume) => volume.data,
  holdOut: heldOutTraces,
  candidates: () => Object.keys(seismicMethods).map((method) => ({ method })),
  facts: seismicFacts,
  figures: traceFigures,
  keep: (scan: Measurement) => {
    const survey = surveyOf(scan);
    return survey ? { survey } : {};
  },
}; // prettier-ignore

/** Seismic data: post-stack lines and volumes, gathers. */
export const seismic = defineModality({
  name: 'seismic',
  title: 'seismic',
  images: ['seismic'],
  options: seismicOptions,
  elsewhere: { along: 'sections of lines and traces belong to seismic data' },
  kinds: [traceKind],
  reading: seismicReading,
  simulation: seismicSimulation,
});
