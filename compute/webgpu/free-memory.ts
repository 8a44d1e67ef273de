import { USAGE } from './pool.js';

/**
 * How many of these bytes the device gives at this moment: WebGPU does not tell how much memory is free, so they are allocated in portions,
 * and freed at once. Nothing touches them, which is cheap on a GPU; a software adapter fills them, so do not ask it for more than the
 * machine has.
 */
export async function tryMemory(device: GPUDevice, bytes: number, portion = PORTION): Promise<number> {
  const most = Math.floor(Math.min(portion, device.limits.maxBufferSize) / 4) * 4;
  const buffers: GPUBuffer[] = [];
  let given = 0;
  while (given < bytes) {
    const size = Math.ceil(Math.min(most, bytes - given) / 4) * 4;
    device.pushErrorScope('out-of-memory');
    const buffer = device.createBuffer({ label: 'memory trial', size, usage: USAGE.storage });
    const failed = await device.popErrorScope();
    if (failed) break;
    buffers.push(buffer);
    given += size;
  }
  for (const buffer of buffers) buffer.destroy();
  await device.queue.onSubmittedWorkDone(); // drivers free what was destroyed when they next look
  return Math.min(given, bytes);
}

/** Large enough to be few, small enough to say how much there is. */
const PORTION = 2 ** 28;
