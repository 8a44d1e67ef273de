import { SlicewiseError } from '../../core/errors.js';

/** A device and what is known of the adapter behind it. */
export interface OpenDevice {
  readonly device: GPUDevice;
  /** What the adapter calls itself: 'nvidia ampere …'. */
  readonly name: string;
  /** It computes on the processor (SwiftShader, llvmpipe): right, and a hundred times slower than a GPU. */
  readonly software: boolean;
}

/**
 * The fastest adapter's device, with the limits of the adapter itself (WebGPU's defaults stop at 128 MiB a binding) and the features that
 * kernels and networks can use.
 * @param gpu navigator.gpu in a page; in Node, what core/platform/webgpu.ts opens
 * @throws SlicewiseError BACKEND where there is no adapter, or it gives no device
 */
export async function openDevice(gpu: GPU): Promise<OpenDevice> {
  const adapter = await gpu.requestAdapter(FASTEST);
  if (!adapter) {
    throw new SlicewiseError('BACKEND', {
      message: 'WebGPU finds no adapter',
      expected: 'a GPU with a Vulkan, Metal or Direct3D 12 driver',
      hint: 'install the driver of the GPU (on Linux also libvulkan1), or use --backend cpu; `slicewise backends` lists what there is',
    });
  }
  const limits: Record<string, number> = {};
  for (const name of LIMITS) {
    const value = adapter.limits[name];
    if (value !== undefined) limits[name] = value; // an older browser knows fewer
  }
  try {
    const device = await adapter.requestDevice({
      label: 'slicewise',
      requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: limits,
    });
    return { device, ...describeAdapter(adapter.info) };
  } catch (cause) {
    const { name } = describeAdapter(adapter.info);
    throw new SlicewiseError('BACKEND', { message: `the adapter ${name} gives no device`, got: String(cause), cause });
  }
}

/** Name and kind of an adapter. */
export function describeAdapter(info: GPUAdapterInfo | undefined): { name: string; software: boolean } {
  const { vendor = '', architecture = '', device = '', description = '' } = info ?? {};
  const name = [vendor, architecture, device, description].filter(Boolean).join(' ') || 'unnamed adapter';
  const software = /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(name);
  return { name, software: software || info?.isFallbackAdapter === true };
}

/** What an adapter is and may do. */
export interface AdapterFacts {
  readonly name: string;
  readonly software: boolean;
  /** Bytes, and buffers of one kernel, at most. */
  readonly limits: {
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxStorageBuffersPerShaderStage: number;
    readonly maxComputeWorkgroupStorageSize: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
  };
  /** Of those that kernels and networks can use. */
  readonly features: readonly string[];
}

/**
 * The adapters that WebGPU tells of; the first is the one that `openDevice` takes. It has no list of all, so each is asked for in its way.
 */
export async function listAdapters(gpu: GPU): Promise<AdapterFacts[]> {
  const found = new Map<string, AdapterFacts>();
  for (const wish of WISHES) {
    const adapter = await gpu.requestAdapter(wish);
    if (!adapter) continue;
    const described = describeAdapter(adapter.info);
    if (found.has(described.name)) continue;
    const { limits, features } = adapter;
    found.set(described.name, {
      ...described,
      limits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
        maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      },
      features: FEATURES.filter((feature) => features.has(feature)),
    });
  }
  return [...found.values()];
}

const FASTEST: GPURequestAdapterOptions = { powerPreference: 'high-performance' };
const WISHES: readonly GPURequestAdapterOptions[] = [FASTEST, { powerPreference: 'low-power' }, { forceFallbackAdapter: true }];

const FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;
