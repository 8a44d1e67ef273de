import { elements } from '../../../core/array.js';
import { SlicewiseError } from '../../../core/errors.js';
import { placed } from '../../../core/placement.js';
import { unitRatio } from '../../../core/units.js';
import type { NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { magnitudeOf, makeVolume, type Volume } from '../../volume.js';
import { modalityNamed, unitsNamed } from '../support/axes-text.js';
import { detachedFile, joined, lastName, namedAmong, numberedNames } from '../support/detached.js';
import { unzlibExact } from '../support/gzip.js';
import { guessMeaning } from '../support/hounsfield.js';
import { latticeFrom } from '../support/lps.js';
import { pickVolume } from '../support/pick.js';
import { readSamples, SAMPLE_BYTES, summariseValues, valueWarnings } from '../support/samples.js';
import { readNrrdHeader, sniffNrrd, type NrrdHeader } from './header.js';
import { writeNrrd } from './write.js';

/**
 * NRRD, `.nrrd`, or `.nhdr` with its numbers in other files: raw, gzip or text, either byte order, spaces RAS, LAS and LPS, which become
 * RAS. Axes without a direction (`none`) count volumes, of which `volumeIndex` picks one; an axis of kind `complex` holds both parts.
 * Source: teem.sourceforge.net/nrrd/format.html.
 */
export const nrrd: VolumeFormat = {
  name: 'NRRD',
  extensions: ['.nrrd', '.nhdr'],
  maxFiles: Infinity,
  keeps: ['complex', 'lengths', 'placement', 'units', 'modality'],
  sniff: ({ bytes }) => sniffNrrd(bytes),
  companions: (file, others) => (sniffNrrd(file.bytes) ? companionsOf(file, others) : []),
  read: readNrrd,
  writeFiles: writeNrrd,
};

function companionsOf(file: NamedBytes, others: readonly NamedBytes[]): readonly NamedBytes[] {
  try {
    return dataNames(readNrrdHeader(file.bytes, file.name)).flatMap((name) => namedAmong(name, others) ?? []);
  } catch {
    return []; // reading will tell
  }
}

function dataNames({ dataFile, list, sizes }: NrrdHeader): string[] {
  if (dataFile === undefined) return [];
  if (/^list\b/i.test(dataFile)) return list.map(lastName);
  const numbered = /^(\S*%\S*d\S*)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)/.exec(dataFile);
  if (!numbered) return [dataFile];
  const [from, to, step] = numbered.slice(2, 5).map(Number);
  return numberedNames(numbered[1], from, to, step, elements(sizes));
}

/**
 * Shape [slice, row, column] of the spatial axes, in the order of the file.
 * @throws SlicewiseError FORMAT (truncated, damaged, data missing), FORMAT_UNSUPPORTED (colour, bzip2, several volumes without
 *   `volumeIndex`, complex without `complex`)
 */
async function readNrrd(files: readonly NamedBytes[], options: ReadOptions): Promise<Volume> {
  const headers = files.filter(({ bytes }) => sniffNrrd(bytes));
  if (headers.length > 1) {
    throw new SlicewiseError('FORMAT', {
      message: 'several volumes',
      expected: 'one NRRD file',
      got: headers.map(({ name }) => name).join(', '),
      hint: 'name the file to read',
    });
  }
  const file = headers[0] ?? files[0];
  const header = readNrrdHeader(file.bytes, file.name);
  const warnings: string[] = [];
  const { sizes, type } = header;
  const axes = rolesOf(header, file.name);
  const picked = pickVolume(
    axes.more.map((a) => sizes[a]),
    options.volumeIndex,
    'NRRD',
  );
  const complex = axes.complex !== undefined;
  if (complex && !options.complex) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${file.name} holds complex numbers`,
      expected: 'real numbers',
      got: `complex ${type}`,
      hint: "read their magnitude (complex: 'magnitude', --complex magnitude) or both parts ('keep')",
    });
  }
  const samples = await numbersOf(header, file, files);
  const data = gathered(samples, header, axes, picked);
  const spatial = [0, 1, 2].map((n) => (axes.space[n] === undefined ? 1 : sizes[axes.space[n]]));
  const values = summariseValues(data);
  const units = unitsNamed(header.values.get('slicewise units'));
  const meaning = guessMeaning(values, { ...options, units: options.units ?? units });
  const volume = makeVolume(data, [spatial[2], spatial[1], spatial[0]], {
    ...placeOf(header, axes.space, options.spacing, (text) => void warnings.push(text)),
    dtype: complex ? 'complex64' : 'float32',
    units: meaning.units,
    modality: options.modality ?? modalityNamed(header.values.get('slicewise modality')) ?? meaning.modality,
    meta: {
      source: file.name,
      format: 'NRRD',
      storedType: complex ? `complex ${type}` : type,
      valueRange: [values.min, values.max],
      unitsFrom: units && !options.units ? 'file' : meaning.from,
      warnings: [...warnings, ...valueWarnings(values, type), ...(meaning.warning ? [meaning.warning] : [])],
    },
  });
  return options.complex === 'magnitude' ? magnitudeOf(volume) : volume;
}

/** Which axes of the file are what. */
interface Roles {
  /** Up to three, the fastest first. */
  readonly space: readonly number[];
  readonly complex?: number;
  /** The others, the fastest first. */
  readonly more: readonly number[];
}

const SPATIAL = ['domain', 'space'];
const COLOURS = /^(rgb|rgba|xyz|hsv|vector|covariant-vector|normal|3-|2-|4-)/;

function rolesOf({ sizes, kinds, directions }: NrrdHeader, name: string): Roles {
  const all = sizes.map((_, a) => a);
  const complex = all.find((a) => kinds[a] === 'complex' && sizes[a] === 2);
  const rest = all.filter((a) => a !== complex);
  const colour = rest.find((a) => COLOURS.test(kinds[a]) && sizes[a] > 1);
  if (colour !== undefined) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name} holds several numbers a voxel`,
      expected: 'one, or complex numbers',
      got: `an axis of kind ${kinds[colour]}`,
      hint: 'save one component as its own file',
    });
  }
  const told = directions
    ? rest.filter((a) => directions[a] !== undefined)
    : rest.length > 3 && rest.some((a) => SPATIAL.includes(kinds[a]))
      ? rest.filter((a) => SPATIAL.includes(kinds[a]))
      : rest;
  const space = told.slice(0, 3);
  return { space, complex, more: rest.filter((a) => !space.includes(a)) };
}

async function numbersOf(header: NrrdHeader, file: NamedBytes, files: readonly NamedBytes[]): Promise<Float32Array> {
  const { sizes, type, littleEndian, encoding, lineSkip, byteSkip } = header;
  const count = elements(sizes);
  const names = dataNames(header);
  const total = count * SAMPLE_BYTES[type];
  const sources = names.length === 0 ? [file.bytes.subarray(header.end)] : [];
  if (names.length === 0 && header.dataFile !== undefined)
    throw new SlicewiseError('FORMAT', { message: `${file.name} lists no data files` });
  for (const name of names) sources.push((await detachedFile(file, name, files)).bytes);
  const own = total / sources.length;
  const pieces = sources.map((bytes) => {
    const body = behindLines(bytes, lineSkip);
    if (encoding === 'text') return body;
    if (encoding === 'raw') return body.subarray(byteSkip === -1 ? Math.max(0, body.length - own) : byteSkip);
    return unzlibExact(body, own + Math.max(0, byteSkip)).subarray(Math.max(0, byteSkip));
  });
  if (encoding === 'text') return numbersInText(pieces, count, file.name);
  return readSamples(joined(pieces), { type, littleEndian, offset: 0, count });
}

function behindLines(bytes: Uint8Array, lines: number): Uint8Array {
  let at = 0;
  for (let n = 0; n < lines; n++) {
    const stop = bytes.indexOf(10, at);
    if (stop < 0) return bytes.subarray(bytes.length);
    at = stop + 1;
  }
  return bytes.subarray(at);
}

function numbersInText(pieces: readonly Uint8Array[], count: number, name: string): Float32Array {
  const words = pieces.flatMap((bytes) =>
    new TextDecoder()
      .decode(bytes)
      .split(/[\s,]+/)
      .filter(Boolean),
  );
  const numbers = words.slice(0, count).map(Number);
  const wrong = numbers.findIndex((value, n) => Number.isNaN(value) && !/^-?nan$/i.test(words[n]));
  if (numbers.length === count && wrong < 0) return Float32Array.from(numbers);
  throw new SlicewiseError('FORMAT', {
    message: `numbers of ${name}`,
    expected: `${count} numbers as text`,
    got: wrong < 0 ? `${numbers.length}` : `'${words[wrong].slice(0, 20)}'`,
    hint: 'the file is truncated or damaged; copy it again',
  });
}

/** The picked volume in C order [slice, row, column], complex numbers interleaved, wherever their axes lie in the file. */
function gathered(samples: Float32Array, { sizes }: NrrdHeader, { space, complex, more }: Roles, picked: number): Float32Array {
  const strides: number[] = [];
  sizes.reduce((stride, n) => (strides.push(stride), stride * n), 1);
  let start = 0;
  let rest = picked;
  for (const a of more) {
    start += (rest % sizes[a]) * strides[a];
    rest = Math.floor(rest / sizes[a]);
  }
  const [ni, nj, nk] = [0, 1, 2].map((n) => (space[n] === undefined ? 1 : sizes[space[n]]));
  const [si, sj, sk] = [0, 1, 2].map((n) => (space[n] === undefined ? 0 : strides[space[n]]));
  const lanes = complex === undefined ? 1 : 2;
  const lane = complex === undefined ? 0 : strides[complex];
  if (start === 0 && lanes === 1 && si === 1 && samples.length === ni * nj * nk) return samples;
  const out = new Float32Array(lanes * ni * nj * nk);
  let at = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++) {
        for (let l = 0; l < lanes; l++) out[at++] = samples[start + k * sk + j * sj + i * si + l * lane];
      }
    }
  }
  return out;
}

/** Signs that make RAS of a space's coordinates. */
const SPACES: { readonly [name: string]: readonly [number, number, number] } = {
  'right-anterior-superior': [1, 1, 1],
  ras: [1, 1, 1],
  'left-anterior-superior': [-1, 1, 1],
  las: [-1, 1, 1],
  'left-posterior-superior': [-1, -1, 1],
  lps: [-1, -1, 1],
};

function placeOf(header: NrrdHeader, space: readonly number[], given: ReadOptions['spacing'], warn: (message: string) => void) {
  const { directions, origin, spacings } = header;
  const vectors = directions && space.map((a) => directions[a]!);
  if (vectors?.some((v) => v.length !== 3)) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: 'space of the NRRD file',
      expected: 'three dimensions',
      got: `${header.space || 'a space'} with directions of ${vectors.map((v) => v.length).join(', ')} numbers`,
    });
  }
  if (vectors && vectors.length > 0) {
    const named = SPACES[header.space ?? ''];
    if (!named) {
      const space = header.space ? `the space '${header.space}' is not one of the body` : 'the header does not name its space';
      warn(`${space}: its axes taken as right, anterior, head`);
    }
    const scale = [0, 1, 2].map((r) => (named ?? [1, 1, 1])[r] * millimetres(header.spaceUnits[r], warn));
    const third = vectors.length === 3 ? vectors : completed(vectors);
    const columns = [0, 1, 2].flatMap((r) => [0, 1, 2].map((c) => third[c][r] * scale[r]));
    const at = origin?.length === 3 ? origin.map((value, r) => value * scale[r]) : [0, 0, 0];
    const lattice = latticeFrom(columns, at, warn);
    if (lattice) return placed({ ...lattice, ...(given ? { spacing: given } : {}) });
  }
  const own = space.map((a) => Math.abs((spacings?.[a] ?? NaN) * millimetres(header.units[a], warn)));
  if (!given && own.some((mm) => !(mm > 0 && mm < Infinity))) warn('no voxel size in the header: 1 mm assumed');
  warn('no orientation in the header: axes taken as right, anterior, head');
  return placed({ spacing: given ?? ([0, 1, 2].map((n) => (own[n] > 0 && own[n] < Infinity ? own[n] : 1)) as [number, number, number]) });
}

function millimetres(unit: string | undefined, warn: (message: string) => void): number {
  if (!unit || unit === '???') return 1;
  const ratio = unitRatio(unit === 'um' ? 'µm' : unit, 'mm');
  if (ratio === undefined) warn(`unit '${unit}' taken as mm`);
  return ratio ?? 1;
}

/** A third direction of 1 across two, or two across one. */
function completed(vectors: readonly (readonly number[])[]): (readonly number[])[] {
  const [a, b = Math.abs(a[0]) > Math.abs(a[1]) ? [0, 1, 0] : [1, 0, 0]] = vectors;
  const n = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const length = Math.hypot(...n) || 1;
  return [a, b, n.map((value) => value / length)];
}
