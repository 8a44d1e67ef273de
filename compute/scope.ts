import { SlicewiseError } from '../core/errors.js';
import type { Scalars } from './backend.js';

/** The scopes of a backend that are open: what `Backend.scope` is made of. */
export class Scopes {
  readonly #open: Set<Scalars>[] = [];

  /** Every new scalar belongs to the innermost scope; to none outside of all. */
  add(scalars: Scalars): void {
    this.#open.at(-1)?.add(scalars);
  }

  /** @throws SlicewiseError ARGUMENT when `body` gives a promise: what it makes later would belong to another scope */
  run<T>(body: () => T): T {
    const made = new Set<Scalars>();
    this.#open.push(made);
    let kept: readonly unknown[] = [];
    try {
      const result = body();
      if (typeof (result as { then?: unknown } | undefined)?.then === 'function') {
        throw new SlicewiseError('ARGUMENT', {
          message: 'a scope of scalars ends when its function returns',
          expected: 'a function that only queues',
          got: 'a promise',
          hint: 'dispose of scalars that live longer one by one',
        });
      }
      kept = typeof result === 'object' && result !== null ? [result, ...Object.values(result)] : [];
      return result;
    } finally {
      this.#open.pop();
      for (const scalars of made) {
        if (kept.includes(scalars)) this.add(scalars);
        else scalars.dispose();
      }
    }
  }
}

/** Scalars that were disposed of may still be in the queue, but no new operation may use them. */
export const disposedScalars = (): SlicewiseError =>
  new SlicewiseError('BACKEND', {
    message: 'disposed scalars were used',
    hint: 'scalars made in a scope live on only where its function returns them',
  });
