import { number } from '../../core/text.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { Volume } from '../../volumes/volume.js';
import type { ScanSection } from '../report/types.js';
import { factsOf } from './facts.js';
import { requireKind } from './lookup.js';

/**
 * What a report shows of a scan: facts, the noise, the options of the method, and the modality's figures.
 * @param noiseLevel standard deviation in the units of the data (of each part of a complex value), where the run knew it
 * @param result of the scan, for what figures show of it
 */
export function scanSection(scan: Measurement, method: { readonly options: object }, noiseLevel?: number, result?: Volume): ScanSection {
  const { own, geometry } = factsOf(scan);
  const { physics } = requireKind(scan.kind);
  const told = Object.entries(method.options).filter(([, value]) => value !== undefined && value !== null);
  const part = scan.dtype === 'complex64' ? 'in each part (standard deviation)' : '(standard deviation)';
  const rows: ScanSection['rows'] = [
    ...own,
    ...geometry,
    ['noise', noiseLevel === undefined ? 'not known' : `${short(noiseLevel)} ${part}`],
    ['options', told.map(([name, value]) => `${name} ${typeof value === 'number' ? short(value) : String(value)}`).join(', ')],
  ];
  return { rows, figures: physics.figures?.(scan, result) ?? [] };
}

const short = (value: number): string => number(Number(value.toPrecision(4)));
