import type { Axis } from '../../../core/axis.js';
import { SlicewiseError } from '../../../core/errors.js';
import { BAND_AXIS, type BandMeta } from '../../bands.js';
import { listOf } from './header.js';
import type { EnviLayout } from './layout.js';

/** What the header says of bands and numbers: value = gain · stored + offset, band by band. */
export interface EnviBands {
  readonly axis: Axis;
  readonly meta: BandMeta;
  /** Absent: 1 and 0. */
  readonly gains?: readonly number[];
  readonly offsets?: readonly number[];
  /** Among the stored numbers. */
  readonly noData?: number;
  readonly reflectance: boolean;
}

/**
 * Lists of another length than the bands, or with words in them, are left out and told; the bands stay in the order of the file,
 * whatever their wavelengths.
 * @throws SlicewiseError FORMAT for gains that are none: the numbers would be wrong
 */
export function bandsOf(
  entries: ReadonlyMap<string, string>,
  { bands }: EnviLayout,
  name: string,
  warn: (message: string) => void,
): EnviBands {
  const list = (key: string): string[] | undefined => {
    if (!entries.has(key)) return undefined;
    const found = listOf(entries.get(key)!);
    if (found.length === bands) return found;
    warn(`${name}: ${found.length} entries of '${key}' for ${bands} bands: not used`);
    return undefined;
  };
  const numbers = (key: string): number[] | undefined => {
    const found = list(key)?.map((text) => (text === '' ? NaN : Number(text)));
    if (!found || found.every(Number.isFinite)) return found;
    const word = listOf(entries.get(key)!)[found.findIndex((value) => !Number.isFinite(value))].slice(0, 20);
    warn(`${name}: '${key}' holds ${JSON.stringify(word)}, which is no number: not used`);
    return undefined;
  };
  const wavelengths = positive(numbers('wavelength'), name, warn);
  const unit = wavelengthUnit(entries.get('wavelength units'), wavelengths, name, warn);
  if (/classification/i.test(entries.get('file type') ?? '')) warn(`${name} holds numbers of classes: means between them mean nothing`);
  const bad = numbers('bbl')?.flatMap((good, band) => (good === 0 ? [band] : []));
  const noData = ignored(entries.get('data ignore value'), name, warn);
  const fwhm = numbers('fwhm');
  const names = list('band names');
  return {
    axis: wavelengths ? { name: BAND_AXIS, unit, coordinates: wavelengths } : { name: BAND_AXIS, unit: '', first: 1, step: 1 },
    meta: {
      ...(names ? { names } : {}),
      ...(fwhm ? { fwhm } : {}),
      ...(bad && bad.length > 0 ? { bad } : {}),
      ...(noData === undefined ? {} : { noData }),
    },
    noData,
    ...calibration(entries, numbers, bands, name, warn),
  };
}

type Numbers = (key: string) => number[] | undefined;

/** `data gain values` and `data offset values`; else `reflectance scale factor`, by which the numbers are divided. */
function calibration(
  entries: ReadonlyMap<string, string>,
  numbers: Numbers,
  bands: number,
  name: string,
  warn: (message: string) => void,
): Pick<EnviBands, 'gains' | 'offsets' | 'reflectance'> {
  const gains = numbers('data gain values');
  const offsets = numbers('data offset values');
  for (const [key, found] of [
    ['data gain values', gains],
    ['data offset values', offsets],
  ] as const) {
    if (entries.has(key) && (!found || (key === 'data gain values' && found.includes(0)))) {
      throw new SlicewiseError('FORMAT', {
        message: `${name}: ${key}`,
        expected: `${bands} numbers${key === 'data gain values' ? ' other than 0' : ''}, one for each band`,
        got: listOf(entries.get(key)!).slice(0, 8).join(', ').slice(0, 80) || 'none',
        hint: 'mend the list, or take it out of the header to read the numbers as they are stored',
      });
    }
  }
  const text = entries.get('reflectance scale factor');
  const factor = text === undefined ? 1 : Number(text);
  if (!(factor > 0 && Number.isFinite(factor))) {
    warn(`${name}: reflectance scale factor '${text!.slice(0, 20)}' is no positive number: not used`);
    return { gains, offsets, reflectance: false };
  }
  if (gains || offsets) {
    if (factor !== 1) warn(`${name} has gains and a reflectance scale factor: the gains are used`);
    return { gains, offsets, reflectance: false };
  }
  return {
    gains: factor === 1 ? undefined : new Array<number>(bands).fill(1 / factor),
    reflectance: text !== undefined,
  };
}

function ignored(text: string | undefined, name: string, warn: (message: string) => void): number | undefined {
  if (text === undefined) return undefined;
  const [first] = listOf(text);
  if (/^nan$/i.test(first ?? '')) return NaN;
  const value = first === undefined || first === '' ? NaN : Number(first);
  if (Number.isFinite(value)) return Math.fround(value);
  warn(`${name}: data ignore value '${text.slice(0, 20)}' is no number: not used`);
  return undefined;
}

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^(nanomet(er|re)s?|nm)$/, 'nm'],
  [/^(micromet(er|re)s?|microns?|um|[µμ]m)$/, 'µm'],
  [/^(millimet(er|re)s?|mm)$/, 'mm'],
  [/^(centimet(er|re)s?|cm)$/, 'cm'],
  [/^(met(er|re)s?|m)$/, 'm'],
  [/^(wavenumbers?|1\/cm|cm-1|cm\^-1)$/, '1/cm'],
  [/^(ghz|gigahertz)$/, 'GHz'],
  [/^(mhz|megahertz)$/, 'MHz'],
  [/^(angstroms?|å)$/, 'Å'],
  [/^index$/, ''],
];

/** Wavelengths and wave numbers are above 0. */
function positive(wavelengths: number[] | undefined, name: string, warn: (message: string) => void): number[] | undefined {
  const wrong = wavelengths?.find((value) => !(value > 0));
  if (wrong === undefined) return wavelengths;
  warn(`${name}: 'wavelength' holds ${wrong}, which is none: not used`);
  return undefined;
}

/** The unit that is said, or, where none is, the only one of nm and µm in which the wavelengths are light. */
export function wavelengthUnit(
  text: string | undefined,
  wavelengths: readonly number[] | undefined,
  name: string,
  warn: (message: string) => void,
): string {
  const said = text?.trim().toLowerCase() ?? 'unknown';
  const known = UNITS.find(([pattern]) => pattern.test(said));
  if (!wavelengths) return '';
  const [low, high] = [Math.min(...wavelengths), Math.max(...wavelengths)];
  const likely = low >= 100 && high <= 100_000 ? 'nm' : low >= 0.1 && high <= 100 ? 'µm' : '';
  if (known) {
    if (likely && ['nm', 'µm'].includes(known[1]) && likely !== known[1]) {
      warn(`${name} says wavelengths in ${known[1]}, ${low} to ${high} look like ${likely}: taken as it says`);
    }
    return known[1];
  }
  const missing = said === 'unknown' ? 'no unit of its wavelengths' : `wavelengths in '${said.slice(0, 20)}', which we do not know`;
  warn(`${name} has ${missing}: ${likely ? `${low} to ${high} can only be ${likely}, taken so` : 'left without a unit'}`);
  return likely;
}
