/**
 * The one error class of the project. Every failure a user can cause or meet carries a stable `code`,
 * what was expected, what was got, and the way out.
 *
 * @example
 * throw new SlicewiseError('GEOMETRY_ANGLES', {
 *   expected: '20 angles, one per view', got: '19 angles', hint: 'give --angles start:stop:step that covers every view' })
 */
export class SlicewiseError extends Error {
  readonly code: ErrorCode;
  readonly expected: string;
  readonly got: string;
  readonly hint: string;

  constructor(code: ErrorCode, parts: { message?: string; expected?: string; got?: string; hint?: string; cause?: unknown }) {
    const { expected = '', got = '', hint = '' } = parts;
    const text = [parts.message, expected && `expected ${expected}`, got && `got ${got}`].filter(Boolean).join('; ');
    super(hint ? `${text}. ${capitalise(hint)}.` : `${text}.`, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'SlicewiseError';
    this.code = code;
    this.expected = expected;
    this.got = got;
    this.hint = hint;
  }
}

/** Stable codes, one per kind of failure; a script may switch on them. */
export type ErrorCode =
  | 'ABORTED' // the caller's AbortSignal fired
  | 'ARGUMENT' // an option or argument is outside what is allowed
  | 'BACKEND' // a worker died, the device was lost, a kernel failed
  | 'BATCH' // some scans of a batch failed; its table says which and why
  | 'CHECKPOINT' // a checkpoint is missing, damaged or of another run
  | 'FILE_NOT_FOUND'
  | 'FILE_WRITE' // disk full, no permission; nothing half-written is left
  | 'FORMAT' // the bytes are not what the format demands (truncated, wrong magic, bomb)
  | 'FORMAT_UNSUPPORTED' // a valid file with a feature we do not read
  | 'GEOMETRY' // geometry and data do not fit together, or the geometry is impossible
  | 'MEMORY' // the run cannot fit
  | 'MODEL' // a card or weights are wrong, missing or do not match
  | 'NOT_FINITE' // NaN or Inf in data
  | 'RUNTIME_MISSING' // an optional dependency is not installed
  | 'SERIES' // a DICOM series is ambiguous, gapped, tilted
  | 'SHAPE' // shapes or dtypes of fields, volumes, operators differ
  | 'SIGMA_RANGE' // a noise level outside the prior's card
  | 'UNITS'; // HU, attenuation and arbitrary units mixed up

/** True for our own errors, also across duplicated module instances. */
export function isSlicewiseError(error: unknown): error is SlicewiseError {
  return error instanceof Error && error.name === 'SlicewiseError' && 'code' in error;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '');
}
