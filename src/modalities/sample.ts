import type { Backend } from '../../compute/backend.js';
import type { Measurement } from '../../volumes/measurement.js';

/** A small simulated scan of a modality, made on the spot in a second or so. */
export interface Sample {
  /** For people: 'a chest from 24 views'. */
  readonly words: string;
  /** The command that makes the same file, where there is one. */
  readonly line?: string;
  /** Same bits every time. @param backend of the CPU; stays the caller's */
  make(backend: Backend): Promise<Measurement>;
}
