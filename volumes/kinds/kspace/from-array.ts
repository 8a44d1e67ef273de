import { SlicewiseError } from '../../../core/errors.js';
import { arrayFormats, readArray, type ArrayFormat } from '../../array-formats.js';
import type { NamedBytes } from '../../format.js';
import type { Measurement } from '../../measurement.js';
import { squeeze, type ArrayInfo, type RawArray } from '../../raw-array.js';
import type { ScanOptions } from '../../scan-options.js';
import { kspaceMeasurement } from './assemble.js';
import { arrangeKspace, axesUnknown, KSPACE_AXES, parseAxes } from './axes.js';
import { CARTESIAN } from './schema.js';
import { realPartsHint, withoutExtraAxes } from './extra-axes.js';
import { maskFromArray, phaseAxis, requireSamples, type Readout } from './mask.js';

/** Does what is asked for speak of k-space: the kind, or axes named kx and ky? */
export const asksForKspace = ({ kind, axes }: ScanOptions): boolean => kind === CARTESIAN || /(^|,)\s*k[xyz]\s*(,|$)/i.test(axes ?? '');

/** The only complex array of two or more dimensions. */
export function onlyComplex(list: readonly ArrayInfo[]): ArrayInfo | undefined {
  const complex = list.filter((a) => a.type.startsWith('complex') && squeeze(a.shape).length >= 2);
  return complex.length === 1 ? complex[0] : undefined;
}

/** Do these files hold one complex array, and so k-space rather than a volume? Looks at the tables of contents only. */
export async function holdsKspace(files: readonly NamedBytes[]): Promise<boolean> {
  const format = arrayFormats.entries().find(([, f]) => f.sniff(files[0].bytes))?.[1];
  if (!format || format.name === 'TIFF') return false;
  return onlyComplex(await format.list(files)) !== undefined;
}

/**
 * A measurement from an array of complex numbers whose axes the caller names (`axes`: slice, coil, kz, ky, kx; MATLAB's index order is
 * kept), and those that extra-axes.ts knows. The mask is an array named `mask` beside it, else the samples that are not zero in all coils.
 * `geometry.readout` says which of
 * kx and ky is the readout; default kx.
 * @throws SlicewiseError ARGUMENT when the axes are not named or do not fit, SHAPE for a mask of another shape, NOT_FINITE
 */
export async function kspaceFromArray(
  format: ArrayFormat,
  files: readonly NamedBytes[],
  found: RawArray,
  options: ScanOptions,
): Promise<Measurement> {
  const source = found.path ? `${files[0].name}:${found.path}` : files[0].name;
  const reduced = options.axes === undefined ? undefined : withoutExtraAxes(found, options.axes, options.select, source);
  const { array, axes } = reduced ?? { array: found, axes: undefined };
  if (!array.complex) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${source} is not k-space`,
      expected: 'complex numbers',
      got: 'real numbers',
      hint: [
        realPartsHint(array.shape, axes),
        'name the complex array with --dataset, or make one of two real ones (numpy: re + 1j * im), or leave out --axes of k-space',
      ]
        .filter(Boolean)
        .join('; or '),
    });
  }
  if (axes === undefined) throw axesUnknown(source, array.shape);
  const names = parseAxes(axes, array.shape, source, KSPACE_AXES);
  const { data, shape, readout: arranged } = arrangeKspace(array, names, source);
  const readout = readoutOf(options, arranged);
  const warnings: string[] = [...(found.warnings ?? [])];
  const entry = (await format.list(files)).find(({ path, numeric }) => numeric && /(^|[./])mask$/.test(path));
  const stored = entry ? await readArray(format, files, entry.path) : undefined;
  const mask = stored && maskFromArray(stored.data, stored.shape, shape, `${files[0].name}:${entry!.path}`, phaseAxis(readout));
  if (mask) requireSamples(data as Float32Array, shape, mask, `${files[0].name}:${entry!.path}`);
  return kspaceMeasurement({
    data: data === array.data ? data.slice() : data,
    shape,
    readout,
    mask,
    place: options.spacing ? { spacing: options.spacing } : {},
    zeroCoils: options.zeroCoils,
    meta: { source, format: format.name, warnings },
  });
}

function readoutOf({ geometry }: ScanOptions, arranged: Readout): Readout {
  const given = geometry?.readout;
  if (given === undefined || arranged === 'slice') return arranged;
  if (given === 'kx' || given === 'ky') return given;
  throw new SlicewiseError('GEOMETRY', { message: 'readout', expected: 'kx or ky', got: String(given) });
}
