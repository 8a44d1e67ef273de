import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, describeSpace, sizeOf } from '../../core/space.js';
import { callHost, hostCalls, slicesFor, type HostStep, type SliceRange } from '../host.js';
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

/** Of some slices, or all. */
function portionsOf(f: WebGpuField, { first: begin, count: wanted }: SliceRange = wholeOf(f)): Portion[] {
  const most = PORTION_BYTES / 4;
  return f.chunks.flatMap(({ first, count }, chunk) => {
    const [low, high] = [Math.max(begin, first), Math.min(begin + wanted, first + count)];
    const floats = Math.max(0, high - low) * f.elements;
    return Array.from({ length: Math.ceil(floats / most) }, (_, i) => {
      const done = i * most;
      const at = (low - first) * f.elements + done;
      return { chunk, at, from: (low - begin) * f.elements + done, length: Math.min(most, floats - done) };
    });
  });
}

const wholeOf = (f: WebGpuField): SliceRange => ({ first: 0, count: f.slices });

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
  queue.step(() => put(queue, f, wholeOf(f), data));
  await queue.flush();
}

/** Within a step. */
async function put(queue: DeviceQueue, f: WebGpuField, range: SliceRange, data: Float32Array): Promise<void> {
  const whole = range.count === f.slices;
  f.chunks.forEach((_, chunk) => f.buffer(chunk, whole));
  for (const [i, { chunk, at, from, length }] of portionsOf(f, range).entries()) {
    queue.upload(f.buffer(chunk, true), at * 4, data.subarray(from, from + length));
    if (i % 4 === 3) await queue.device.queue.onSubmittedWorkDone();
  }
}

/** Reads data in C order. */
export async function readField(queue: DeviceQueue, f: WebGpuField): Promise<Float32Array> {
  let out = new Float32Array(sizeOf(f.space) * componentsOf(f.space));
  if (portionsOf(f).length === 1) {
    const bytes = await readBuffer(queue, () => f.buffer(0, false), 0, out.byteLength);
    return new Float32Array(bytes);
  }
  queue.step(async () => {
    out = await fetchSlices(queue, f, wholeOf(f));
  });
  await queue.flush();
  return out;
}

/** Within a step. */
async function fetchSlices(queue: DeviceQueue, f: WebGpuField, range: SliceRange): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(range.count * f.elements);
  // the copy of one portion runs while the one before is taken over
  let before: Promise<void> = Promise.resolve();
  for (const { chunk, at, from, length } of portionsOf(f, range)) {
    const staging = copyOut(queue, f.buffer(chunk, false), at * 4, length * 4);
    queue.submit();
    const taken = take(staging, (bytes) => out.set(new Float32Array(bytes), from));
    taken.catch(() => undefined); // awaited below, perhaps after another failure
    await before;
    before = taken;
  }
  await before;
  return out;
}

/** Queues `Backend.host`. */
export function hostStep(queue: DeviceQueue, step: HostStep, inputs: readonly WebGpuField[], outputs: readonly WebGpuField[]): void {
  const calls = hostCalls(step);
  queue.step(async () => {
    for (const call of calls) {
      const arrays: Float32Array[] = [];
      for (const f of inputs) arrays.push(await fetchSlices(queue, f, slicesFor(f, step, call)));
      const given = await callHost(step, arrays, call);
      for (const [i, f] of outputs.entries()) await put(queue, f, slicesFor(f, step, call), given[i]);
    }
  });
}

/** A copy of bytes of a buffer as they are at this place of the queue, which does not wait for it. */
export async function readBuffer(queue: DeviceQueue, buffer: () => DeviceBuffer, at: number, bytes: number): Promise<ArrayBuffer> {
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
