import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, describeSpace, sizeOf } from '../../core/space.js';
import type { WebGpuField } from './field.js';
import { USAGE, type DeviceBuffer } from './pool.js';
import type { DeviceQueue } from './queue.js';

/** Data pass to and from the device in portions of this size: what is on its way exists twice. */
const PORTION_BYTES = 2 ** 24;

/** Floats of a field that lie together in a buffer. */
interface Portion {
  readonly chunk: number;
  /** In floats. */
  readonly at: number;
  readonly from: number;
  readonly length: number;
}

function portionsOf(f: WebGpuField): Portion[] {
  const most = PORTION_BYTES / 4;
  return f.chunks.flatMap(({ first, count }, chunk) => {
    const floats = count * f.elements;
    return Array.from({ length: Math.ceil(floats / most) }, (_, i) => {
      return { chunk, at: i * most, from: first * f.elements + i * most, length: Math.min(most, floats - i * most) };
    });
  });
}

/** Writes data in C order. */
export async function writeField(queue: DeviceQueue, f: WebGpuField, data: Float32Array): Promise<void> {
  const expected = sizeOf(f.space) * componentsOf(f.space);
  if (data.length !== expected) {
    throw new SlicewiseError('SHAPE', {
      message: 'data do not fit the field',
      expected: `${expected} floats for ${describeSpace(f.space)}`,
      got: `${data.length}`,
    });
  }
  queue.step(async () => {
    f.chunks.forEach((_, chunk) => f.buffer(chunk, true));
    for (const [i, { chunk, at, from, length }] of portionsOf(f).entries()) {
      queue.upload(f.buffer(chunk, true), at * 4, data.subarray(from, from + length));
      if (i % 4 === 3) await queue.device.queue.onSubmittedWorkDone();
    }
  });
  await queue.flush();
}

/** Reads data in C order. */
export async function readField(queue: DeviceQueue, f: WebGpuField): Promise<Float32Array> {
  const out = new Float32Array(sizeOf(f.space) * componentsOf(f.space));
  const portions = portionsOf(f);
  if (portions.length === 1) {
    const bytes = await readBuffer(queue, () => f.buffer(0, false), 0, out.byteLength);
    return new Float32Array(bytes);
  }
  queue.step(async () => {
    // the copy of one portion runs while the one before is taken over
    let before: Promise<void> = Promise.resolve();
    for (const { chunk, at, from, length } of portions) {
      const staging = copyOut(queue, f.buffer(chunk, false), at * 4, length * 4);
      queue.submit();
      const taken = take(staging, (bytes) => out.set(new Float32Array(bytes), from));
      taken.catch(() => undefined); // awaited below, perhaps after another failure
      await before;
      before = taken;
    }
    await before;
  });
  await queue.flush();
  return out;
}

/** A copy of bytes of a buffer as they are at this place of the queue, which does not wait for it. */
export async function readBuffer(
  queue: DeviceQueue,
  buffer: () => DeviceBuffer,
  at: number,
  bytes: number,
): Promise<ArrayBuffer> {
  let staging: GPUBuffer | undefined;
  let copy = new ArrayBuffer(0);
  await queue.point(
    () => (staging = copyOut(queue, buffer(), at, bytes)),
    () => take(staging!, (mapped) => (copy = mapped.slice(0))),
  );
  return copy;
}

function copyOut(queue: DeviceQueue, { buffer }: DeviceBuffer, at: number, bytes: number): GPUBuffer {
  const encoder = queue.encoder();
  const usage = USAGE.mapRead | USAGE.copyDestination;
  const staging = queue.device.createBuffer({ label: 'read-back', size: bytes, usage });
  encoder.copyBufferToBuffer(buffer, at, staging, 0, bytes);
  return staging;
}

async function take(staging: GPUBuffer, use: (bytes: ArrayBuffer) => void): Promise<void> {
  try {
    await staging.mapAsync(1); // GPUMapMode.READ
    use(staging.getMappedRange());
    staging.unmap();
  } finally {
    staging.destroy();
  }
}
