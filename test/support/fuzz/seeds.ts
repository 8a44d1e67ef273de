import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'fflate';
import type { NamedBytes, ReadOptions } from '../../../volumes/format.js';
import { kinds, makeVolume, writeMeasurement, writeVolumeFiles, type ScanOptions } from '../../../volumes/index.js';
import { measurementFormats, volumeFormats } from '../../../volumes/registry.js';
import { sampleVolumes } from '../format-checks.js';
import { bytesOf, golden } from '../golden.js';
import { nikonScan } from '../nikon.js';

/** Small good files of one format, and how they are read. */
export interface FuzzFormat {
  readonly name: string;
  readonly seeds: readonly (readonly NamedBytes[])[];
  readonly volume?: ReadOptions;
  readonly scan?: ScanOptions;
  /** Containers: every array that they list is read. */
  readonly arrays?: boolean;
}

const file = (path: string): NamedBytes[] => {
  const bytes = new Uint8Array(readFileSync(join('test/golden', path)));
  return [{ name: path.replace(/^.*\/|\.gz$/g, ''), bytes: path.endsWith('.gz') ? gunzipSync(bytes) : bytes }];
};
const folder = (path: string, pattern: RegExp): NamedBytes[][] =>
  readdirSync(join('test/golden', path))
    .filter((name) => pattern.test(name))
    .map((name) => file(`${path}/${name}`));

/** Files in base64 wherever a golden file keeps them. */
function within(value: unknown, ending: string): NamedBytes[][] {
  if (typeof value === 'string') return value.length > 100 ? [[{ name: `a${ending}`, bytes: bytesOf(value) }]] : [];
  if (Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'string' && v.length > 100)) {
    return [value.map((v: string, n) => ({ name: `${n}${ending}`, bytes: bytesOf(v) }))];
  }
  return [];
}

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly file?: string;
    readonly files?: readonly (string | { name: string; bytes?: string; file?: string })[];
  }[];
}
const cases = (name: string, ending: string): NamedBytes[][] =>
  golden<Golden>(name).cases.flatMap(({ file: one, files = [] }) =>
    one !== undefined
      ? within(one, ending)
      : [
          files.map((f, n) =>
            typeof f === 'string'
              ? { name: `${n}${ending}`, bytes: bytesOf(f) }
              : { name: f.name, bytes: bytesOf(f.bytes ?? f.file ?? '') },
          ),
        ],
  );

/** What our own writer of a format makes of the volumes that every format is tried with. */
async function written(name: string, ...endings: string[]): Promise<NamedBytes[][]> {
  const format = volumeFormats.get(name);
  const out: NamedBytes[][] = [];
  for (const volume of format.examples?.() ?? Object.values(sampleVolumes)) {
    for (const ending of endings) {
      for (const dtype of ['float32', 'int16', 'complex64'] as const) {
        if ((dtype === 'complex64') !== (volume.dtype === 'complex64')) continue;
        const to = format.folder ? 'out/' : `a${ending}`;
        const files = await writeVolumeFiles(to, volume, { dtype }).catch(() => undefined);
        if (files) out.push(files.map((f) => ({ name: f.name.replace('out/', ''), bytes: f.bytes })));
      }
    }
  }
  return out;
}

const real = (prefix: string): NamedBytes[][] =>
  Object.entries(golden<{ cases: { [name: string]: { files: { name: string; file: string }[] } } }>('real-files.json').cases)
    .filter(([name]) => name.startsWith(prefix))
    .map(([, { files }]) => files.map((f) => ({ name: f.name, bytes: bytesOf(f.file) })));

const small = (seeds: readonly (readonly NamedBytes[])[], most = 70_000): (readonly NamedBytes[])[] =>
  seeds.filter(
    (files) =>
      files.length > 0 && files.every(({ bytes }) => bytes.length > 0) && files.reduce((sum, { bytes }) => sum + bytes.length, 0) <= most,
  );

/** Every format that is read, with small good files: of other programs where there are golden ones, and of our own writers. */
export async function fuzzFormats(): Promise<FuzzFormat[]> {
  const keep = { complex: 'keep' } as const;
  const scan = async (kind: string, ending: string): Promise<NamedBytes[]> => {
    const name = `scan${ending}`;
    return [{ name, bytes: await writeMeasurement(name, kinds.get(kind).example!(2)) }];
  };
  const itk = cases('itk.json', '').filter((files) => files.length > 0);
  const ending = (pattern: RegExp): NamedBytes[][] => itk.filter(([first]) => pattern.test(first.name));
  const bart = (stem: string): NamedBytes[] => [...file(`${stem}.cfl`), ...file(`${stem}.hdr`)];
  const nikonFiles = async (): Promise<NamedBytes[]> => [
    { name: 'disc.xtekct', bytes: new TextEncoder().encode(nikonScan.header) },
    ...(await Promise.all(
      nikonScan.projections.map(async (page, n) => ({
        name: `disc_000${n + 1}.tif`,
        bytes: (await writeVolumeFiles('a.tif', makeVolume(page, [1, 3, 4])))[0].bytes,
      })),
    )),
  ];
  const png = golden<{ grey16: string[]; grey8: string }>('png.json');
  const list: FuzzFormat[] = [
    {
      name: 'NIfTI',
      seeds: [...cases('nifti.json', '.nii'), ...(await written('nifti', '.nii', '.nii.gz')), ...real('nifti')],
      volume: keep,
    },
    {
      name: 'DICOM',
      seeds: [...cases('dicom.json', '.dcm'), ...real('dicom'), ...(await written('dicom', '/'))],
      volume: { volumeIndex: 0 },
    },
    { name: 'MetaImage', seeds: [...ending(/\.mh[ad]$/), ...(await written('metaimage', '.mha', '.mhd'))], volume: {} },
    {
      name: 'NRRD',
      seeds: [...ending(/\.n(rrd|hdr)$/), ...(await written('nrrd', '.nrrd', '.nhdr'))],
      volume: { ...keep, volumeIndex: 0 },
    },
    {
      name: 'NumPy',
      seeds: [...cases('npy.json', '.npy'), ...(await written('npy', '.npy')), ...(await written('npz', '.npz'))],
      volume: keep,
    },
    { name: 'TIFF', seeds: [...folder('arrays', /\.tif$/), ...real('tiff'), ...(await written('tiff', '.tif'))], volume: {} },
    { name: 'PNG', seeds: [...within(png.grey16, '.png'), ...within(png.grey8, '.png')], volume: {} },
    { name: 'MATLAB 4, 5', seeds: [...folder('arrays', /(v6|v7|big-endian)\.mat$/), ...real('matlab')], arrays: true },
    { name: 'MATLAB 7.3', seeds: folder('arrays', /v73\.mat$/), arrays: true },
    { name: 'HDF5', seeds: [...(await written('hdf5', '.h5')), ...folder('arrays', /types\.h5$/), ...real('hdf5')], volume: keep },
    { name: 'HDF5 arrays', seeds: folder('arrays', /types\.h5$/), arrays: true },
    { name: 'NumPy archive', seeds: await written('npz', '.npz'), arrays: true },
    {
      name: 'HDF5, compressed',
      seeds: Object.values(golden<{ files: { [name: string]: string } }>('filters.json').files).flatMap((f) => within(f, '.h5')),
      volume: keep,
    },
    { name: 'scan file', seeds: await Promise.all([...kinds.entries()].map(([kind]) => scan(kind, '.h5'))), scan: {} },
    { name: 'DXchange, NXtomo', seeds: [...folder('arrays', /^dx.*\.h5$/), ...real('nxtomo')], scan: {} },
    { name: 'ISMRMRD', seeds: [...folder('kspace', /^ismrmrd-\dd\.h5$/), file('trajectories/ismrmrd.h5.gz')], scan: {} },
    { name: 'fastMRI', seeds: folder('kspace', /^fastmri.*\.h5$/), scan: {} },
    { name: 'BART', seeds: [...bartStems('kspace/bart').map(bart), bart('trajectories/ksp')], scan: {} },
    { name: 'BART image', seeds: await written('bart', '.cfl'), volume: keep },
    { name: 'ENVI', seeds: await written('envi', '.hdr', '.bil', '.bip'), volume: keep },
    { name: 'SEG-Y', seeds: [await scan('seismic.traces', '.sgy')], scan: {} },
    { name: 'Seismic Unix', seeds: [await scan('seismic.traces', '.su')], scan: {} },
    { name: 'Nikon', seeds: [await nikonFiles()], scan: {} },
    {
      name: 'array as a scan',
      seeds: [...folder('arrays', /uint16\.tif|v7\.mat$/), ...(await written('npy', '.npy'))],
      scan: { angles: '0,1,2', axes: 'view,row,column' },
    },
  ];
  return list.map((format) => ({ ...format, seeds: small(format.seeds) })).filter(({ seeds }) => seeds.length > 0);
}

const bartStems = (path: string): string[] =>
  readdirSync(join('test/golden', path))
    .filter((name) => name.endsWith('.cfl') && existsSync(join('test/golden', path, name.replace('.cfl', '.hdr'))))
    .map((name) => `${path}/${name.slice(0, -4)}`);

/** Names of all formats that are read, so that none is forgotten. */
export const registeredFormats = (): string[] => [
  ...new Set([...volumeFormats.entries(), ...measurementFormats.entries()].map(([, { name }]) => name)),
];
