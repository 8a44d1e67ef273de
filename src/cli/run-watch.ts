import type { PhaseListener } from '../../core/phases.js';
import type { Volume } from '../../volumes/volume.js';

/** Who looks after a run that is one of many: lets it begin when there is memory for it, and hears how far it is. */
export interface RunWatch {
  /** Bytes that the run may take, where it can choose. */
  readonly memory: number;
  /** Kernels of the cpu backend, where all runs must have the same; default what the engine has. */
  readonly relaxed?: boolean;
  /** The run will take so many bytes, on kernels of this build. It goes on when the promise resolves, and fails when it rejects. */
  planned(bytes: number, build: string): Promise<void>;
  readonly phase: PhaseListener;
  step(step: { readonly done: number; readonly total: number; readonly residual?: number }): void;
  /** The result, for a picture of it. */
  done(volume: Volume | undefined): void;
}
