import type { z } from 'zod';
import type { Field } from '../../compute/backend.js';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import { parseOptions } from '../../core/options.js';
import { describeSpace, sameSpace } from '../../core/space.js';
import type { GuideSpec } from '../../models/guide.js';
import type { Measurement } from '../../volumes/measurement.js';
import { commonGuides, noGuide, type GuideMethod } from '../modalities/guides.js';
import type { NormalisedProblem } from '../modalities/modality.js';
import { besideLevels } from '../solvers/dds/beside-levels.js';
import type { PriorSource } from './prior-source.js';
import type { RunRequest } from './request.js';

/** How the guide of a run's prior is made; known before any work. */
export interface PlannedGuide {
  readonly spec: GuideSpec;
  readonly method: GuideMethod;
  /** Completed by the method's schema. */
  readonly options: { readonly [name: string]: unknown };
}

/** A guide that was made: it is the run's, and freed with it. */
export interface MadeGuide {
  readonly planes: readonly Field[];
  readonly seconds: number;
}

/**
 * How what the prior wants to be shown is made of these data; undefined for a prior without a guide.
 * @throws as `guidePlan`; SlicewiseError ARGUMENT where a prior is to go without a guide that cannot, or has none
 */
export function plannedGuide(request: RunRequest, source: PriorSource | undefined): PlannedGuide | undefined {
  if (!source) return undefined;
  // priors that are laid over each other have none
  const { name, guide } = 'own' in source ? source.own : ('over' in source ? source.over.entries[0] : source.entry).card;
  if (request.options.unguided) return unguidedPlan(name, guide);
  return guide && guidePlan(request, name, guide);
}

/**
 * How the guide of a prior is made of these data.
 * @throws SlicewiseError MODEL where they have no such guide, it takes other options, or makes another number of planes
 */
export function guidePlan({ physics, modality, scan }: RunRequest, name: string, spec: GuideSpec): PlannedGuide {
  const { kind, planes, options: given = {} } = spec;
  const known = { ...commonGuides, ...physics.guides };
  const method = Object.hasOwn(known, kind) ? known[kind] : undefined;
  const refused = (expected: string, got: string, cause?: unknown): SlicewiseError =>
    new SlicewiseError('MODEL', {
      message: `the prior '${name}' cannot be guided by these data`,
      expected,
      got,
      hint: `use a ${modality.images[0]} prior whose guide these data have, or one without a guide (\`slicewise models info\` tells)`,
      cause,
    });
  if (!method) {
    throw refused(`a guide that ${modality.title} data (${scan.kind}) have: ${Object.keys(known).join(', ')}`, `'${kind}'`);
  }
  let options: PlannedGuide['options'];
  try {
    options = parseOptions(`the guide '${kind}'`, method.schema, given);
  } catch (cause) {
    throw isSlicewiseError(cause) ? refused(`options of the guide '${kind}'`, cause.message, cause) : cause;
  }
  const made = method.planes(options);
  if (made !== planes) throw refused(`${made} planes, which the guide '${kind}' of these data has`, `${planes}`);
  return { spec, method, options };
}

/** Planes of zeros, and nothing to begin with. */
function unguidedPlan(name: string, guide: GuideSpec | undefined): PlannedGuide {
  if (!guide?.optional) {
    throw new SlicewiseError('ARGUMENT', {
      message: `unguided is for guided priors that were trained without a guide too`,
      got: guide ? `'${name}', which always had its guide` : `'${name}', which has no guide`,
      hint: guide ? 'use a prior without a guide (`slicewise models`)' : 'leave it out',
    });
  }
  const { planes } = guide;
  return { spec: { kind: 'none', planes }, method: noGuide(planes), options: {} };
}

/** What says of a run how its guide was made, for manifest and checkpoints: options completed. */
export const guideRecord = ({ spec: { kind, planes, start }, options }: PlannedGuide): GuideSpec => ({
  ...{ kind, options, planes },
  ...(start && { start }),
});

/**
 * The guide of a run, made once for all its samples.
 * @throws SlicewiseError ABORTED; SHAPE where the modality's own guide is not what it promised
 */
export async function makeGuide(
  { grid, own, options: { signal, progress } }: RunRequest,
  { spec, method, options }: PlannedGuide,
  scan: Measurement,
  problem: NormalisedProblem,
): Promise<MadeGuide> {
  const started = performance.now();
  const { domain, backend } = problem.operator;
  const planes = await method.make({ scan, grid, problem, guideOptions: options, options: own, signal, progress });
  await backend.flush();
  const wrong = planes.find(({ space }) => !sameSpace(space, domain));
  if (wrong || planes.length !== spec.planes) {
    for (const plane of planes) plane.dispose();
    throw new SlicewiseError('SHAPE', {
      message: `the guide '${spec.kind}' of these data is not what it promised`,
      expected: `${spec.planes} of ${describeSpace(domain)}`,
      got: wrong ? describeSpace(wrong.space) : `${planes.length}`,
    });
  }
  return { planes, seconds: (performance.now() - started) / 1000 };
}

/**
 * The request with the options that the guide has for the method, and `start: 'guide'` where the prior says that a run may begin with its
 * guide and the method can. What the user says of the method wins; with `compat` nothing is added.
 * @throws SlicewiseError ARGUMENT where the user has it begin with the guide of a prior that has none
 */
export function withGuideOptions(request: RunRequest, spec: GuideSpec | undefined): RunRequest {
  const { method } = request;
  if (!('solver' in method)) return request;
  const own = (request.options.methodOptions ?? {}) as { readonly [name: string]: unknown };
  const ofGuide = own.compat === undefined ? besideLevels(besidePreset(spec?.methods?.[method.name], own), own) : {};
  const given = { ...method.settings, ...ofGuide, ...own } as Given;
  if (given.start === 'guide' && !spec) {
    throw new SlicewiseError('ARGUMENT', {
      message: "start 'guide' needs a prior that is shown something of the scan",
      got: 'a prior without a guide',
      hint: "use start 'classical', or a guided prior (`slicewise models info` tells)",
    });
  }
  // what the data have for a default gives way
  const said: Given = { ...spec?.methods?.[method.name], ...own };
  const started = { ...request, method: { ...method, settings: given } };
  if (!spec?.start || said.start !== undefined || given.compat !== undefined) return started;
  const { start } = method.solver.schema.shape as { readonly start?: z.ZodType };
  if (!start?.safeParse('guide').success) return started;
  return { ...request, method: { ...method, settings: { ...given, start: 'guide' } } };
}

/** Without the number of steps where the user's preset says one. */
function besidePreset(defaults: object | undefined, { preset = 'default' }: { readonly preset?: unknown }): object | undefined {
  if (preset === 'default') return defaults;
  const { steps: _, ...rest } = { ...defaults } as { readonly steps?: unknown };
  return rest;
}

interface Given {
  readonly start?: unknown;
  readonly compat?: unknown;
}
