import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, describeSpace, sameSpace, sliceSize, type Space } from '../../core/space.js';
import type { Field } from '../backend.js';
import type { CpuBackend } from './backend.js';
import type { SlabSet } from './queue.js';

/** A raw block of memory in every slab of a set, for tables and scratch of operators. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
  /** Gives its memory back. */
  free(): void;
}

/** A Field on the CPU: an address, the same in every slab of its set. */
export class CpuField implements Field {
  disposed = false;
  constructor(
    readonly backend: CpuBackend,
    readonly space: Space,
    readonly set: SlabSet,
    readonly address: number,
  ) {}

  /** Floats of the field in one slab, a multiple of 4. */
  get floats(): number {
    return this.elements * this.set.layout.lanes;
  }
  /** Real values of one slice. */
  get elements(): number {
    return sliceSize(this.space) * componentsOf(this.space);
  }
  /** As `Field.dispose`. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.set.free(this.address);
  }
}

/** The field as ours. @throws BACKEND for another backend's, or a disposed one */
export function own(field: Field): CpuField {
  if (!(field instanceof CpuField)) {
    throw new SlicewiseError('BACKEND', { message: `a field of another backend (${field.backend.name}) was given` });
  }
  if (field.disposed) throw new SlicewiseError('BACKEND', { message: 'a disposed field was used' });
  return field;
}

/** The field as ours, which must have the space of `like`. */
export function same(like: CpuField, field: Field): CpuField {
  const f = own(field);
  if (!sameSpace(like.space, f.space)) {
    throw new SlicewiseError('SHAPE', {
      message: 'fields of one operation differ',
      expected: describeSpace(like.space),
      got: describeSpace(f.space),
    });
  }
  return f;
}

/** @throws SHAPE for a complex field */
export function real(field: CpuField): CpuField {
  if (field.space.dtype === 'float32') return field;
  throw new SlicewiseError('SHAPE', { message: 'this operation is for real fields', got: describeSpace(field.space) });
}

/** @throws SHAPE for a real field */
export function complex(field: CpuField): CpuField {
  if (field.space.dtype === 'complex64') return field;
  throw new SlicewiseError('SHAPE', {
    message: 'this operation is for complex fields',
    got: describeSpace(field.space),
  });
}

/** The CPU field behind a Field of this space. */
export function cpuField(field: Field, space: Space): CpuField {
  const f = own(field);
  if (sameSpace(f.space, space)) return f;
  throw new SlicewiseError('SHAPE', { expected: describeSpace(space), got: describeSpace(f.space) });
}
