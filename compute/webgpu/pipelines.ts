import { bindingsOf, shaderOf, type Alias, type Kernel } from './kernel.js';
import type { DeviceBuffer } from './pool.js';

/** A compiled variant of a kernel. */
export interface Pipeline {
  readonly id: number;
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Values of WGSL `override` constants. */
export type Constants = Readonly<Record<string, number>>;

const COMPUTE = 4; // GPUShaderStage.COMPUTE

/**
 * Compiles every variant of a kernel once, and keeps the bind groups of recent dispatches: iterations bind the same buffers over and over.
 */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #groups = new Map<string, GPUBindGroup>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get(kernel: Kernel, aliases: Readonly<Record<string, Alias>>, constants: Constants): Pipeline {
    const variant = Object.entries(aliases).map(([name, alias]) =>
      alias === 'own' ? '' : `${name}=${typeof alias === 'object' ? alias.same : ''}`,
    );
    const values = Object.entries(constants).map(([name, value]) => `${name}:${value}`);
    const key = `${kernel.id} ${variant.join()} ${values.join()}`;
    let found = this.#pipelines.get(key);
    if (!found) this.#pipelines.set(key, (found = this.#compile(kernel, aliases, constants)));
    return found;
  }

  #compile(kernel: Kernel, aliases: Readonly<Record<string, Alias>>, constants: Constants): Pipeline {
    const device = this.#device;
    const label = kernel.name;
    const storage = bindingsOf(kernel, aliases).map(({ writable }, i): GPUBindGroupLayoutEntry => {
      const type = writable ? 'storage' : 'read-only-storage';
      return { binding: i + 1, visibility: COMPUTE, buffer: { type } };
    });
    const uniform: GPUBindGroupLayoutEntry = {
      binding: 0,
      visibility: COMPUTE,
      buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: kernel.layout.words * 4 },
    };
    const layout = device.createBindGroupLayout({ label, entries: [uniform, ...storage] });
    const module = device.createShaderModule({ label, code: shaderOf(kernel, aliases) });
    const pipeline = device.createComputePipeline({
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: kernel.entry, constants: { ...constants } },
    });
    return { id: this.#pipelines.size, kernel, pipeline, layout };
  }

  group(pipeline: Pipeline, params: GPUBuffer, buffers: readonly DeviceBuffer[]): GPUBindGroup {
    const key = `${pipeline.id}:${buffers.map(({ id }) => id).join()}`;
    let found = this.#groups.get(key);
    if (found) return found;
    if (this.#groups.size >= MOST_GROUPS) this.#groups.clear();
    found = this.#device.createBindGroup({
      layout: pipeline.layout,
      entries: [
        { binding: 0, resource: { buffer: params, size: pipeline.kernel.layout.words * 4 } },
        ...buffers.map(({ buffer }, i) => ({ binding: i + 1, resource: { buffer } })),
      ],
    });
    this.#groups.set(key, found);
    return found;
  }

  /** Bind groups keep their buffers alive. */
  forgetGroups(): void {
    this.#groups.clear();
  }
}

const MOST_GROUPS = 4096;
