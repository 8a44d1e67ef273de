import type { Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, type Space } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';
import { fieldOperator, type FieldOperatorOptions } from './field-operator.js';

interface Derivation extends Omit<FieldOperatorOptions, 'bytes' | 'dispose' | 'apply' | 'adjoint' | 'normal'> {
  /** Fields for intermediate results: they come into being with the first use. */
  readonly scratch?: readonly Space[];
  apply(x: Field, y: Field, scratch: readonly Field[]): void;
  adjoint(y: Field, x: Field, scratch: readonly Field[]): void;
  normal?(x: Field, out: Field, scratch: readonly Field[]): void;
}

/** Operators that went with one they were part of: one that stands in several, or twice in one, goes once. */
const gone = new WeakSet<LinearOperator>();

/** An operator made of others, which go with it. It mixes slices where one of them does. */
export function derived(parts: readonly LinearOperator[], options: Derivation): LinearOperator {
  const { backend } = parts[0];
  if (parts.some((part) => part.backend !== backend)) {
    throw new SlicewiseError('BACKEND', {
      message: `the parts of the operator '${options.name}' are on different backends`,
      got: parts.map((part) => `${part.name} on ${part.backend.name}`).join(', '),
    });
  }
  const spaces = options.scratch ?? [];
  const { normal } = options;
  let fields: Field[] | undefined;
  const scratch = (): readonly Field[] => (fields ??= spaces.map((space) => backend.field(space)));
  return fieldOperator(
    {
      coupling: parts.every((part) => part.coupling === 'slice') ? 'slice' : 'volume',
      ...options,
      apply: (x, y) => options.apply(x, y, scratch()),
      adjoint: (y, x) => options.adjoint(y, x, scratch()),
      normal: normal && ((x, out) => normal(x, out, scratch())),
      bytes: () => ({
        items: [
          ...[...new Set(parts)].flatMap((part) => part.bytes().items),
          ...spaces.map((space) => ({ what: `scratch of '${options.name}'`, bytes: bytesOf(space) })),
        ],
      }),
      dispose() {
        for (const field of fields ?? []) field.dispose();
        for (const part of parts) {
          if (gone.has(part)) continue;
          gone.add(part);
          part.dispose();
        }
      },
    },
    backend,
  );
}

/** @throws SlicewiseError ARGUMENT for none */
export function requireParts(what: string, parts: readonly LinearOperator[]): void {
  if (parts.length > 0) return;
  throw new SlicewiseError('ARGUMENT', { message: `${what} of no operators`, expected: 'at least one' });
}
