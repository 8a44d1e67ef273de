/** Where ONNX Runtime runs a network. onnxruntime-node bundles cpu and webgpu; cuda needs its own libraries (README). */
export const providers = ['cpu', 'cuda', 'webgpu'] as const;

/** Where ONNX Runtime works on the CPU backend. */
export type Provider = (typeof providers)[number];
