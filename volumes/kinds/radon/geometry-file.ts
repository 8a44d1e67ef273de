import { z } from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import type { ScanOptions } from '../../scan-options.js';
import { coneSchema, fanSchema, parallelSchema, RADON_KINDS } from './schema.js';

/** Fields of any beam's geometry; the bins are counted in the data, and the angles may be said otherwise. */
const {
  angles: _,
  detectorCount: _bins,
  rows: _rows,
  columns: _columns,
  ...fields
} = {
  ...parallelSchema.shape,
  ...fanSchema.shape,
  ...coneSchema.shape,
};

const schema = z.strictObject({
  kind: z.enum(RADON_KINDS),
  angles: z.union([z.string(), z.array(z.number())]).optional(),
  angleUnit: z.enum(['deg', 'rad']).optional(),
  clockwise: z.boolean().optional(),
  axes: z.string().optional(),
  center: z.number().optional(),
  counts: z.object({ flat: z.number().positive() }).optional(),
  ...(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, unwrapped(field).optional()])) as {
    [name in keyof typeof fields]: z.ZodOptional<z.ZodType>;
  }),
});

/** Without a default: what a file leaves out stays open. */
function unwrapped(field: z.ZodType): z.ZodType {
  return field instanceof z.ZodDefault || field instanceof z.ZodOptional ? (field.unwrap() as z.ZodType) : field;
}

/**
 * A geometry file: JSON, mm and degrees, the fields of the kind's geometry and of `ScanOptions` side by side.
 *
 * @example
 * parseGeometryFile('{ "kind": "radon.fan", "angles": "75:165:0.5", "detectorPitch": 0.2,
 *   "sourceToAxis": 410.66, "sourceToDetector": 553.74 }')
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
