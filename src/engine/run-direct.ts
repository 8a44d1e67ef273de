import { inPhase } from '../../core/phases.js';
import type { DirectMethod } from '../modalities/modality.js';
import { completedScan } from './completed.js';
import { toVolume } from './images.js';
import type { ReconstructionResult } from './reconstruct.js';
import { directCall, type RunRequest } from './request.js';
import { runManifest } from './run-record.js';

/** A method that is no iteration. */
export async function runDirect(request: RunRequest, direct: DirectMethod, warnings: string[]): Promise<ReconstructionResult> {
  const started = performance.now();
  const { grid, physics, method, options } = request;
  const scan = await completedScan(request, (text) => warnings.push(text));
  const image = await inPhase(options, method.name, () => direct.run(scan, grid, directCall(request)));
  const volume = toVolume(request, image.data, image.units);
  warnings.push(...(physics.doubts?.(volume, request.scan) ?? []));
  warnings.push(...(image.warnings ?? []));
  const seconds = (performance.now() - started) / 1000;
  const run = { settings: { ...method.settings, ...image.found }, map: image.map, source: 'direct', seconds };
  return { volume, events: [], manifest: await runManifest(request, warnings, run) };
}
