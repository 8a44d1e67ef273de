import { methodNames, methodNeedsPrior } from '../engine/method-schemas.js';
import { scanOptions } from '../engine/scan-options.js';
import { modalities } from '../modalities/registry.js';
import { solvers } from '../solvers/registry.js';
import type { HelpChapter } from './command.js';
import { methodChapterOptions } from './method-options.js';

const SCANS = 'What a file may not say';

/**
 * Parts of the help of a command that reads scans: what any scan has, and a part for each modality; with `reconstructs` its methods too.
 */
export function scanChapters({ reconstructs = false } = {}): HelpChapter[] {
  return [anyScan(), ...ofModalities(reconstructs)];
}

function ofModalities(reconstructs: boolean): HelpChapter[] {
  const all = scanOptions();
  return modalities.entries().map(([name, { title, kinds, options }]) => {
    const reading = all.filter(({ modality }) => modality === title).map((o) => ({ option: o.name }));
    const own = reconstructs ? Object.keys(options.shape).map((option) => ({ option })) : [];
    const direct = [...new Set(kinds.flatMap((kind) => Object.keys(kind.direct ?? {})))];
    return {
      name,
      title: `${title}: lengths in mm, angles in degrees`,
      group: SCANS,
      summary: `${title}${reconstructs ? ': reading, and its own options' : ''}`,
      options: [...reading, ...own],
      words: reconstructs ? [`Methods of ${title} alone: ${direct.join(', ')}. Done when none is asked for: ${kinds[0].method}.`] : [],
    };
  });
}

function anyScan(): HelpChapter {
  const options = scanOptions()
    .filter(({ modality }) => modality === undefined)
    .map(({ name }) => ({ option: name }));
  return { name: 'scan', title: 'Any scan', group: SCANS, summary: 'which array, its axes, which views, image size, noise', options };
}

/** A part of the help for each method, in its own words and with its own defaults. */
export function methodChapters(): HelpChapter[] {
  return methodNames().map((name) => {
    const kind = `${solvers.has(name) ? 'iterative' : 'direct'}${methodNeedsPrior(name) ? ', needs --prior' : ''}`;
    return { name, title: `Options of ${name} (${kind})`, group: 'Options of a method (--help NAME)', options: methodChapterOptions(name) };
  });
}
