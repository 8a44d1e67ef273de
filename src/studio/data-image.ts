import type { Measurement } from '../../volumes/measurement.js';
import { dataAxes, dataWindow, shownValue } from '../modalities/data-stack.js';
import type { DataImage } from './protocol.js';

/**
 * The data as they were measured, one image of them (`dataAxes`).
 * @param index of the axes that the image has not, counted in C order; default the middle
 */
export function dataImageOf(scan: Measurement, index?: number): DataImage | undefined {
  const axes = dataAxes(scan);
  if (!axes) return undefined;
  const { shape } = scan;
  const { names, across, down, along } = axes;
  const [width, height] = [shape[across], shape[down]];
  const count = along.reduce((product, axis) => product * shape[axis], 1);
  const at = Math.min(Math.max(index ?? Math.floor(count / 2), 0), count - 1);
  const [stepX, stepY] = across > down ? [1, width] : [height, 1];
  const values = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) values[to++] = shownValue(scan, at * width * height + y * stepY + x * stepX);
  }
  const logarithm = scan.dtype === 'complex64';
  return {
    ...{ values, width, height, index: at, count, logarithm, ...dataWindow(values, logarithm) },
    across: names[across],
    down: names[down],
    along: along.map((axis) => names[axis]).join(', '),
  };
}
