/** CPU seconds of a process after which an input counts as one that hangs. */
export const HANG = 20;
/** Bytes that a read may ask for: so many times the file, and so many more. */
export const TIMES = 20;
export const ALWAYS = 64 * 2 ** 20;

export interface Finding {
  readonly kind: 'raw error' | 'allocation' | 'crash' | 'hang';
  readonly n: number;
  readonly text: string;
}

/** What a process has done so far; `at` is the input that it reads. */
export interface Count {
  readonly at: number;
  readonly read: number;
  readonly refused: number;
  /** CPU milliseconds of the slowest input. */
  readonly slowest: number;
  readonly most: number;
}

/** What a process says: where it is, what it found, that it is done. */
export type Told = { readonly count: Count } | { readonly finding: Finding } | { readonly done: Count };
