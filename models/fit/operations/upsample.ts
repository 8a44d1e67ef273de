import type { Value } from '../graph.js';

/**
 * Twice the rows and columns, bilinear between pixel centres and constant beyond the outer ones (PyTorch's `align_corners=False`): along
 * an axis y_2i = ¼ x_i−1 + ¾ x_i, y_2i+1 = ¾ x_i + ¼ x_i+1. The transpose, with g repeated by one at its edges, is x_i = ¼ g_2i−1 + ¾ g_2i
 * + ¾ g_2i+1 + ¼ g_2i+2: a convolution of stride 2.
 */
export function upsample(x: Value): Value {
  const { graph } = x;
  const [batch, channels, rows, columns] = x.shape;
  const shape = [batch, channels, 2 * rows, 2 * columns];
  const y = graph.emit('Resize', [x, null, graph.constant(Float32Array.of(1, 1, 2, 2), [4])], shape, {
    mode: 'linear',
    coordinate_transformation_mode: 'half_pixel',
  });
  return graph.derive(y, [x], (g) => {
    const planes = [batch * channels, 1, 2 * rows, 2 * columns];
    const flat = graph.emit('Reshape', [g, { integers: planes }], planes);
    const padded = graph.emit('Pad', [flat, { integers: [0, 0, 1, 1, 0, 0, 1, 1] }], [planes[0], 1, 2 * rows + 2, 2 * columns + 2], {
      mode: 'edge',
    });
    const kernel = graph.constant(
      Float32Array.from({ length: 16 }, (_, n) => TENT[n >> 2] * TENT[n & 3]),
      [1, 1, 4, 4],
    );
    const halved = graph.emit('Conv', [padded, kernel], [planes[0], 1, rows, columns], { kernel_shape: [4, 4], strides: [2, 2] });
    return [graph.emit('Reshape', [halved, { integers: x.shape }], x.shape)];
  });
}

const TENT = [0.25, 0.75, 0.75, 0.25];
