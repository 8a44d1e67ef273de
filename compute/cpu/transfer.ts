import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, describeSpace, sizeOf, sliceSize } from '../../core/space.js';
import type { CpuBackend } from './backend.js';
import type { CpuField } from './field.js';
import { vectorKernel } from './vector.generated.js';

/** Data in C order → lanes, four slices of a slab at a time. */
export async function writeField(backend: CpuBackend, f: CpuField, data: Float32Array): Promise<void> {
  const { set } = f;
  const expected = sizeOf(f.space) * componentsOf(f.space);
  if (data.length !== expected) {
    throw new SlicewiseError('SHAPE', {
      message: 'data do not fit the field',
      expected: `${expected} floats for ${describeSpace(f.space)}`,
      got: `${data.length}`,
    });
  }
  const { elements } = f;
  const { lanes, slabs } = set.layout;
  const staging = backend.block(f.space, 4 * elements * 4);
  for (let lane = 0; lane < lanes; lane += 4) {
    const valid = slabs.map((s) => Math.max(0, Math.min(4, s.count - lane)));
    if (valid.every((n) => n === 0)) break;
    for (const group of messages(slabs, 4 * elements * 4)) {
      const part = new Map<number, Uint8Array>();
      for (const { index, first } of group) {
        if (valid[index] === 0) continue;
        const floats = data.slice((first + lane) * elements, (first + lane + valid[index]) * elements);
        part.set(index, new Uint8Array(floats.buffer));
      }
      backend.queue.operation(set, { op: 'poke', address: staging.address, data: part, given: true });
      await backend.queue.flush();
    }
    const args = [staging.address, f.address, sliceSize(f.space), componentsOf(f.space), lanes, lane, { each: valid }];
    backend.queue.call(set, vectorKernel, 'interleave', args);
  }
  await backend.queue.flush();
  staging.free();
}

/** Lanes → data in C order, four slices of a slab at a time. */
export async function readField(backend: CpuBackend, f: CpuField): Promise<Float32Array> {
  const { set, elements } = f;
  const { lanes, slabs } = set.layout;
  const out = new Float32Array(sizeOf(f.space) * componentsOf(f.space));
  const staging = backend.block(f.space, 4 * elements * 4);
  for (let lane = 0; lane < lanes; lane += 4) {
    const valid = slabs.map((s) => Math.max(0, Math.min(4, s.count - lane)));
    if (valid.every((n) => n === 0)) break;
    const args = [f.address, staging.address, sliceSize(f.space), componentsOf(f.space), lanes, lane, { each: valid }];
    backend.queue.call(set, vectorKernel, 'deinterleave', args);
    for (const group of messages(slabs, 4 * elements * 4)) {
      backend.queue.step(async (queue) => {
        const wanted = group.map(({ index }) => index);
        const tag = queue.peek(set, staging.address, 4 * elements * 4, wanted);
        await queue.send();
        for (const [index, bytes] of queue.take(tag)) {
          const floats = new Float32Array(bytes.buffer, bytes.byteOffset, valid[index] * elements);
          out.set(floats, (slabs[index].first + lane) * elements);
        }
      });
      await backend.queue.flush();
    }
  }
  staging.free();
  return out;
}

/** Slabs in groups whose messages stay small: what is on its way exists twice, and a volume in flight would count as another field. */
function* messages<S>(slabs: readonly S[], bytes: number): Generator<readonly S[]> {
  const size = Math.max(1, Math.floor(MESSAGE_BYTES / bytes));
  for (let at = 0; at < slabs.length; at += size) yield slabs.slice(at, at + size);
}

const MESSAGE_BYTES = 16 * 2 ** 20;
