/**
 * Names of WebGPU's objects, for compilers whose DOM library has none (TypeScript before 6): our declarations mention them. Empty here,
 * they become one with the real ones wherever these are, of the compiler or of `@webgpu/types`.
 */
declare global {
  /* eslint-disable @typescript-eslint/no-empty-object-type */
  interface GPU {}
  interface GPUAdapterInfo {}
  interface GPUBindGroup {}
  interface GPUBindGroupLayout {}
  interface GPUBuffer {}
  interface GPUCommandEncoder {}
  interface GPUComputePipeline {}
  interface GPUDevice {}
  interface GPUError {}
  /* eslint-enable @typescript-eslint/no-empty-object-type */
}

export {};
