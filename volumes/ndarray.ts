import ndarray, { type NdArray } from 'ndarray';
import { lanesOf, type ArrayData } from '../core/array.js';

/**
 * The numbers as an `ndarray`, without a copy; complex ones get a last axis of 2, (re, im).
 * @example toNdarray(volume).get(k, j, i)
 */
export function toNdarray(array: ArrayData): NdArray<Float32Array> {
  const shape = [...array.shape];
  return ndarray(array.data, lanesOf(array) === 2 ? [...shape, 2] : shape);
}

/** The way back; copies only where the ndarray is not in C order. With dtype complex64 its last axis is (re, im). */
export function fromNdarray(array: NdArray<Float32Array>, dtype: ArrayData['dtype'] = 'float32'): ArrayData {
  const shape = dtype === 'complex64' ? array.shape.slice(0, -1) : [...array.shape];
  return { data: inOrder(array), shape, dtype };
}

function inOrder(array: NdArray<Float32Array>): Float32Array {
  const { shape, stride, size } = array;
  let step = 1;
  const steps = [...shape].reverse().map((n) => (step *= n) / n);
  const contiguous = array.offset === 0 && steps.reverse().every((s, a) => s === stride[a] || shape[a] === 1);
  if (contiguous && array.data.length === size) return array.data;
  const out = new Float32Array(size);
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < size; at++) {
    out[at] = array.get(...index);
    for (let a = shape.length - 1; a >= 0 && ++index[a] === shape[a]; a--) index[a] = 0;
  }
  return out;
}
