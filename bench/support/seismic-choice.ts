import { createBackend, reconstruct } from '../../src/index.js';
import { heldOutChoice } from '../../src/engine/judge/record.js';
import type { TraceGrid } from '../../src/modalities/seismic/classical/grid.js';
import { scanOfGrid } from './seismic-scan.js';

export interface TrialChoice {
  readonly data: Float32Array;
  /** What was chosen: 'slope', 'slope × 0.6 + pocs × 0.4'. */
  readonly text: string;
  /** dB on hidden traces, by which it was chosen. */
  readonly expected: number;
}

/** What `recon --method auto` makes of a grid. */
export async function chosenByTrials(grid: TraceGrid, candidates: readonly string[]): Promise<TrialChoice> {
  const backend = createBackend({ workers: 1 });
  try {
    const methodOptions = { candidates: candidates.join(',') };
    const run = reconstruct(scanOfGrid(grid), { method: 'auto', methodOptions, seed: 1, backend });
    const { volume, manifest } = await run.result();
    return { data: volume.data, text: heldOutChoice(manifest.heldOut!), expected: manifest.heldOut!.snr };
  } finally {
    await backend.dispose();
  }
}
