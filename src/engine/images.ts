import { magnitudeOf, makeComplexVolume, makeVolume, type Units, type Volume } from '../../volumes/volume.js';
import type { AffineMap } from '../../core/units.js';
import type { RunRequest } from './request.js';

/** What the solver's image becomes: a volume on the grid, in output units. */
export interface ImageMaker {
  /** Of the solver's image. */
  image(data: Float32Array): Volume;
  /** Of its deviation over samples: √(var re + var im) of a complex image. */
  deviation(data: Float32Array): Volume;
  /** What deviations are taken of. */
  sampled(data: Float32Array): Float32Array;
  /** The mean over samples. */
  mean(data: Float32Array): Volume;
}

export function imageMaker(request: RunRequest, map: AffineMap, units: Units): ImageMaker {
  const { unpack, mixes = false } = request.slicing;
  const unpacked = (data: Float32Array): Float32Array => (unpack ? unpack(data) : data);
  const before = (data: Float32Array): Float32Array => (mixes ? data : unpacked(data));
  return {
    image: (data) => finished(request, affine(unpacked(data), map.scale, map.offset), units),
    sampled: (data) => (mixes ? unpacked(data) : data),
    mean: (data) => finished(request, affine(before(data), map.scale, map.offset), units),
    deviation: (data) => toVolume(request, affine(before(data), map.scale, 0), units, 'magnitude'),
  };
}

/** A result: what was measured exactly stays as it was. */
export const finished = (request: RunRequest, data: Float32Array, units: Units): Volume =>
  toVolume(request, request.physics.finish?.(data, request.scan) ?? data, units);

/** Values of the grid as a volume. Complex images, interleaved, become their magnitude unless `complex` asks for both parts. */
export function toVolume(request: RunRequest, data: Float32Array, units: Units, as?: 'magnitude'): Volume {
  const { scan, grid, complex, options, physics } = request;
  const rest = {
    axes: grid.axes,
    placement: grid.placement,
    units,
    modality: grid.modality,
    meta: { ...physics.keep?.(scan), source: scan.meta.source, format: 'reconstruction', method: request.method.name },
  };
  if (!complex) return makeVolume(data, grid.shape, rest);
  const volume = makeComplexVolume(data, grid.shape, rest);
  return options.complex && as !== 'magnitude' ? volume : magnitudeOf(volume);
}

/** scale · data + offset, in place: an estimate is read for this alone, and a copy would be a second volume. */
export function affine(data: Float32Array, scale: number, offset: number): Float32Array {
  for (let i = 0; i < data.length; i++) data[i] = scale * data[i] + offset;
  return data;
}
