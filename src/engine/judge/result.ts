import { makeVolume } from '../../../volumes/volume.js';
import type { ReconstructionResult } from '../reconstruct.js';
import type { RunRequest } from '../request.js';
import { weightedSum } from '../../../core/linear-algebra/blend.js';
import type { HeldOutRecord } from './record.js';

/**
 * The result with how well its method predicted what was hidden.
 * @param trialSeconds that trials took; the total has them too
 */
export function withRecord(
  result: ReconstructionResult,
  heldOut: HeldOutRecord | undefined,
  warnings: readonly string[],
  trialSeconds: number,
): ReconstructionResult {
  const { manifest } = result;
  const told = warnings.filter((text) => !manifest.warnings.includes(text));
  const timings = sumOf([manifest.timings, { totalSeconds: trialSeconds, trialSeconds }]);
  return { ...result, manifest: { ...manifest, timings, warnings: [...manifest.warnings, ...told], heldOut: heldOut ?? null } };
}

type Timings = ReconstructionResult['manifest']['timings'];

/** Stage by stage. */
function sumOf(timings: readonly Timings[]): Timings {
  const sum: Timings = { totalSeconds: 0 };
  for (const each of timings) for (const [stage, seconds] of Object.entries(each)) sum[stage] = (sum[stage] ?? 0) + seconds;
  return sum;
}

/** Σ w x of several results on one grid, with the manifest of the first; one result as it is. */
export function blendOfResults(
  { physics, scan }: RunRequest,
  results: readonly ReconstructionResult[],
  weights: readonly number[],
): ReconstructionResult {
  const [first] = results;
  if (results.length === 1) return first;
  const sum = weightedSum(results.map(({ volume }, n) => ({ weight: weights[n], data: volume.data })));
  const data = physics.finish?.(sum, scan) ?? sum;
  const { volume, manifest } = first;
  const parts = results.map(({ manifest: { method } }, n) => ({ ...method, weight: weights[n] }));
  return {
    volume: makeVolume(data, volume.shape, volume),
    events: results.flatMap(({ events }) => events),
    manifest: {
      ...manifest,
      method: { name: 'blend', options: { parts } },
      timings: sumOf(results.map(({ manifest: { timings } }) => timings)),
    },
  };
}
