import * as z from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { issueText } from '../../../core/issue-text.js';
import { angularSpan, looksLikeRadians } from './angles.js';
import type { ScanOptions } from '../../scan-options.js';
import { coneSchema, fanSchema, parallelSchema, RADON_KINDS } from './schema.js';

/** Fields of any beam's geometry; the bins are counted in the data, and the angles may be said otherwise. */
const {
  angles: _,
  detectorCount: _bins,
  rows: _rows,
  columns: _columns,
  vectors,
  ...fields
} = {
  ...parallelSchema.shape,
  ...fanSchema.shape,
  ...coneSchema.shape,
  vectors: z.array(z.array(z.number())),
};

/** So many views within six degrees are no scan. */
const FEW = 8;

const schema = z.strictObject({
  kind: z.enum(RADON_KINDS),
  angles: z.union([z.string(), z.array(z.number())]).optional(),
  angleUnit: z.enum(['deg', 'rad']).optional(),
  clockwise: z.boolean().optional(),
  axes: z.string().optional(),
  center: z.number().optional(),
  raw: z.string().optional(),
  tableFeed: z.number().optional(),
  vectors: vectors.optional(),
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
 * @param warn told where a list of angles without `angleUnit` is taken as radians, since it spans no more than a turn in them
 * @throws SlicewiseError GEOMETRY naming the field that is wrong
 */
export function parseGeometryFile(text: string, name = 'the geometry file', warn: (message: string) => void = () => {}): ScanOptions {
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
      got: issueText(issue),
    });
  }
  const { kind, angles, angleUnit, clockwise, axes, center, counts, raw, tableFeed, ...geometry } = result.data;
  const unit = angleUnit ?? (Array.isArray(angles) && angles.length > FEW && looksLikeRadians(angles) ? 'rad' : undefined);
  if (unit !== angleUnit) {
    const span = angularSpan(angles as number[]);
    warn(`${name} does not say the unit of its angles; taken as radians because they span ${span.toPrecision(4)} (angleUnit)`);
  }
  return { kind, angles, angleUnit: unit, clockwise, axes, center, counts, ...(raw === undefined ? {} : { raw }), tableFeed, geometry };
}
