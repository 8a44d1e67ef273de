import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, describeSpace, sizeOf, sliceSize, slicesOf } from '../../core/space.js';
import { callHost, hostCalls, slicesFor, type HostStep, type SliceRange } from '../host.js';
import type { CpuBackend } from './backend.js';
import { own, type Block, type CpuField } from './field.js';
import type { CommandQueue } from './queue.js';
import { vectorKernel } from './vector.generated.js';

/** Slices of a slab that pass at once; the block they pass through holds as many. */
const AT_ONCE = 4;

/** Data in C order → lanes. */
export async function writeField(backend: CpuBackend, f: CpuField, data: Float32Array): Promise<void> {
  const expected = sizeOf(f.space) * componentsOf(f.space);
  if (data.length !== expected) {
    throw new SlicewiseError('SHAPE', {
      message: 'data do not fit the field',
      expected: `${expected} floats for ${describeSpace(f.space)}`,
      got: `${data.length}`,
    });
  }
  throughBlock(backend, [f], (queue, block) => put(queue, f, { first: 0, count: slicesOf(f.space) }, data, block));
  await backend.queue.flush();
}

/** Lanes → data in C order. */
export async function readField(backend: CpuBackend, f: CpuField): Promise<Float32Array> {
  let out = new Float32Array();
  throughBlock(backend, [f], async (queue, block) => {
    out = await take(queue, f, { first: 0, count: slicesOf(f.space) }, block);
  });
  await backend.queue.flush();
  return out;
}

/** Queues `Backend.host`. */
export function hostStep(backend: CpuBackend, step: HostStep): void {
  const [inputs, outputs] = [step.inputs.map(own), step.outputs.map(own)];
  const calls = hostCalls(step);
  throughBlock(backend, [...inputs, ...outputs], async (queue, block) => {
    for (const call of calls) {
      const arrays: Float32Array[] = [];
      for (const f of inputs) arrays.push(await take(queue, f, slicesFor(f, step, call), block));
      const given = await callHost(step, arrays, call);
      for (const [i, f] of outputs.entries()) await put(queue, f, slicesFor(f, step, call), given[i], block);
    }
  });
}

/** Queues a step in which data of these fields may pass through a block in the slabs of each. */
function throughBlock(
  backend: CpuBackend,
  fields: readonly CpuField[],
  run: (queue: CommandQueue, block: (f: CpuField) => Block) => Promise<void>,
): void {
  const blocks = new Map([...new Set(fields)].map((f) => [f, backend.block(f.space, AT_ONCE * f.elements * 4)]));
  backend.queue.load(vectorKernel);
  backend.queue.step((queue) => run(queue, (f) => blocks.get(f)!));
  for (const block of blocks.values()) block.free(); // what is queued from here on comes after the step
}

async function put(queue: CommandQueue, f: CpuField, range: SliceRange, data: Float32Array, block: (f: CpuField) => Block): Promise<void> {
  const { set, elements, space } = f;
  const { lanes, slabs } = set.layout;
  const { address } = block(f);
  for (const { lane, count } of portions(f, range)) {
    for (const group of messages(
      slabs.filter(({ index }) => count[index] > 0),
      AT_ONCE * elements * 4,
    )) {
      const part = new Map<number, Uint8Array>();
      for (const { index, first } of group) {
        const at = (first + lane[index] - range.first) * elements;
        part.set(index, new Uint8Array(data.slice(at, at + count[index] * elements).buffer));
      }
      queue.add(set, { op: 'poke', address, data: part, given: true });
      await queue.send();
    }
    const args = [address, f.address, sliceSize(space), componentsOf(space), lanes, { each: lane }, { each: count }];
    queue.add(set, { op: 'call', module: vectorKernel.name, fn: 'interleave', args });
  }
}

async function take(
  queue: CommandQueue,
  f: CpuField,
  range: SliceRange,
  block: (f: CpuField) => Block,
): Promise<Float32Array<ArrayBuffer>> {
  const { set, elements, space } = f;
  const { lanes, slabs } = set.layout;
  const { address } = block(f);
  const out = new Float32Array(range.count * elements);
  for (const { lane, count } of portions(f, range)) {
    const args = [f.address, address, sliceSize(space), componentsOf(space), lanes, { each: lane }, { each: count }];
    queue.add(set, { op: 'call', module: vectorKernel.name, fn: 'deinterleave', args });
    const bytes = AT_ONCE * elements * 4;
    for (const group of messages(
      slabs.filter(({ index }) => count[index] > 0),
      bytes,
    )) {
      const wanted = group.map(({ index }) => index);
      const tag = queue.peek(set, address, bytes, wanted);
      await queue.send();
      for (const [index, data] of queue.take(tag)) {
        const floats = new Float32Array(data.buffer, data.byteOffset, count[index] * elements);
        out.set(floats, (slabs[index].first + lane[index] - range.first) * elements);
      }
    }
  }
  return out;
}

/** A few slices of every slab at a time, for each slab the first lane and how many. */
function* portions({ set }: CpuField, { first, count }: SliceRange): Generator<{ lane: number[]; count: number[] }> {
  const { slabs } = set.layout;
  const from = slabs.map((s) => Math.max(0, first - s.first));
  const left = slabs.map((s, i) => Math.min(s.count, first + count - s.first) - from[i]);
  for (let done = 0; left.some((n) => n > done); done += AT_ONCE) {
    const part = left.map((n) => Math.max(0, Math.min(AT_ONCE, n - done)));
    yield { lane: from.map((lane, i) => (part[i] > 0 ? lane + done : 0)), count: part };
  }
}

/** Slabs in groups whose messages stay small: what is on its way exists twice, and a volume in flight would count as another field. */
function* messages<S>(slabs: readonly S[], bytes: number): Generator<readonly S[]> {
  const size = Math.max(1, Math.floor(MESSAGE_BYTES / bytes));
  for (let at = 0; at < slabs.length; at += size) yield slabs.slice(at, at + size);
}

const MESSAGE_BYTES = 16 * 2 ** 20;
