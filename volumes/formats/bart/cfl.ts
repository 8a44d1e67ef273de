import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import { elements } from '../../../core/array.js';
import { type RawArray } from '../../raw-array.js';
import { eachSelection, everyEntry, parseOne, parseSelect } from '../../select.js';

/**
 * BART's array files: `NAME.hdr`, text with the dimensions, and `NAME.cfl`, complex64 little endian, first dimension fastest. Source: the
 * BART documentation (doc/README, "cfl file format").
 */
export const isCflHeader = (bytes: Uint8Array): boolean => /^\s*# Dimensions/.test(latin(bytes.subarray(0, 64)));

/** BART's dimensions by number. */
export const BART = { read: 0, phase1: 1, phase2: 2, coil: 3, maps: 4, slice: 13 } as const;
const NAMES = [
  'readout',
  'phase 1',
  'phase 2',
  'coil',
  'maps',
  'echo',
  'coefficient',
  'coefficient 2',
  'iteration',
  'shift',
  'time',
  'time 2',
  'level',
  'slice',
  'average',
  'batch',
];

/** The 16 dimensions with a name for each; more are numbered. */
const bartDimension = (n: number): string => NAMES[n] ?? `dimension ${n}`;

/**
 * Both files of an array. `shape` is C order: BART's dimensions backwards, last one first, trailing ones of length 1 left out.
 * @throws SlicewiseError FORMAT when one of the two is missing, the header is damaged, or the bytes do not match it
 */
export function readCfl(files: readonly NamedBytes[]): RawArray & { readonly data: Float32Array; readonly dims: readonly number[] } {
  const header = files.find((file) => isCflHeader(file.bytes));
  const samples = files.find((file) => file !== header && /\.cfl$/i.test(file.name));
  if (!header || !samples || files.length !== 2 || stem(header.name) !== stem(samples.name)) {
    throw new SlicewiseError('FORMAT', {
      message: 'a BART array is two files',
      expected: 'NAME.cfl and NAME.hdr',
      got: files.map((file) => file.name).join(', '),
      hint: 'keep both in one folder and name either',
    });
  }
  const dims = parseDims(header);
  const count = elements(dims);
  if (samples.bytes.length !== 8 * count) {
    throw new SlicewiseError('FORMAT', {
      message: `${samples.name} does not match its header`,
      expected: `${8 * count} bytes for complex ${dims.join('×')}`,
      got: `${samples.bytes.length} bytes`,
      hint: samples.bytes.length < 8 * count ? 'the file is truncated: copy it again' : 'is the header of another array?',
    });
  }
  // a copy: aligned, and the caller's own
  const data = new Float32Array(samples.bytes.slice().buffer);
  return { data, complex: true, path: '', shape: [...dims].reverse(), dims };
}

/**
 * The two files of an array.
 * @param name with or without `.cfl`
 * @param data complex interleaved, C order of `dims` backwards
 * @param dims BART's dimensions, first fastest
 */
export function writeCfl(name: string, data: Float32Array, dims: readonly number[]): NamedBytes[] {
  if (data.length !== 2 * elements(dims)) {
    throw new SlicewiseError('SHAPE', { expected: `${2 * elements(dims)} values`, got: `${data.length}` });
  }
  const full = [...dims, ...new Array<number>(Math.max(0, 16 - dims.length)).fill(1)];
  const text = `# Dimensions\n${full.join(' ')}\n`;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [
    { name: `${stem(name)}.cfl`, bytes },
    { name: `${stem(name)}.hdr`, bytes: new TextEncoder().encode(text) },
  ];
}

/** Dimensions of which one entry may be read, by the names that `select` has for them. */
const FURTHER: { readonly [name: string]: number } = { echo: 5, time: 10, time2: 11, average: 14, batch: 15 };

/**
 * One entry of further dimensions (`time=3`).
 * @throws SlicewiseError ARGUMENT for other names, and entries that are not there
 */
export function selectDims(
  { data, dims }: { readonly data: Float32Array; readonly dims: readonly number[] },
  select: string | undefined,
  file: string,
): { data: Float32Array; dims: number[] } {
  let [left, sizes] = [data, [...dims]];
  for (const [name, entry] of parseOne(select)) {
    const d = requireFurther(name, file);
    const size = sizes[d] ?? 1;
    if (!(entry < size)) throw wrongSelect(file, `${name} 0 … ${size - 1}`, `${name}=${entry}`);
    const inner = 2 * elements(sizes.slice(0, d));
    const pieces = Array.from({ length: left.length / (inner * size) }, (_, n) => (n * size + entry) * inner);
    const kept = new Float32Array(pieces.length * inner);
    pieces.forEach((from, n) => kept.set(left.subarray(from, from + inner), n * inner));
    left = kept;
    sizes = sizes.map((n, other) => (other === d ? 1 : n));
  }
  return { data: left, dims: sizes };
}

/** What `select` must say for each of the images that it asks for by `all`. */
export function imagesOfDims(dims: readonly number[], select: string | undefined, file: string): string[] {
  const picked = parseSelect(select);
  return eachSelection(picked, everyEntry(picked.map(([name]) => [name, dims[requireFurther(name, file)] ?? 1] as const)));
}

function requireFurther(name: string, file: string): number {
  if (name in FURTHER) return FURTHER[name];
  throw wrongSelect(file, `names out of ${Object.keys(FURTHER).join(', ')}`, `'${name}'`);
}

const wrongSelect = (file: string, expected: string, got: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', { message: `--select of ${file}`, expected, got });

/**
 * @param selectable may further dimensions be picked by `select`?
 * @throws SlicewiseError FORMAT_UNSUPPORTED naming the dimension that is not one of `known`
 */
export function requireOnly(dims: readonly number[], known: readonly number[], file: string, what: string, selectable = false): void {
  const extra = dims.findIndex((n, d) => n > 1 && !known.includes(d));
  if (extra < 0) return;
  const further = selectable ? Object.entries(FURTHER).find(([, d]) => d === extra)?.[0] : undefined;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${file} has more dimensions than ${what}`,
    expected: known.map(bartDimension).join(', '),
    got: `${dims[extra]} along dimension ${extra} (${bartDimension(extra)})`,
    hint:
      further === undefined
        ? `take one: bart slice ${extra} 0 IN OUT`
        : `pick one with --select ${further}=0, or reconstruct each with --select ${further}=all`,
  });
}

function parseDims({ name, bytes }: NamedBytes): number[] {
  const line = /# Dimensions\s*\n([^\n]*)/.exec(latin(bytes.subarray(0, 4096)))?.[1] ?? '';
  const dims = line.trim().split(/\s+/).map(Number);
  const sound = line.trim() !== '' && dims.every((n) => Number.isInteger(n) && n > 0);
  if (!sound || !Number.isSafeInteger(8 * elements(dims))) {
    throw new SlicewiseError('FORMAT', {
      message: `the header ${name} is damaged`,
      expected: 'a line of positive dimensions',
      got: line.slice(0, 60) || 'none',
    });
  }
  while (dims.length > 1 && dims[dims.length - 1] === 1) dims.pop();
  return dims;
}

const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);
const stem = (name: string): string => name.replace(/\.(cfl|hdr)$/i, '');
