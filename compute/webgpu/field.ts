import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, describeSpace, sameSpace, sliceSize, slicesOf, type Space } from '../../core/space.js';
import type { Boundary, Field } from '../backend.js';
import type { WebGpuBackend } from './backend.js';
import { mib, type DeviceBuffer } from './pool.js';
import type { DeviceQueue } from './queue.js';

/** A run of whole slices in one buffer. */
export interface Chunk {
  /** First slice. */
  readonly first: number;
  readonly count: number;
}

/**
 * A Field on the GPU: float32 in C order, complex numbers as vec2<f32>, in as few buffers (chunks) as the device's binding limit allows,
 * each holding whole slices. Its memory is taken where the queue first comes to its use, and given back where the queue comes to its
 * disposal.
 */
export class WebGpuField implements Field {
  readonly chunks: readonly Chunk[];
  disposed = false;
  #buffers?: DeviceBuffer[];
  /** Chunks that must be cleared before their content matters. */
  #pending = new Set<number>();

  constructor(
    readonly backend: WebGpuBackend,
    readonly space: Space,
    private readonly queue: DeviceQueue,
    maxChunkBytes: number,
  ) {
    const bytes = this.elements * 4;
    if (bytes > maxChunkBytes) {
      throw new SlicewiseError('MEMORY', {
        message: `one slice of ${describeSpace(space)} does not fit into a buffer of the GPU`,
        expected: `at most ${mib(maxChunkBytes)} a slice`,
        got: mib(bytes),
        hint: 'use a coarser grid, or the CPU backend',
      });
    }
    const most = Math.floor(maxChunkBytes / bytes);
    const chunks: Chunk[] = [];
    for (let first = 0; first < this.slices; first += most) {
      chunks.push({ first, count: Math.min(most, this.slices - first) });
    }
    this.chunks = chunks;
  }

  get slices(): number {
    return slicesOf(this.space);
  }

  /** Floats of one slice. */
  get elements(): number {
    return sliceSize(this.space) * componentsOf(this.space);
  }

  /** Slices in every chunk but the last. */
  get perChunk(): number {
    return this.chunks[0].count;
  }

  /** As `Field.dispose`. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.queue.enqueue(() => {
      for (const buffer of this.#buffers ?? []) this.queue.pool.give(buffer);
      this.#buffers = undefined;
    });
  }

  // ---- in queue order ----

  /** The buffer of a chunk. `overwritten`: nothing reads what was there. */
  buffer(chunk: number, overwritten: boolean): DeviceBuffer {
    const buffers = (this.#buffers ??= this.#allocate());
    if (this.#pending.delete(chunk) && !overwritten) this.queue.clear(buffers[chunk]);
    return buffers[chunk];
  }

  #allocate(): DeviceBuffer[] {
    return this.chunks.map(({ count }, i) => {
      const { buffer, zero } = this.queue.pool.take(count * this.elements * 4, describeSpace(this.space));
      if (!zero) this.#pending.add(i);
      return buffer;
    });
  }
}

/** The field as ours. @throws BACKEND for another backend's, or a disposed one */
export function own(field: Field, backend: WebGpuBackend): WebGpuField {
  if (!(field instanceof WebGpuField) || field.backend !== backend) {
    throw new SlicewiseError('BACKEND', { message: `a field of another backend (${field.backend.name}) was given` });
  }
  if (field.disposed) throw new SlicewiseError('BACKEND', { message: 'a disposed field was used' });
  return field;
}

/** The field as ours, which must have the space of `like`. */
export function same(like: WebGpuField, field: Field): WebGpuField {
  const f = own(field, like.backend);
  if (sameSpace(like.space, f.space)) return f;
  throw new SlicewiseError('SHAPE', {
    message: 'fields of one operation differ',
    expected: describeSpace(like.space),
    got: describeSpace(f.space),
  });
}

/** @throws SHAPE for a complex field */
export function real(field: WebGpuField): WebGpuField {
  if (field.space.dtype === 'float32') return field;
  throw new SlicewiseError('SHAPE', { message: 'this operation is for real fields', got: describeSpace(field.space) });
}

/** @throws SHAPE for a real field */
export function complex(field: WebGpuField): WebGpuField {
  if (field.space.dtype === 'complex64') return field;
  throw new SlicewiseError('SHAPE', {
    message: 'this operation is for complex fields',
    got: describeSpace(field.space),
  });
}

/** The GPU field behind a Field of this space. @throws SHAPE, BACKEND */
export function webGpuField(field: Field, space: Space, backend: WebGpuBackend): WebGpuField {
  const f = own(field, backend);
  if (sameSpace(f.space, space)) return f;
  throw new SlicewiseError('SHAPE', { expected: describeSpace(space), got: describeSpace(f.space) });
}

/**
 * A field seen `by` slices further on: slice k shows slice k + by, at the ends the last slice (replicate) or the first again (periodic).
 */
export interface Shifted {
  readonly field: WebGpuField;
  readonly by: 1 | -1;
  readonly boundary: Boundary;
}

/** Consecutive slices that lie in one chunk of every field of an operation. */
export interface Piece {
  readonly first: number;
  readonly count: number;
  /** For each field its chunk and the slice within it. */
  readonly places: readonly { readonly chunk: number; readonly slice: number }[];
}

/** Cuts the slices from `begin` to before `end`, of `slices` that the fields have, into pieces of at most `most`. */
export function cutPieces(
  slices: number,
  views: readonly { readonly field: WebGpuField; readonly shift?: Shifted }[],
  most: number,
  begin = 0,
  end = slices,
): Piece[] {
  const pieces: Piece[] = [];
  for (let first = begin; first < end;) {
    let count = Math.min(end - first, most);
    const places = views.map(({ field, shift }) => {
      const wanted = first + (shift?.by ?? 0);
      const outside = wanted < 0 || wanted >= slices;
      const shown = !outside ? wanted : shift?.boundary === 'periodic' ? (wanted + slices) % slices : first;
      const chunk = Math.floor(shown / field.perChunk);
      const slice = shown - chunk * field.perChunk;
      count = Math.min(count, outside ? 1 : field.chunks[chunk].count - slice);
      return { chunk, slice };
    });
    pieces.push({ first, count, places });
    first += count;
  }
  return pieces;
}
