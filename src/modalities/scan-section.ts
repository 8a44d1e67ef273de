import { number } from '../../core/text.js';
import type { Measurement } from '../../volumes/measurement.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';
import type { Figure, ScanSection } from '../report/types.js';
import { dataStackOf } from './data-stack.js';
import { factsOf } from './facts.js';
import { modalities, requireKind } from './lookup.js';

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
    ['options', told.map(([name, value]) => `${name} ${written(value)}`).join(', ')],
  ];
  return { rows, figures: physics.figures?.(scan, result) ?? [], data: dataStackOf(scan) };
}

/**
 * What a report shows of images beside themselves, as their modality says: of data (where they are such an image), result, reference and
 * difference.
 */
export function spectraOf(images: {
  readonly data?: Float32Array;
  readonly result: Volume;
  readonly reference?: Volume;
}): readonly Figure[] {
  const { data, result, reference } = images;
  const spectra = modalities.entries().find(([, { images: names }]) => names.includes(result.modality))?.[1].spectra;
  if (!spectra) return [];
  const like = (values: Float32Array): Volume => makeVolume(values, result.shape, result);
  return spectra([
    ...(data?.length === result.data.length ? [{ name: 'the data', volume: like(data) }] : []),
    { name: 'the result', volume: result },
    ...(reference
      ? [
          { name: 'the reference', volume: reference },
          { name: 'result − reference', volume: like(result.data.map((v, n) => v - reference.data[n])), difference: true },
        ]
      : []),
  ]);
}

/** An option's value: numbers short, lists and settings within settings part by part. */
function written(value: unknown): string {
  if (typeof value === 'number') return short(value);
  if (Array.isArray(value)) return value.map(written).join(value.some((v) => typeof v === 'object') ? ' + ' : ',');
  if (typeof value !== 'object' || value === null) return String(value);
  return `(${Object.entries(value)
    .map(([name, v]) => `${name} ${written(v)}`)
    .join(', ')})`;
}

const short = (value: number): string => number(Number(value.toPrecision(4)));
