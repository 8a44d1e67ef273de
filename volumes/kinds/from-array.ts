import { SlicewiseError } from '../../core/errors.js';
import { readArray, type ArrayFormat } from '../array-formats.js';
import { checkMeasurement } from '../finite.js';
import type { NamedBytes } from '../format.js';
import type { Measurement } from '../measurement.js';
import type { ArrayData } from '../../core/array.js';
import { toFloat32 } from '../raw-array.js';
import type { ScanOptions } from '../scan-options.js';
import { geometryOf, type ScanKind } from './kind.js';
import { arrange, parseAxes } from './kspace/axes.js';

/**
 * A scan of a kind that its caller names, from an array of a container: axes in the kind's own order, or named by `axes`; `geometry` as the
 * kind's schema has it; arrays of the kind under their names beside the data.
 * @throws SlicewiseError ARGUMENT (which array, axes), GEOMETRY, FORMAT_UNSUPPORTED for real numbers where complex ones are wanted or the
 *   other way round, FORMAT where the kind does not tell the image, NOT_FINITE, SHAPE
 */
export async function scanFromArray(
  kind: ScanKind,
  format: ArrayFormat,
  files: readonly NamedBytes[],
  options: ScanOptions,
): Promise<Measurement> {
  const wanted = Object.keys(kind.arrays ?? {});
  const list = await format.list(files);
  const others = list.filter(({ path, numeric }) => numeric && !wanted.includes(nameOf(path)));
  const array = await readArray(format, files, options.dataset ?? (others.length === 1 ? others[0].path : undefined));
  const source = array.path ? `${files[0].name}:${array.path}` : files[0].name;
  if (array.complex !== (kind.dtype === 'complex64')) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${source} is no scan of kind ${kind.name}`,
      expected: kind.dtype === 'complex64' ? 'complex numbers' : 'real numbers',
      got: array.complex ? 'complex numbers' : 'real numbers',
      hint: 'name the array with --dataset',
    });
  }
  const axes = options.axes ?? kind.axes.slice(-array.shape.length).join(',');
  const { data, shape } = arrange(array, parseAxes(axes, array.shape, source, kind.axes), kind.axes);
  const arrays: { [name: string]: ArrayData } = {};
  for (const { path, numeric } of list) {
    const name = nameOf(path);
    if (!numeric || !wanted.includes(name) || path === array.path) continue;
    const found = await readArray(format, files, path);
    const dtype = found.complex ? 'complex64' : 'float32';
    arrays[name] = { data: toFloat32(found.data), shape: found.shape, dtype };
  }
  const geometry = geometryOf(kind, options.geometry ?? {}) as Measurement['geometry'];
  const grid = kind.grid?.(geometry, shape);
  if (!grid) {
    throw new SlicewiseError('FORMAT', {
      message: `${source} does not tell the image that is wanted, nor does a scan of kind ${kind.name}`,
      expected: 'a scan file with its grid',
    });
  }
  const scan = checkMeasurement({
    kind: kind.name,
    data: data === array.data ? data.slice() : data,
    shape,
    dtype: kind.dtype,
    geometry,
    noise: { type: 'unknown' },
    grid,
    ...(Object.keys(arrays).length > 0 ? { arrays } : {}),
    meta: { source, format: format.name, warnings: [] },
  });
  return kind.complete?.(scan) ?? scan;
}

/** Of a path in a container, its last word. */
const nameOf = (path: string): string => path.split(/[./]/).at(-1) ?? path;
