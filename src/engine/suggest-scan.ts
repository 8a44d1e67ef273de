import { arrayFormats } from '../../volumes/array-formats.js';
import type { NamedBytes } from '../../volumes/format.js';
import type { Volume } from '../../volumes/volume.js';
import type { ScanSuggestion } from '../modalities/reading.js';
import { modalities } from '../modalities/registry.js';

/**
 * What a plain array that was read as a volume could be as a scan, if only that were said: options of `readScan` that work, one suggestion
 * a modality that has one. Nothing for files that say what they are.
 */
export async function suggestScan(files: readonly NamedBytes[], volume: Volume, dataset?: string): Promise<ScanSuggestion[]> {
  const format = arrayFormats.entries().find(([, { sniff }]) => sniff(files[0].bytes))?.[1];
  const plain = volume.meta.warnings?.some((text) => text.includes('no voxel size'));
  if (!format || !plain) return [];
  const arrays = (await format.list(files)).filter(({ numeric }) => numeric);
  const wide = arrays.filter(({ shape }) => shape.filter((n) => n > 1).length > 1);
  const array = wide.length === 1 ? wide[0] : wide.find(({ path }) => path === dataset);
  if (!array) return [];
  return modalities.entries().flatMap(([, { reading }]) => reading?.suggest?.(array, arrays) ?? []);
}
