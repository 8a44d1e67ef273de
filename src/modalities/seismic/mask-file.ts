import type { ArrayData } from '../../../core/array.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../../volumes/format.js';
import { readMaskFile } from '../../../volumes/kinds/kspace/mask-file.js';

/**
 * A mask of traces from a file of numbers: [line, trace] or [trace], of scans with three trace axes [line, trace, offset].
 * @param axes trace axes of the scan
 * @throws SlicewiseError as `readMaskFile`, SHAPE
 */
export async function maskFromFile(files: readonly NamedBytes[], axes = 2): Promise<ArrayData> {
  const { data, shape } = await readMaskFile(files);
  const own = shape.filter((n, a) => n !== 1 || a >= shape.length - axes);
  if (own.length > axes) {
    throw new SlicewiseError('SHAPE', {
      message: `the mask of traces in ${files[0].name}`,
      expected: axes > 2 ? '[line, trace, offset]' : '[line, trace] or [trace]',
      got: `[${shape.join(', ')}]`,
    });
  }
  return { data: Float32Array.from(data), shape: own, dtype: 'float32' };
}
