import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { issueText } from '../../core/issue-text.js';
import { withoutUndefined } from '../../core/options.js';
import { kebab } from '../../core/text.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { ModalityScanOptions } from '../modalities/option-types.js';
import { modalities, modalityOf } from '../modalities/registry.js';

/** What may be said of any scan's file, and what is taken of it. */
const shared = {
  kind: z.string().describe('kind of a scan whose file does not say, e.g. radon.parallel; its modality may know shorter words'),
  dataset: z.string().describe('array of a container, e.g. CtDataLimited.sinogram'),
  raw: z
    .string()
    .describe('numbers without a header: type and sizes, slowest axis first, e.g. uint16:720x512x640; then ,big ,offset=BYTES'),
  axes: z.string().describe('order of a plain array, e.g. detector,view or coil,ky,kx or coil,spoke,sample'),
  views: z.union([z.string(), z.array(z.int())]).describe('views to use: start:stop:step (stop excluded) or a list, e.g. 0::2'),
  size: z.array(z.number()).describe('image size, 256, 256x256 or 256x256x64 (x, y, z); MR: only of scans along trajectories'),
  spacing: z.array(z.number()).describe('mm between voxels: 1, 1x1 or 1x1x2.5 (x, y, z); k-space: of arrays, which do not say'),
  noiseStd: z
    .union([z.string(), z.number()])
    .describe('noise of the line integrals, or of each part of k-space: std in the data’s units, or share of the data (0.6%)'),
};

/** Options of `readScan`. Lengths in mm, angles in degrees. */
export interface ReadScanOptions extends ModalityScanOptions {
  readonly kind?: string;
  readonly dataset?: string;
  readonly raw?: string;
  readonly axes?: string;
  readonly views?: string | readonly number[];
  readonly size?: readonly number[];
  readonly spacing?: readonly number[];
  readonly noiseStd?: number | string;
}

/** An option with the modality it is of; of several, the first. */
export interface ScanOption {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly modality?: string;
}

/** Every option there is: those that say what a file holds, modality by modality, then what is taken of it. */
export function scanOptions(): ScanOption[] {
  const { dataset, raw, axes, kind, ...taken } = shared;
  const of = (fields: { readonly [name: string]: z.ZodType }, modality?: string): ScanOption[] =>
    Object.entries(fields).map(([name, schema]) => ({ name, schema, modality }));
  const own = modalities.entries().flatMap(([, { reading, title }]) => of(reading?.options ?? {}, title));
  const first = own.filter(({ name }, n) => own.findIndex((o) => o.name === name) === n);
  return [...of({ dataset, raw, axes, kind }), ...first, ...of(taken)];
}

/**
 * Options that were given, checked.
 * @throws SlicewiseError ARGUMENT for a name that is none, and for wrong values
 */
export function parseScanOptions(options: object): ReadScanOptions {
  const given = withoutUndefined(options) as { readonly [name: string]: unknown };
  const known = scanOptions();
  for (const [name, value] of Object.entries(given)) {
    const option = known.find((o) => o.name === name);
    if (!option) throw unknown(name);
    const parsed = option.schema.safeParse(value);
    if (parsed.success) continue;
    const [issue] = parsed.error.issues;
    throw new SlicewiseError('ARGUMENT', { message: `--${kebab(name)}: ${issueText(issue)}`, got: shown(value) });
  }
  return given as ReadScanOptions;
}

/**
 * Options that mean nothing to this kind of data are mistakes, not wishes to be passed over.
 * @throws SlicewiseError ARGUMENT
 */
export function requireOwn({ kind }: Pick<Measurement, 'kind'>, options: object): void {
  const own = modalityOf(kind)?.reading;
  for (const name of Object.keys(withoutUndefined(options))) {
    if (name in shared) continue;
    const only = own?.only?.[name];
    if (own && name in own.options && (!only || only.includes(kind))) continue;
    const owner = modalities
      .entries()
      .map(([, m]) => m)
      .find((m) => name in (m.reading?.options ?? {}));
    if (!owner) throw unknown(name);
    const kinds = owner.kinds.filter((k) => (owner.reading?.only?.[name] ?? [k.kind.name]).includes(k.kind.name));
    throw new SlicewiseError('ARGUMENT', {
      message:
        `--${kebab(name)} is ` +
        `${only ? `for ${kinds.map((k) => k.kind.title).join(', ')}` : `not for these data: it belongs to ${owner.title}`}`,
      expected: `a scan of kind ${kinds.map((k) => k.kind.name).join(', ')}`,
      got: kind,
      hint: `leave --${kebab(name)} out`,
    });
  }
}

const unknown = (name: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: `there is no option '${name}' of a scan`,
    expected: `any of ${scanOptions()
      .map((o) => o.name)
      .join(', ')}`,
    got: `'${name}'`,
  });

const shown = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));
