import type { Measurement } from '../../volumes/measurement.js';
import { completeScan } from '../modalities/registry.js';
import type { RunRequest } from './request.js';

/**
 * The scan with everything that its modality's stages make. Nobody keeps it: once its numbers are on the backend it is garbage.
 * @param warn told what the stages told
 */
export async function completedScan(
  { scan, own, options: { signal, progress } }: RunRequest,
  warn: (text: string) => void,
): Promise<Measurement> {
  const out = await completeScan(scan, { options: own, signal, progress });
  const before = scan.meta.warnings ?? [];
  for (const text of out.meta.warnings ?? []) if (!before.includes(text)) warn(text);
  return out;
}
