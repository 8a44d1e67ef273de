import { sizeOf, type Value } from '../graph.js';

/** The sum over axes (all by default), which stay as sides of 1 where `keep`. */
export function sum(x: Value, axes: readonly number[] = x.shape.map((_, n) => n), keep = false): Value {
  const { graph } = x;
  const kept = x.shape.map((side, n) => (axes.includes(n) ? 1 : side));
  const shape = keep ? kept : x.shape.filter((_, n) => !axes.includes(n));
  const total = graph.emit('ReduceSum', [x, { integers: axes }], shape, { keepdims: keep ? 1 : 0 });
  return graph.derive(total, [x], (g) => {
    const lifted = keep ? g : graph.emit('Reshape', [g, { integers: kept }], kept);
    return [graph.emit('Expand', [lifted, { integers: x.shape }], x.shape)];
  });
}

/** The mean over axes (all by default), which stay as sides of 1 where `keep`. */
export function mean(x: Value, axes: readonly number[] = x.shape.map((_, n) => n), keep = false): Value {
  const { graph } = x;
  const count = sizeOf(axes.map((axis) => x.shape[axis]));
  const kept = x.shape.map((side, n) => (axes.includes(n) ? 1 : side));
  const shape = keep ? kept : x.shape.filter((_, n) => !axes.includes(n));
  const average = graph.emit('ReduceMean', [x, { integers: axes }], shape, { keepdims: keep ? 1 : 0 });
  return graph.derive(average, [x], (g) => {
    const share = graph.emit('Mul', [g, graph.number(1 / count)], g.shape);
    const lifted = keep ? share : graph.emit('Reshape', [share, { integers: kept }], kept);
    return [graph.emit('Expand', [lifted, { integers: x.shape }], x.shape)];
  });
}

/**
 * The largest over one axis, which stays as a side of 1 where `keep`. Its gradient goes to every number that is the largest, in equal
 * parts (PyTorch's amax).
 */
export function largest(x: Value, axes: readonly number[], keep = false): Value {
  const { graph } = x;
  const kept = x.shape.map((side, n) => (axes.includes(n) ? 1 : side));
  const top = graph.emit('ReduceMax', [x, { integers: axes }], kept, { keepdims: 1 });
  const shape = x.shape.filter((_, n) => !axes.includes(n));
  const y = keep ? top : graph.emit('Reshape', [top, { integers: shape }], shape);
  return graph.derive(y, [x], (g) => {
    const lifted = keep ? g : graph.emit('Reshape', [g, { integers: kept }], kept);
    const is = graph.emitCondition('Equal', [x, top]);
    const ones = graph.emit('Where', [is, graph.number(1), graph.number(0)], x.shape);
    const count = graph.emit('ReduceSum', [ones, { integers: axes }], kept, { keepdims: 1 });
    const share = graph.emit('Div', [lifted, count], kept);
    return [graph.emit('Mul', [ones, share], x.shape)];
  });
}
