/** Where ONNX Runtime runs a network. onnxruntime-node bundles cpu and webgpu; cuda needs its own libraries (README). */
export const providers = ['cpu', 'cuda', 'webgpu'] as const;

export type Provider = (typeof providers)[number];
