import { SlicewiseError } from '../../core/errors.js';
import { add } from './operations/add.js';
import { reshape } from './operations/reshape.js';
import { concat } from './operations/concat.js';
import { sizeOf, type Graph, type Target, type Value } from './graph.js';

/**
 * Reverse-mode differentiation: the gradient of a number by every value of `by`, written into the graph. Each operation's Jᵀg is asked
 * for once, from the last operation to the first; zeros where nothing depends on it.
 * @param target where the graph will run
 * @throws SlicewiseError ARGUMENT where `of` is no single number
 */
export function gradients(of: Value, by: readonly Value[], target: Target = 'cpu'): Value[] {
  if (sizeOf(of.shape) !== 1) {
    throw new SlicewiseError('ARGUMENT', { message: 'a gradient is of one number', got: `shape [${of.shape.join(', ')}]` });
  }
  const { graph } = of;
  const found = vectorJacobian(of, graph.constant(Float32Array.of(1), of.shape), by, target);
  return found.map((gradient, n) => gradient ?? graph.constant(new Float32Array(sizeOf(by[n].shape)), by[n].shape));
}

/**
 * Jᵀv of `of` by every value of `by`: v has the shape of `of`.
 * @returns `undefined` where `of` does not depend on it
 */
export function vectorJacobian(of: Value, v: Value, by: readonly Value[], target: Target = 'cpu'): (Value | undefined)[] {
  const { graph } = of;
  const order = graph.derived();
  const dependent = dependentOn(order, graph, by);
  const found = new Map<Value, Value>([[of, v]]);
  for (const value of [...order].reverse()) {
    const gradient = found.get(value);
    if (!gradient || !dependent.has(value)) continue;
    const { inputs, pullback } = graph.derivation(value)!;
    const needed = inputs.map((input) => dependent.has(input));
    pullback(gradient, needed, target).forEach((part, n) => {
      if (!part || !needed[n]) return;
      const before = found.get(inputs[n]);
      found.set(inputs[n], before ? add(before, part) : part);
    });
  }
  return by.map((value) => (dependent.has(of) ? found.get(value) : undefined));
}

function dependentOn(order: readonly Value[], graph: Graph, by: readonly Value[]): ReadonlySet<Value> {
  const dependent = new Set(by);
  for (const value of order) if (graph.derivation(value)!.inputs.some((input) => dependent.has(input))) dependent.add(value);
  return dependent;
}

/** The gradient by the vector of all parameters, in their order. */
export function parameterGradient(loss: Value, target: Target): Value {
  const { graph } = loss;
  const parts = gradients(
    loss,
    graph.parameters.map((parameter) => graph.valueOf(parameter)),
    target,
  );
  return concat(
    parts.map((part) => reshape(part, [sizeOf(part.shape)])),
    0,
  );
}
