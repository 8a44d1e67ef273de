/** A WebGPU device of this machine, opened by Dawn (package `webgpu`). */
export interface WebGpu {
  readonly gpu: GPU;
  readonly device: GPUDevice;
  /** What the adapter calls itself. */
  readonly name: string;
  /** It computes on the processor: right, and a hundred times slower than a GPU. */
  readonly software: boolean;
  close(): void;
}

/** The device of the fastest adapter, with all it can do; undefined where there is no adapter. */
export async function openWebGpu(): Promise<WebGpu | undefined> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  copyShared();
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }); // as ONNX Runtime asks
  if (!adapter) return undefined;
  const { vendor, architecture, device: model, description } = adapter.info;
  const name = [vendor, model, description].filter(Boolean).join(' ');
  const software = /swiftshader|llvmpipe|lavapipe/i.test(`${name} ${architecture}`);
  const restore = software ? pauseBetweenPolls() : () => undefined;
  const device = await adapter.requestDevice({
    requiredFeatures: (['shader-f16', 'subgroups'] as GPUFeatureName[]).filter((f) => adapter.features.has(f)),
    requiredLimits: limits(adapter),
  });
  const close = (): void => {
    device.destroy();
    restore();
  };
  return { gpu, device, name, software, close };
}

const LIMITS = [
  'maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupSizeX', 'maxComputeWorkgroupSizeY', 'maxComputeWorkgroupSizeZ',
] as const; // prettier-ignore

const limits = (adapter: GPUAdapter): { [name: string]: number } =>
  Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));

/**
 * ONNX Runtime's WebAssembly memory is shared, and Dawn's Node binding refuses views of shared memory (pages take them): copies them first.
 */
function copyShared(): void {
  type Write = (
    this: GPUQueue,
    buffer: GPUBuffer,
    at: number,
    data: ArrayBufferLike | Uint8Array,
    from?: number,
    size?: number,
  ) => undefined;
  const queue = GPUQueue.prototype as unknown as { writeBuffer: Write & { copies?: true } };
  const write = queue.writeBuffer;
  if (write.copies) return;
  const copying: Write = function (buffer, at, data, from = 0, size) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    if (!(view.buffer instanceof SharedArrayBuffer)) return write.call(this, buffer, at, data, from, size);
    return write.call(this, buffer, at, view.slice(from, size === undefined ? undefined : from + size));
  };
  queue.writeBuffer = Object.assign(copying, { copies: true as const });
}

/**
 * Dawn's Node binding asks for news in an endless chain of setImmediate, which takes a whole processor away from a driver that computes there:
 * 2 ms between two questions halve the processor time.
 */
function pauseBetweenPolls(): () => void {
  const immediate = globalThis.setImmediate;
  const later = (f: (...rest: unknown[]) => void, ...rest: unknown[]): unknown => setTimeout(f, 2, ...rest);
  globalThis.setImmediate = later as unknown as typeof setImmediate;
  return () => {
    globalThis.setImmediate = immediate;
  };
}
