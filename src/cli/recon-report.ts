import { readInput } from '../../core/platform/files.js';
import { sha256 } from '../../core/sha256.js';
import { matchByAffine } from '../../volumes/match.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { Volume } from '../../volumes/volume.js';
import { compareVolumes } from '../metrics/index.js';
import type { ReconstructionResult } from '../reconstruct.js';
import { renderMontage, renderReport, type InputRecord, type Manifest } from '../report/index.js';

/** The part of the reference that the reconstruction shows, voxel for voxel. */
export const matchReference = (volume: Volume, reference: Volume): Volume => matchByAffine(volume, reference).region;

/** Name, size and hash of what was read. */
export async function inputRecord(path: string): Promise<InputRecord> {
  const files = await readInput(path);
  const hashes = await Promise.all(files.map((file) => sha256(file.bytes)));
  const all = hashes.length === 1 ? hashes[0] : await sha256(new TextEncoder().encode(hashes.join('\n')));
  return { name: path, bytes: files.reduce((sum, file) => sum + file.bytes.byteLength, 0), sha256: all };
}

/** Manifest, page and montage of one run. */
export function reportOf(run: {
  readonly path: string;
  readonly scan: Measurement;
  readonly method: string;
  readonly result: ReconstructionResult;
  readonly reference?: Volume;
}): { manifest: Manifest; html(): string; png(): Uint8Array } {
  const { path, method, result, reference } = run;
  const metrics = reference && compareVolumes(result.volume, reference);
  // resident memory of the whole process at its peak, workers included
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const manifest: Manifest = { ...result.manifest, peakBytes, metrics: metrics ?? null };
  const { volume, events } = result;
  const seconds = manifest.timings.totalSeconds;
  const panels = { results: [{ name: method, volume, events, metrics, seconds, peakBytes }], reference };
  return {
    manifest,
    html: () => renderReport({ ...panels, title: `${method} of ${path}`, manifest, warnings: manifest.warnings }),
    png: () => renderMontage(panels),
  };
}
