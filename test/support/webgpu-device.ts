import { openDevice, type OpenDevice } from '../../compute/webgpu/device.js';
import { isSlicewiseError } from '../../core/errors.js';
import { openGpu, pauseBetweenPolls } from '../../core/platform/webgpu.js';

/** A WebGPU device of this machine, without a backend on it. */
export interface WebGpu extends OpenDevice {
  readonly gpu: GPU;
  close(): void;
}

/** The device of the fastest adapter, with all it can do; undefined where there is no adapter. */
export async function openWebGpu(): Promise<WebGpu | undefined> {
  const gpu = await openGpu();
  try {
    const opened = await openDevice(gpu);
    const restore = opened.software ? pauseBetweenPolls() : () => undefined;
    const close = (): void => {
      opened.device.destroy();
      restore();
    };
    return { gpu, ...opened, close };
  } catch (error) {
    if (isSlicewiseError(error) && error.code === 'BACKEND') return undefined;
    throw error;
  }
}
