import { shapeOf } from '../../../core/placement.js';
import { imageSpace } from '../../../operators/fourier/spaces.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { Slicing } from '../modality.js';
import { anySet, combineSets, imageShape, setsOf } from './coils/sets.js';
import type { MriOptions } from './options.js';

/** Complex images; with two sets of coil maps the two components of a slice lie one below the other, and come out combined. */
export function coilSlicing(scan: Measurement, grid: Grid, options: MriOptions): Slicing {
  const shape = shapeOf(grid);
  const sets = setsOf(scan, options);
  return {
    space: imageSpace(imageShape(shape, sets)),
    ...(sets > 1 && {
      unpack: (image: Float32Array) => combineSets(image, shape[0], sets),
      seen: (support: Float32Array) => anySet(support, shape[0], sets),
    }),
  };
}
