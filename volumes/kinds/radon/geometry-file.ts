import { z } from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import type { ScanOptions } from '../../scan-options.js';

const schema = z
  .object({
    kind: z.enum(['radon.parallel', 'radon.fan', 'radon.cone']),
    angles: z.union([z.string(), z.array(z.number())]).optional(),
    angleUnit: z.enum(['deg', 'rad']).optional(),
    clockwise: z.boolean().optional(),
    axes: z.string().optional(),
    center: z.number().optional(),
    counts: z.object({ flat: z.number().positive() }).optional(),
    detectorPitch: z.number().optional(),
    detectorOffset: z.number().optional(),
    slicePitch: z.number().optional(),
    sourceToAxis: z.number().optional(),
    sourceToDetector: z.number().optional(),
    rowPitch: z.number().optional(),
    columnPitch: z.number().optional(),
    rowOffset: z.number().optional(),
    columnOffset: z.number().optional(),
  })
  .strict();

/**
 * A geometry file: JSON, mm and degrees, the fields of the kind's geometry and of `ScanOptions` side by side.
 *
 * @example
 * parseGeometryFile('{ "kind": "radon.fan", "angles": "75:165:0.5", "detectorPitch": 0.2, "sourceToAxis": 410.66, "sourceToDetector": 553.74 }')
 * @throws SlicewiseError GEOMETRY naming the field that is wrong
 */
export function parseGeometryFile(text: string, name = 'the geometry file'): ScanOptions {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SlicewiseError('GEOMETRY', {
      message: `${name} is not JSON`,
      got: String((cause as Error).message),
      cause,
    });
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new SlicewiseError('GEOMETRY', {
      message: `${name}${issue.path.length ? `: ${issue.path.join('.')}` : ''}`,
      expected: `fields out of ${Object.keys(schema.shape).join(', ')}`,
      got: issue.message,
    });
  }
  const { kind, angles, angleUnit, clockwise, axes, center, counts, ...geometry } = result.data;
  return { kind, angles, angleUnit, clockwise, axes, center, counts, geometry };
}
