import type { CallName } from './protocol.js';

/** Names of the calls; the compiler sees that none is missing. */
export const CALLS: readonly CallName[] = Object.keys({
  about: 0,
  open: 0,
  given: 0,
  sample: 0,
  data: 0,
  form: 0,
  start: 0,
  stop: 0,
  write: 0,
  report: 0,
  scanFile: 0,
  files: 0,
} satisfies { [name in CallName]: 0 }) as CallName[];
