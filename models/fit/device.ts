import type { AdamStep } from './adam.js';

/** Parameters, Adam's mean of the gradients, and that of their squares: [parameter]. */
export interface FitVectors {
  readonly parameters: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/** A graph that goes to a device. */
export interface Device {
  readonly name: string;
  /** The ONNX file, with the inputs below and `parameters`, the outputs of the fit, `loss` and `gradient`. */
  readonly model: Uint8Array;
  readonly inputs: { readonly [name: string]: readonly number[] };
  readonly state: FitVectors;
}

/** One evaluation, and one step of Adam where it has one. */
export interface FitRun {
  /** Inputs that are others than before. */
  readonly given: { readonly [name: string]: Float32Array };
  /** Outputs that are sent back. */
  readonly wanted: readonly string[];
  /** Not done where `loss`, which is then among the wanted, is no finite number: the parameters stay those that it is of. */
  readonly adam?: AdamStep;
}

/** A graph on a device. */
export interface DeviceFit {
  run(run: FitRun): Promise<{ readonly [output: string]: Float32Array }>;
  read(): Promise<FitVectors>;
  dispose(): Promise<void>;
}
