import { SlicewiseError } from '../../../core/errors.js';
import { surveyOf } from '../../../volumes/formats/segy/survey.js';
import { prestack, traces } from '../../../volumes/kinds/traces/kind.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { defineModality, type ModalityKind } from '../modality.js';
import { copyLive } from './classical/grid.js';
import { classicalMethods } from './classical/registry.js';
import { seismicFacts, traceFigures } from './facts.js';
import { fkFigures } from './fk.js';
import { interpolationGuide } from './guides.js';
import { heldOutTraces } from './held-out.js';
import { prestackMethods, seismicMethods } from './methods.js';
import { normaliseSeismic, seismicSlicing } from './normalise.js';
import { seismicOptions, type SeismicOptions } from './options.js';
import { seismicReading } from './reading.js';
import { seismicSimulation } from './simulation/offer.js';
import { seismicSample } from './simulation/sample.js';
import { liveOf, traceGridOf } from './trace-grid.js';

/** Priors that come with the package: of sections, and of blocks. */
const PRIOR = 'seismic-2d';
const BLOCKS = 'seismic-3d';

const CLASSICAL = Object.keys(classicalMethods).map((method) => ({ method }));

/** Traces of a survey on a grid, some of which are missing. */
const traceKind: ModalityKind<SeismicOptions> = {
  kind: traces,
  method: 'auto',
  direct: seismicMethods,
  // the prior is shown interpolations and answers with the mean of what they leave open: more steps draw samples
  defaults: () => ({ dds: { steps: 1, mode: '2d' }, seisfusion: { steps: 1 } }),
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
  passes: ({ sections }) => (sections === 'both' ? [{ sections: 'line' }, { sections: 'trace' }] : undefined),
  finish: (image, scan) => (scan.noise.type === 'gaussian' ? image : copyLive(traceGridOf(scan), image)),
  predict: (volume) => volume.data,
  holdOut: heldOutTraces,
  candidates: () => [
    ...CLASSICAL,
    { method: 'dds', prior: PRIOR },
    { method: 'dip-net', onRequest: true },
    { method: 'seisfusion', prior: BLOCKS, onRequest: true },
  ],
  guides: { interpolations: interpolationGuide },
  facts: seismicFacts,
  figures: traceFigures,
  keep: (scan: Measurement) => {
    const survey = surveyOf(scan);
    return survey ? { survey } : {};
  },
};

/** Traces along three axes: what knows them. Sections of a 2-D prior lie along the last trace axis. */
const prestackKind: ModalityKind<SeismicOptions> = {
  ...traceKind,
  kind: prestack,
  direct: prestackMethods,
  candidates: () => Object.keys(prestackMethods).map((method) => ({ method })),
  guides: {},
};

/** Seismic data: post-stack lines and volumes, gathers. */
export const seismic = defineModality({
  name: 'seismic',
  title: 'seismic',
  images: ['seismic'],
  prior: PRIOR,
  options: seismicOptions,
  elsewhere: { sections: 'sections of lines and traces belong to seismic data' },
  kinds: [traceKind, prestackKind],
  reading: seismicReading,
  simulation: seismicSimulation,
  sample: seismicSample,
  spectra: fkFigures,
});
