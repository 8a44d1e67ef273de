import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import { isNpy, parseNpy } from '../../formats/npy/array.js';
import { CONE, CONE_VEC, FAN, FAN_VEC, PARALLEL, PARALLEL3D_VEC, PARALLEL_VEC, type CircleKind, type VectorKind } from './schema.js';

const WIDTHS = [6, 12];

/**
 * The vectors of every view from a file: `.npy` of shape views × 12 or views × 6, or text with as many numbers a line (between spaces,
 * commas, semicolons or tabs; `#` begins a comment, a first line without numbers is a heading). The order is ASTRA's; mm.
 * @throws SlicewiseError ARGUMENT naming the line that is wrong
 */
export function parseVectorFile({ name, bytes }: NamedBytes): number[][] {
  const wrong = (got: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', {
      message: `vectors of ${name} not understood`,
      expected: 'views × 12 numbers (source or direction, middle of the detector, u, v), or views × 6 in the plane',
      got,
    });
  if (isNpy(bytes)) {
    const array = parseNpy(bytes, name);
    const [views, width] = array.shape;
    if (array.complex || array.shape.length !== 2 || !WIDTHS.includes(width)) {
      throw wrong(`${array.complex ? 'complex, ' : ''}${array.shape.join(' × ')}`);
    }
    const flat = array.float64();
    return Array.from({ length: views }, (_, v) => Array.from(flat.subarray(v * width, (v + 1) * width)));
  }
  const lines = new TextDecoder()
    .decode(bytes)
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean);
  if (lines.length > 0 && !/\d/.test(lines[0])) lines.shift();
  const rows = lines.map((line) =>
    line
      .split(/[\s;,]+/)
      .filter(Boolean)
      .map(Number),
  );
  if (rows.length === 0) throw wrong('no numbers');
  const width = rows[0].length;
  if (!WIDTHS.includes(width)) throw wrong(`${width} numbers in the first line`);
  for (const [n, row] of rows.entries()) {
    if (row.length !== width) throw wrong(`${row.length} numbers in line ${n + 1} of the list, ${width} in the first`);
    const bad = row.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw wrong(`'${lines[n].split(/[\s;,]+/)[bad]}' in line ${n + 1} of the list`);
  }
  return rows;
}

const KINDS: { readonly [width: number]: { readonly [kind in CircleKind]?: VectorKind } } = {
  6: { [PARALLEL]: PARALLEL_VEC, [FAN]: FAN_VEC },
  12: { [PARALLEL]: PARALLEL3D_VEC, [CONE]: CONE_VEC },
};

/**
 * What a scan is whose views are said by vectors.
 * @param beam of the scan; vectors alone do not tell a source from a direction
 * @throws SlicewiseError ARGUMENT
 */
export function vectorKind(vectors: readonly (readonly number[])[], beam: string | undefined): VectorKind {
  const kinds = KINDS[vectors[0]?.length] ?? {};
  const kind = beam === undefined ? undefined : kinds[beam as CircleKind];
  if (kind) return kind;
  const beams = Object.keys(kinds).map((name) => name.split('.')[1]);
  throw new SlicewiseError('ARGUMENT', {
    message: `vectors of ${vectors[0]?.length ?? 0} numbers a view: of which beam?`,
    expected: `--geometry ${beams.join(' or ') || 'parallel, fan or cone'}`,
    got: beam === undefined ? 'none' : beam,
    hint: 'parallel lists begin with the direction of the rays, fan and cone lists with the source',
  });
}
