import type { Axis } from '../../../core/axis.js';
import { BAND_AXIS, type BandMeta } from '../../bands.js';

/** What a TIFF says of its bands: value = scale · stored + offset. */
export interface TiffBands {
  readonly axis: Axis;
  readonly meta: BandMeta;
  readonly scales?: readonly number[];
  readonly offsets?: readonly number[];
}

interface Item {
  readonly name: string;
  readonly band?: number;
  readonly text: string;
}

/**
 * Wavelengths, widths, bad bands, scales and names from GDAL's metadata (tag 42112, XML items with the number of their sample):
 * `wavelength`, `wavelength_units`, `fwhm`, `bbl` of each band as ENVI's driver and EnMAP-Box write them, or as ENVI's lists for all
 * bands; else CENTRAL_WAVELENGTH_UM and FWHM_UM (GDAL 3.10, IMAGERY).
 * @param warn of lists that do not fit the bands
 */
export function tiffBands(xml: string, bands: number, noData: number | undefined, warn: (message: string) => void): TiffBands {
  const items = itemsOf(xml);
  const each = (name: string): (string | undefined)[] => {
    const list = items.find((item) => item.name === name && item.band === undefined)?.text;
    const words = list?.trim().startsWith('{') ? list.trim().slice(1, -1).split(',') : undefined;
    if (words && words.length !== bands) warn(`${words.length} entries of '${name}' for ${bands} bands: not used`);
    const of = new Map(items.filter((item) => item.name === name && item.band !== undefined).map((i) => [i.band, i.text]));
    return Array.from({ length: bands }, (_, n) => of.get(n) ?? (words?.length === bands ? words[n].trim() : undefined));
  };
  const numbers = (name: string): number[] | undefined => {
    const found = each(name).map((text) => (text === undefined || text.trim() === '' ? NaN : Number(text)));
    if (found.every(Number.isFinite)) return found;
    const some = found.filter(Number.isFinite).length;
    if (some > 0) warn(`'${name}' of ${some} of ${bands} bands: not used`);
    return undefined;
  };
  const micrometres = numbers('central_wavelength_um');
  const own = numbers('wavelength');
  const said = each('wavelength_units')[0] ?? items.find((item) => item.name === 'wavelength_units')?.text ?? '';
  const unit = own ? unitOf(said, own, warn) : 'µm';
  const wavelengths = own ?? micrometres;
  const fwhm = own ? numbers('fwhm') : numbers('fwhm_um');
  const bad = numbers('bbl')?.flatMap((good, band) => (good === 0 ? [band] : []));
  const names = each('description');
  return {
    axis: wavelengths ? { name: BAND_AXIS, unit, coordinates: wavelengths } : { name: BAND_AXIS, unit: '', first: 1, step: 1 },
    meta: {
      ...(names.every((text) => text !== undefined) ? { names } : {}),
      ...(fwhm ? { fwhm } : {}),
      ...(bad && bad.length > 0 ? { bad } : {}),
      ...(noData === undefined ? {} : { noData }),
    },
    scales: other(numbers('scale'), 1),
    offsets: other(numbers('offset'), 0),
  };
}

/** Undefined where all say nothing. */
const other = (values: readonly number[] | undefined, nothing: number) => (values?.some((value) => value !== nothing) ? values : undefined);

function unitOf(said: string, [first]: readonly number[], warn: (message: string) => void): string {
  if (/^(nanomet(er|re)s?|nm)$/i.test(said.trim())) return 'nm';
  if (/^(micromet(er|re)s?|um|[µμ]m)$/i.test(said.trim())) return 'µm';
  const likely = first >= 100 ? 'nm' : 'µm';
  warn(`no unit of the wavelengths that is known ('${said.slice(0, 20)}'): ${first} can only be ${likely}, taken so`);
  return likely;
}

const ENTITIES: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const itemsOf = (xml: string): Item[] =>
  [...xml.matchAll(/<Item ([^>]{0,400})>([^<]*)<\/Item>/g)].map(([, attributes, text]) => {
    const attribute = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
    const band = attribute('sample');
    return {
      name: (attribute('name') ?? '').toLowerCase(),
      ...(band === undefined ? {} : { band: Number(band) }),
      text: text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]),
    };
  });
