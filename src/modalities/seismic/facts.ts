import { encodePng } from '../../report/png.js';
import type { Figure } from '../../report/types.js';
import { segyFacts } from '../../../volumes/formats/segy/facts.js';
import { surveyOf } from '../../../volumes/formats/segy/survey.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { ScanFacts } from '../modality.js';
import { classifyMask, type MaskPattern } from './holdout.js';
import { liveOf, sectionsOf, traceGridOf } from './trace-grid.js';

/** What of a file's facts others tell: `info` the warnings, the measured values and the number of live traces. */
const TOLD = ['warning', 'amplitudes', 'live traces'];

/** The file as its headers say it is, and what is missing. */
export function seismicFacts(scan: Measurement): ScanFacts {
  const survey = surveyOf(scan);
  const facts = survey ? segyFacts(survey.file, survey.geometry).filter(({ name }) => !TOLD.includes(name)) : [];
  const isText = ({ name }: { name: string }): boolean => name.includes('text header');
  const rows = facts.filter((fact) => !isText(fact)).map(({ name, value }) => [name, value] as const);
  const live = liveOf(scan);
  const measured = live.reduce((sum, alive) => sum + alive, 0);
  const pattern = measured === 0 ? 'nothing measured' : patternText(classifyMask(traceGridOf(scan)));
  const share = (100 * (1 - measured / live.length)).toFixed(1);
  return {
    rows: [...rows, ['live traces', `${measured} of ${live.length} (${share} % missing: ${pattern})`]],
    json: {
      liveTraces: measured,
      positions: live.length,
      pattern,
      ...(survey ? { facts: Object.fromEntries(rows), geometry: survey.geometry.kind, counts: survey.geometry.counts } : {}),
    },
    values: 'amplitudes, missing traces as 0',
    told: ['survey', 'interval', 'domain'],
    ...(survey ? { header: facts.filter(isText).map(({ value }) => value) } : {}),
  };
}

export function patternText(pattern: MaskPattern): string {
  switch (pattern.kind) {
    case 'complete':
      return 'none';
    case 'regular':
      return `regularly, one ${pattern.axis === 'slow' ? 'line' : 'trace'} in ${pattern.period} is live`;
    case 'gap':
      return `gaps, the widest of ${pattern.width} ${pattern.axis === 'slow' ? 'lines' : 'traces'}`;
    case 'random':
      return { trace: 'irregularly', column: 'irregularly, whole columns', row: 'irregularly, whole lines' }[pattern.unit];
  }
}

/** White where a trace was measured; a single line as a band. */
export function traceFigures(scan: Measurement): readonly Figure[] {
  const [lines, traces] = sectionsOf(scan.shape);
  const live = liveOf(scan);
  const height = lines === 1 ? 16 : lines;
  const pixels = new Uint8Array(3 * height * traces);
  for (let row = 0; row < height; row++) {
    for (let trace = 0; trace < traces; trace++) {
      const at = row * traces + trace;
      if (live[(lines === 1 ? 0 : row) * traces + trace]) pixels.fill(255, 3 * at, 3 * at + 3);
    }
  }
  const names = scan.grid.axes.slice(0, -1).map(({ name }) => name);
  const [down, right] = [names.slice(0, -1).join(' and '), names[names.length - 1]];
  const alt = 'measured traces in white';
  const caption = lines === 1 ? `${alt}: ${right} to the right` : `${alt}: ${down} downwards, ${right} to the right`;
  return [{ png: encodePng(pixels, traces, height), width: traces, height, alt, caption }];
}
