import { elements } from '../../../core/array.js';
import { SlicewiseError } from '../../../core/errors.js';
import { placed } from '../../../core/placement.js';
import type { NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { makeVolume, type Volume } from '../../volume.js';
import { modalityNamed, unitsNamed } from '../support/axes-text.js';
import { detachedFile, joined, lastName, namedAmong, numberedNames } from '../support/detached.js';
import { unzlibExact } from '../support/gzip.js';
import { guessMeaning } from '../support/hounsfield.js';
import { flipXy, flipXyRows, latticeFrom } from '../support/lps.js';
import { pickVolume } from '../support/pick.js';
import { readSamples, SAMPLE_BYTES, summariseValues, valueWarnings } from '../support/samples.js';
import { readMetaHeader, sniffMetaImage, type MetaHeader } from './header.js';
import { writeMetaImage } from './write.js';

/**
 * MetaImage, as ITK has it: `.mha`, or `.mhd` with its numbers in other files; plain or zlib, either byte order. World coordinates are LPS
 * mm, which become RAS. Source: MetaIO documentation (itk.org/Wiki/MetaIO), metaImage.cxx.
 */
export const metaImage: VolumeFormat = {
  name: 'MetaImage',
  extensions: ['.mha', '.mhd'],
  maxFiles: Infinity,
  keeps: ['lengths', 'placement', 'units', 'modality'],
  sniff: ({ bytes }) => sniffMetaImage(bytes),
  companions: (file, others) => (sniffMetaImage(file.bytes) ? companionsOf(file, others) : []),
  read: readMetaImage,
  writeFiles: writeMetaImage,
};

function companionsOf(file: NamedBytes, others: readonly NamedBytes[]): readonly NamedBytes[] {
  try {
    return dataNames(readMetaHeader(file.bytes, file.name)).flatMap((name) => namedAmong(name, others) ?? []);
  } catch {
    return []; // reading will tell
  }
}

/** Names of the files that hold the numbers; none where they follow the header. */
function dataNames({ dataFile, list, dims }: MetaHeader): string[] {
  if (/^local$/i.test(dataFile)) return [];
  if (/^list/i.test(dataFile)) return list.map(lastName);
  const [pattern, ...numbers] = dataFile.split(/\s+/);
  if (!pattern.includes('%') || numbers.length < 2) return [dataFile];
  const [from, to, step = 1] = numbers.map(Number);
  return numberedNames(pattern, from, to, step, elements(dims));
}

/**
 * Shape [dim3, dim2, dim1].
 * @throws SlicewiseError FORMAT (truncated, damaged, data missing), FORMAT_UNSUPPORTED (text, several channels, 4-D without `volumeIndex`)
 */
async function readMetaImage(files: readonly NamedBytes[], options: ReadOptions): Promise<Volume> {
  const headers = files.filter(({ bytes }) => sniffMetaImage(bytes));
  if (headers.length > 1) {
    throw new SlicewiseError('FORMAT', {
      message: 'several volumes',
      expected: 'one MetaImage',
      got: headers.map(({ name }) => name).join(', '),
      hint: 'name the file to read',
    });
  }
  const file = headers[0] ?? files[0];
  const header = readMetaHeader(file.bytes, file.name);
  const warnings = [...header.warnings];
  const { dims, type, littleEndian } = header;
  const [ni, nj = 1, nk = 1, ...more] = dims;
  const index = pickVolume(more, options.volumeIndex, 'MetaImage');
  const count = ni * nj * nk;
  const total = elements(dims) * SAMPLE_BYTES[type];
  const bytes = await numbersOf(header, file, files, total);
  const data = readSamples(bytes, { type, littleEndian, offset: index * count * SAMPLE_BYTES[type], count });
  const values = summariseValues(data);
  const { entries } = header;
  const units = unitsNamed(entries.get('slicewiseunits'));
  const meaning = guessMeaning(values, { ...options, units: options.units ?? units });
  const modality =
    options.modality ?? modalityNamed(entries.get('slicewisemodality')) ?? modalityOf(entries.get('modality')) ?? meaning.modality;
  return makeVolume(data, [nk, nj, ni], {
    ...placeOf(header, options.spacing, (text) => void warnings.push(text)),
    units: meaning.units,
    modality,
    meta: {
      source: file.name,
      format: 'MetaImage',
      storedType: type,
      valueRange: [values.min, values.max],
      unitsFrom: units && !options.units ? 'file' : meaning.from,
      warnings: [...warnings, ...valueWarnings(values, type), ...(meaning.warning ? [meaning.warning] : [])],
    },
  });
}

/** MET_MOD_CT, MET_MOD_MR and the like. */
const modalityOf = (text = ''): string | undefined => /^MET_MOD_(CT|MR)$/.exec(text)?.[1];

async function numbersOf(header: MetaHeader, file: NamedBytes, files: readonly NamedBytes[], total: number): Promise<Uint8Array> {
  const names = dataNames(header);
  const local = names.length === 0;
  if (local && /^list/i.test(header.dataFile)) throw new SlicewiseError('FORMAT', { message: `${file.name} lists no data files` });
  const pieces: Uint8Array[] = [];
  for (const name of names) {
    const { bytes } = await detachedFile(file, name, files);
    const own = total / names.length;
    pieces.push(header.compressed ? unpacked(bytes, header, own) : skipped(bytes, header.skip, own));
  }
  if (!local) return joined(pieces);
  const rest = file.bytes.subarray(header.end);
  return header.compressed ? unpacked(rest, header, total) : skipped(rest, header.skip, total);
}

const unpacked = (bytes: Uint8Array, { compressedSize, skip }: MetaHeader, total: number): Uint8Array =>
  unzlibExact(bytes.subarray(Math.max(0, skip), compressedSize === undefined ? undefined : Math.max(0, skip) + compressedSize), total);

/** Behind a header of the data's own; −1 takes the end of the file. */
const skipped = (bytes: Uint8Array, skip: number, total: number): Uint8Array =>
  bytes.subarray(skip === -1 ? Math.max(0, bytes.length - total) : skip);

/** Two dimensions lie in the plane of x and y, as ITK takes them. */
function placeOf(header: MetaHeader, given: ReadOptions['spacing'], warn: (message: string) => void) {
  const rank = header.dims.length;
  const at = (r: number, c: number): number =>
    r < rank && c < rank ? (header.direction?.[r * rank + c] ?? (r === c ? 1 : 0)) : r === c ? 1 : 0;
  const spacing = given ?? ([0, 1, 2].map((n) => header.spacing[n] ?? 1) as [number, number, number]);
  const columns = [0, 1, 2].flatMap((r) => [0, 1, 2].map((c) => at(r, c) * spacing[c]));
  const origin = [0, 1, 2].map((n) => header.origin?.[n] ?? 0);
  if (!header.direction && !header.origin) warn('no orientation in the header: columns taken as left, rows as back, slices as head (ITK)');
  const lattice = latticeFrom(flipXyRows(columns), flipXy(origin), warn);
  return placed(lattice ?? { spacing });
}
