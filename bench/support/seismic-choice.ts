import { createBackend, reconstruct } from '../../src/index.js';
import { heldOutChoice } from '../../src/engine/judge/record.js';
import type { TraceGrid } from '../../src/modalities/seismic/classical/grid.js';
import { traces } from '../../volumes/kinds/traces/kind.js';

export interface TrialChoice {
  readonly data: Float32Array;
  /** What was chosen: 'slope', 'slope × 0.6 + pocs × 0.4'. */
  readonly text: string;
  /** dB on hidden traces, by which it was chosen. */
  readonly expected: number;
}

/** What `recon --method auto` makes of a grid. */
export async function chosenByTrials({ data, shape, live }: TraceGrid, candidates: readonly string[]): Promise<TrialChoice> {
  const mask = { data: Float32Array.from(live), shape: shape.slice(0, 2), dtype: 'float32' as const };
  const scan = {
    kind: traces.name,
    data,
    shape,
    dtype: 'float32' as const,
    geometry: {},
    noise: { type: 'none' as const },
    arrays: { mask },
    meta: {},
  };
  const backend = createBackend({ workers: 1 });
  try {
    const run = reconstruct(
      { ...scan, grid: traces.grid!({}, shape) },
      { method: 'auto', methodOptions: { candidates: candidates.join(',') }, seed: 1, backend },
    );
    const { volume, manifest } = await run.result();
    return { data: volume.data, text: heldOutChoice(manifest.heldOut!), expected: manifest.heldOut!.snr };
  } finally {
    await backend.dispose();
  }
}
