import { SlicewiseError, type ErrorCode } from '../core/errors.js';

/**
 * What a user's function that should only queue (`Queued`) has returned. A promise would leave its caller with fields that are not written
 * yet: the compiler refuses it, and so does this where the compiler was not asked.
 * @param what for the message: "apply of the operator 'blur'"
 * @param hint the way out
 * @throws SlicewiseError `code` for a promise
 */
export function requireQueued(given: unknown, what: string, hint: string, code: ErrorCode = 'ARGUMENT'): void {
  if (typeof (given as PromiseLike<unknown> | undefined)?.then !== 'function') return;
  (given as PromiseLike<unknown>).then(undefined, () => undefined); // its failure would be nobody's
  throw new SlicewiseError(code, {
    message: `${what} returned a promise, which nothing waits for`,
    expected: 'a function that only queues, and returns nothing',
    got: 'a promise',
    hint,
  });
}
