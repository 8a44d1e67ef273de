import { basename } from 'node:path';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import { readDicomSource, type DicomSource } from '../../volumes/formats/dicom/source.js';
import type { Measurement } from '../../volumes/measurement.js';
import { isFolderName, writeVolumeFiles } from '../../volumes/open.js';
import { makeVolume } from '../../volumes/volume.js';
import type { Terminal } from './command.js';
import { readPath } from './streams.js';

/**
 * The series that DICOM outputs are derived from: the one that was named, or, of a simulated scan, the one it was simulated from, if that
 * is still where it was. A scan file holds its UID and path, and no person: patient and study come from the series itself.
 * @throws SlicewiseError ARGUMENT where nothing is written as DICOM, as the writer does for images that it does not take; as the reader
 *   does for a series that was named
 */
export async function seriesFor(
  outputs: readonly string[],
  named: string | undefined,
  scan: Pick<Measurement, 'meta' | 'grid'>,
  { note }: Pick<Terminal, 'note'>,
): Promise<DicomSource | undefined> {
  const dicom = outputs.filter((output) => isFolderName(output) || /\.(dcm|dicom|ima)$/i.test(output));
  if (dicom.length === 0 && named !== undefined) {
    throw new SlicewiseError('ARGUMENT', {
      message: '--derived-from is for DICOM outputs',
      expected: 'a folder as output, a name that ends in /',
      got: outputs.join(', '),
    });
  }
  if (dicom.length === 0) return undefined;
  // what cannot be written is told before the run, not after it
  const { shape, modality } = scan.grid;
  const probe = makeVolume(new Float32Array(shape[0]), [shape[0], 1, 1], { modality });
  for (const output of dicom) await writeVolumeFiles(isFolderName(output) ? 'probe/' : basename(output), probe);
  if (named !== undefined) return readDicomSource(await readPath(named));
  const { source, series } = (scan.meta.simulation ?? {}) as { readonly source?: unknown; readonly series?: unknown };
  if (typeof source !== 'string' || typeof series !== 'string') {
    note('the DICOM series gets a study of its own, without a patient (--derived-from FOLDER takes those of a series)');
    return undefined;
  }
  try {
    const found = await readDicomSource(await readPath(source), series);
    note(`the DICOM series is derived from ${source}: its patient and study are kept`);
    return found;
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    note(`the series that was scanned is not at ${source} any more: a study of its own, without a patient (--derived-from FOLDER)`);
    return undefined;
  }
}
