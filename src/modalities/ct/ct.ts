import { SlicewiseError } from '../../../core/errors.js';
import { fieldOfViewWarning, heightWarning } from '../../../operators/radon/fov.js';
import { radonKinds } from '../../../volumes/kinds/radon/kind.js';
import { isVectors } from '../../../volumes/kinds/radon/schema.js';
import type { ScanKind } from '../../../volumes/kinds/kind.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { Candidate } from '../held-out.js';
import { defineModality, type ModalityKind, type ScanRequest, type ScanFacts } from '../modality.js';
import { requireDirect } from '../../../operators/radon/fbp/possible.js';
import { geometryFigures, geometrySvg } from './drawing/geometry-svg.js';
import { heldOutViews } from './held-out.js';
import { fbp } from './fbp.js';
import { normaliseCt } from './normalise.js';
import { ctOptions, type CtOptions } from './options.js';
import { ctAlternatives } from './check/alternatives.js';
import { plausibleProjections } from './plausible.js';
import { isPhysical } from './range-map.js';
import { ctReading } from './reading.js';
import { ctSimulation } from './simulation/offer.js';
import { ctSample } from './simulation/sample.js';
import { raySupport } from './support.js';
import { ctDefaults, uncertainProjections } from './uncertain.js';

/**
 * Line integrals of attenuation: HU where the data have a unit. FDK is filtered backprojection of cone-beam data; both names are in use.
 */
const ctKind = (kind: ScanKind): ModalityKind<CtOptions> => ({
  kind,
  method: isVectors(kind.name) ? 'cgls' : 'fbp',
  direct: { fbp, fdk: fbp },
  defaults: ctDefaults,
  units: (scan) => (isPhysical(scan) ? 'HU' : 'arbitrary'),
  adjust: (scan, { muWater }) => (muWater === undefined ? scan : { ...scan, meta: { ...scan.meta, muWater } }),
  check,
  normalise: normaliseCt,
  support: (_, operator) => raySupport(operator),
  holdOut: heldOutViews,
  uncertainNoise: uncertainProjections,
  candidates: () => CANDIDATES,
  plausible: plausibleProjections,
  alternatives: ctAlternatives,
  facts,
  warnings: (scan, grid) => [fieldOfViewWarning(scan), heightWarning({ ...scan, grid })].filter((text) => text !== undefined),
  figures: geometryFigures,
  drawing: geometrySvg,
});

/** The cheapest first. Filtered backprojection comes first where views are dense. */
const CANDIDATES: readonly Candidate[] = [
  { method: 'fbp' },
  { method: 'cgls', methodOptions: { iterations: 20 } },
  { method: 'sirt' },
  { method: 'admm-tv' },
  { method: 'dds', prior: 'ct' },
];

function check(scan: Measurement, { grid, options, iterative, method }: ScanRequest<CtOptions>): void {
  if (!iterative) requireDirect(scan);
  if (options.weights === 'counts' && !iterative) {
    throw new SlicewiseError('ARGUMENT', {
      message: `${method} takes no weights`,
      hint: 'use an iterative method, such as sirt, cgls, admm-tv or dds',
    });
  }
  if (options.muWater !== undefined && grid.units === 'arbitrary') {
    throw new SlicewiseError('ARGUMENT', {
      message: 'the attenuation of water relates lengths in mm to HU, and the lengths of this scan are not known',
      hint: 'give the detector pitch in mm (--pitch), or leave --mu-water out',
    });
  }
}

const facts = ({ meta }: Measurement): ScanFacts => ({
  rows: meta.muWater ? [['water', `${Number(meta.muWater.toPrecision(6))} per mm`]] : [],
  values: 'line integrals',
});

/** Computed tomography: parallel, fan and cone beams, on circles, helices and by vectors. */
export const ct = defineModality({
  name: 'ct',
  title: 'CT',
  images: ['CT'],
  prior: 'ct',
  options: ctOptions,
  elsewhere: {
    weights: 'photon counts belong to CT',
    muWater: 'the attenuation of water belongs to CT',
  },
  kinds: radonKinds.map(ctKind),
  reading: ctReading,
  simulation: ctSimulation,
  sample: ctSample,
});
