import { SlicewiseError } from '../../../core/errors.js';
import type { DicomImage } from './image.js';

/** The images of one series, and what was set aside. */
export interface DicomSeries {
  readonly images: readonly DicomImage[];
  readonly warnings: readonly string[];
}

/**
 * The one series there is, or the one `wanted` names by number, UID or the end of the UID. Localizers within it are left out.
 * @throws SlicewiseError SERIES listing the series when there are several, or none as wanted
 */
export function pickSeries(images: readonly DicomImage[], wanted: string | number | undefined): DicomSeries {
  const all = new Map<string, DicomImage[]>();
  for (const image of images) all.set(image.seriesUid, [...(all.get(image.seriesUid) ?? []), image]);
  const series = [...all.values()];
  const listed = series.map(describeSeries).join('; ');
  if (wanted === undefined) {
    if (series.length === 1) return withoutLocalizers(images);
    if (areSlicesOfOne(series)) return mergedSeries(series);
    throw new SlicewiseError('SERIES', {
      message: `${series.length} series in one folder`,
      expected: 'one',
      got: listed,
      hint: `pick one by number or by the end of its UID, e.g. --series ${shortName(series, 0)}`,
    });
  }
  const text = String(wanted).trim();
  const byNumber = series.filter(([image]) => image.seriesNumber !== undefined && String(image.seriesNumber) === text);
  const byUid = series.filter(([image]) => image.seriesUid === text);
  const byEnd = series.filter(([image]) => text !== '' && image.seriesUid.endsWith(text));
  const found = [byUid, byNumber, byEnd].find((matches) => matches.length > 0) ?? [];
  if (found.length > 1 && areSlicesOfOne(found)) return mergedSeries(found);
  if (found.length !== 1) {
    throw new SlicewiseError('SERIES', {
      message: found.length === 0 ? `no series '${text}'` : `'${text}' names ${found.length} series`,
      expected: 'the number, the UID or the end of the UID of one of them',
      got: listed,
      hint: `e.g. --series ${shortName(series, Math.max(0, series.indexOf(found[0])))}`,
    });
  }
  return withoutLocalizers(found[0]);
}

/** What names one series and no other: its number, or the end of its UID. */
function shortName(series: readonly DicomImage[][], at: number): string {
  const [{ seriesNumber, seriesUid }] = series[at];
  const others = series.filter((_, n) => n !== at);
  const unique = (name: string): boolean =>
    others.every(([image]) => String(image.seriesNumber ?? '') !== name && !image.seriesUid.endsWith(name));
  if (seriesNumber !== undefined && unique(String(seriesNumber))) return String(seriesNumber);
  for (let length = 6; length < seriesUid.length; length++) if (unique(seriesUid.slice(-length))) return seriesUid.slice(-length);
  return seriesUid;
}

/** Some exports give every slice a series UID of its own: one image each, of one study, one number and one grid, at different places. */
function areSlicesOfOne(series: readonly (readonly DicomImage[])[]): boolean {
  const images = series.flat();
  const [first] = images;
  if (series.length < 3 || images.length !== series.length || !first.position) return false;
  const told = ({ studyUid, seriesNumber, seriesDescription, modality, format, orientation, pixelSpacing }: DicomImage): string =>
    [studyUid, seriesNumber, seriesDescription, modality, format.rows, format.columns]
      .concat([...(orientation?.along ?? []), ...(orientation?.down ?? []), ...(pixelSpacing ?? [])].map((n) => n.toFixed(4)))
      .join('|');
  const places = new Set(images.map(({ position }) => position?.map((mm) => mm.toFixed(3)).join() ?? ''));
  return images.every((image) => told(image) === told(first)) && places.size === images.length;
}

const mergedSeries = (series: readonly DicomImage[][]): DicomSeries => ({
  images: series.flat(),
  warnings: [`every slice has a series UID of its own: ${series.length} of one study, number and grid taken as one series`],
});

function withoutLocalizers(images: readonly DicomImage[]): DicomSeries {
  const slices = images.filter((image) => !image.imageType.includes('LOCALIZER'));
  const left = images.length - slices.length;
  if (slices.length === 0 || left === 0) return { images, warnings: [] };
  return { images: slices, warnings: [`${left} localizer image${left > 1 ? 's' : ''} of the series left out`] };
}

function describeSeries(images: readonly DicomImage[]): string {
  const { seriesNumber, seriesDescription, seriesUid } = images[0];
  const text = seriesDescription ? ` '${seriesDescription}'` : '';
  return `${seriesNumber ?? 'without number'}${text} (${images.length} image${images.length > 1 ? 's' : ''}, UID ${seriesUid})`;
}
