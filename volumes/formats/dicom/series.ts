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
  const listed = [...all.values()].map(describeSeries).join('; ');
  if (wanted === undefined) {
    if (all.size === 1) return withoutLocalizers(images);
    const [first] = all.values();
    throw new SlicewiseError('SERIES', {
      message: `${all.size} series in one folder`,
      expected: 'one',
      got: listed,
      hint: `pick one by number or by the end of its UID, e.g. --series ${first[0].seriesNumber ?? first[0].seriesUid.slice(-6)}`,
    });
  }
  const text = String(wanted).trim();
  const series = [...all.values()];
  const byNumber = series.filter(([image]) => image.seriesNumber !== undefined && String(image.seriesNumber) === text);
  const byUid = series.filter(([image]) => image.seriesUid === text);
  const byEnd = series.filter(([image]) => text !== '' && image.seriesUid.endsWith(text));
  const found = [byUid, byNumber, byEnd].find((matches) => matches.length > 0) ?? [];
  if (found.length !== 1) {
    throw new SlicewiseError('SERIES', {
      message: found.length === 0 ? `no series '${text}'` : `'${text}' names ${found.length} series`,
      expected: 'the number, the UID or the end of the UID of one of them',
      got: listed,
    });
  }
  return withoutLocalizers(found[0]);
}

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
