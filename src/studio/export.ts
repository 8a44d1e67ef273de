import { zipSync } from 'fflate';
import type { NamedBytes } from '../../volumes/format.js';
import { writeVolumeFiles } from '../../volumes/open.js';
import type { Volume } from '../../volumes/volume.js';
import { VERSION } from '../version.js';

/** Ending of a DICOM series in one file, which a page can save: the folder that it is elsewhere, zipped. */
export const SERIES = '.dicom.zip';

/**
 * A volume as the files that a page saves.
 * @param name its ending chooses the format; with `SERIES` a zip file that holds a folder of slices
 * @param method what made it, for files that keep that
 * @throws SlicewiseError as `writeVolumeFiles`
 */
export async function writeExport(name: string, volume: Volume, method: string): Promise<readonly NamedBytes[]> {
  if (!name.endsWith(SERIES)) return writeVolumeFiles(name, volume, volume.dtype === 'complex64' ? { dtype: volume.dtype } : {});
  const derived = { ...volume, meta: { ...volume.meta, derivation: `slicewise ${VERSION}: reconstruction by ${method}` } };
  const files = await writeVolumeFiles(`${name.slice(0, -SERIES.length)}/`, derived);
  const zipped = zipSync(Object.fromEntries(files.map((file) => [file.name, file.bytes])), { level: 3 });
  return [{ name, bytes: zipped }];
}
