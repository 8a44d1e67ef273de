import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import type { Volume } from '../../volume.js';
import { parseDicomFile, type DicomImage } from './image.js';
import { pickSeries } from './series.js';

/** What a series that is made of another one takes over from it. It names a person: it is never written into anything but DICOM. */
export interface DicomSource {
  readonly seriesUid: string;
  readonly seriesNumber?: number;
  readonly seriesDescription: string;
  readonly modality: string;
  /** Values as they are stored, by tag. */
  readonly elements: ReadonlyMap<number, Uint8Array>;
  /** Its images, and where they lie (LPS, mm). */
  readonly images: readonly { readonly sopClass: string; readonly instance: string; readonly position: readonly number[] }[];
}

/** A symbol: what JSON makes of `meta` (reports, manifests, scan files) never holds it, copies of a volume do. */
const SOURCE = Symbol('DICOM source');

export const dicomSource = ({ meta }: Pick<Volume, 'meta'>): DicomSource | undefined => (meta as { [SOURCE]?: DicomSource })[SOURCE];

/** The volume as one that was made of a series: written as DICOM it belongs to that patient and study. */
export const withDicomSource = <T extends { meta: object }>(volume: T, source: DicomSource): T => ({
  ...volume,
  meta: { ...volume.meta, [SOURCE]: source },
});

export function sourceOf(images: readonly DicomImage[]): DicomSource {
  const [first] = images;
  return {
    seriesUid: first.seriesUid,
    seriesNumber: first.seriesNumber,
    seriesDescription: first.seriesDescription,
    modality: first.modality,
    elements: first.kept(),
    // a frame of a file with many has no instance of its own
    images: images.flatMap(({ name, file, sopClass, instanceUid, position }) =>
      name === file && sopClass && instanceUid && position ? [{ sopClass, instance: instanceUid, position }] : [],
    ),
  };
}

/**
 * The series that these files hold, without their pixels, for `withDicomSource`.
 * @param series number, UID or end of the UID, where there are several
 * @throws SlicewiseError FORMAT for files that are no DICOM images, SERIES for several series
 */
export async function readDicomSource(files: readonly NamedBytes[], series?: string | number): Promise<DicomSource> {
  const images: DicomImage[] = [];
  for (const file of files) images.push(...(await parseDicomFile(file)).images);
  if (images.length > 0) return sourceOf(pickSeries(images, series).images);
  throw new SlicewiseError('FORMAT', {
    message: 'no DICOM image to derive a series from',
    expected: 'the folder of a DICOM series',
    got: files
      .map(({ name }) => name)
      .slice(0, 3)
      .join(', '),
  });
}
