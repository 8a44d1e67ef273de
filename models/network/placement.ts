/** Tensors up to this size may be computed on the CPU: shapes, and the vector that a noise level becomes. */
export const SMALL = 2048;

/** Types that shapes and indices have. */
const WHOLE = new Set(['int64', 'int32', 'bool']);

interface TraceEvent {
  readonly cat?: string;
  readonly args?: {
    readonly op_name?: string;
    readonly provider?: string;
    /** One entry an output: type → shape. */
    readonly output_type_shape?: readonly { readonly [type: string]: readonly number[] }[];
  };
}

/**
 * Reads ONNX Runtime's trace (enableProfiling; Chrome's event format) of a session on another provider than the CPU.
 * @returns the operations that ran on the CPU although they give images, each once: what the provider has no kernel for
 */
export function misplacedOperations(trace: string): string[] {
  const events = JSON.parse(trace) as readonly TraceEvent[];
  const found = new Set<string>();
  for (const { cat, args } of events) {
    if (cat !== 'Node' || args?.provider !== 'CPUExecutionProvider') continue;
    const large = (args.output_type_shape ?? []).some((output) =>
      Object.entries(output).some(([type, shape]) => !WHOLE.has(type) && shape.reduce((n, d) => n * d, 1) > SMALL),
    );
    if (large) found.add(args.op_name ?? 'an operation');
  }
  return [...found];
}
