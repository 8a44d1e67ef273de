import { basename } from 'node:path';
import * as z from 'zod';
import { elements } from '../../core/array.js';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import { MU_WATER } from '../../core/units.js';
import { compareVolumes, type Comparison, type SpectralComparison } from '../metrics/index.js';
import { attenuationToHu } from '../../volumes/hu.js';
import { matchVolumes } from '../../volumes/match.js';
import { magnitudeOf, makeVolume, type Volume } from '../../volumes/volume.js';
import type { CliCommand } from './command.js';
import { readVolumeFile, tellOfVolume, volumeFields, volumeSpacing } from './inputs.js';
import { renderReport } from '../report/index.js';
import { spectraOf } from '../modalities/scan-section.js';
import { VERSION } from '../version.js';
import { forceFlag, requireWritable, saveJson, saveText } from './outputs.js';
import { requireOneStream } from './streams.js';
import { columns, number } from './text.js';

const schema = z.object({
  json: z.string().optional().describe('write the numbers as JSON to this file, or - for standard output'),
  report: z.string().optional().describe('HTML report to write: both volumes, their difference, and (seismic) f-k spectra'),
  peak: z
    .number()
    .positive()
    .optional()
    .describe('peak of PSNR and data range of SSIM; default 2000 for HU, else the range of the reference'),
  clip: z.string().optional().describe('clip both to low,high for PSNR and SSIM, or none; default −1000,1000 for HU'),
  muWater: z
    .number()
    .positive()
    .default(MU_WATER)
    .describe('attenuation of water in 1/mm, where one volume is in HU and the other in 1/mm'),
  crop: z
    .enum(['centre'])
    .optional()
    .describe('compare the middles of both, voxel by voxel, where a file does not say where it lies (references of fastMRI)'),
  ...forceFlag,
  ...volumeFields,
  ...volumeSpacing,
  referenceDataset: z.string().optional().describe('array of the reference, where it is another one than --dataset'),
  referenceVolumeIndex: z.int().nonnegative().optional().describe('volume of the reference, where it is another one than --volume-index'),
});

export const compare: CliCommand<typeof schema> = {
  name: 'compare',
  summary:
    'Compares a volume with a reference: PSNR, SSIM, errors. The reference may be larger; voxels are matched by affine, ' +
    'without one by their axes.',
  arguments: [
    { name: '<volume>', summary: 'the reconstruction' },
    { name: '<reference>', summary: 'the truth, or another volume on the same voxel lattice' },
  ],
  schema,
  flags: { json: '--json <file>', report: '--report <file>', clip: '--clip <low,high|none>' },
  examples: [
    'compare out.nii.gz chest.nii.gz',
    'compare out.nii.gz chest.nii.gz --json -',
    'compare full.sgy complete.sgy --report difference.html',
  ],

  async run([volumePath, referencePath], { json, report, peak, clip, muWater, force, crop, ...flags }, { terminal }) {
    requireOneStream([volumePath, referencePath]);
    if (json && json !== '-') await requireWritable(json, force);
    if (report) await requireWritable(report, force);
    const { referenceDataset = flags.dataset, referenceVolumeIndex = flags.volumeIndex, complex = 'magnitude', ...rest } = flags;
    const own = { ...rest, complex };
    const ofReference = { ...own, dataset: referenceDataset, volumeIndex: referenceVolumeIndex };
    const files = [await readVolumeFile(volumePath, own), await readVolumeFile(referencePath, ofReference)];
    [volumePath, referencePath].forEach((path, n) => tellOfVolume(files[n], terminal, path));
    const mixed = files.some((f) => f.units === 'HU');
    const known = files.map((f) => (mixed && f.units === '1/mm' ? attenuationToHu(f, muWater) : f));
    const [volume, reference] = crop === undefined ? known : middles(known[0], known[1]);
    const match = matching(volume, reference);
    const comparison = compareVolumes(volume, match.region, {
      parts: newTraces(volume),
      peak,
      clip: clip === undefined ? undefined : parseClip(clip),
    });
    const region = { start: match.start, size: match.size };
    if (report) {
      const results = [{ name: basename(volumePath), volume, metrics: comparison }];
      const page = renderReport({
        title: `${volumePath} compared with ${referencePath}`,
        results,
        reference: match.region,
        spectra: spectraOf({ result: volume, reference: match.region }),
        manifest: { slicewise: VERSION, volume: volumePath, reference: referencePath, region, metrics: comparison },
      });
      await saveText(report, page);
    }
    if (json === '-') return terminal.out(JSON.stringify({ ...comparison, region }, null, 2));
    if (json) await saveJson(json, { ...comparison, region });
    terminal.out(comparisonTable(comparison));
    terminal.out(`compared with ${match.words} of ${referencePath}`);
  },
};

/** @throws SlicewiseError as `matchVolumes`, with the way out that the command has */
function matching(volume: Volume, reference: Volume): ReturnType<typeof matchVolumes> {
  try {
    return matchVolumes(volume, reference);
  } catch (error) {
    const places = isSlicewiseError(error) && error.code === 'GEOMETRY' && volume.shape.length === 3 && reference.shape.length === 3;
    if (!places) throw error;
    const { message: text, expected, got, hint } = error;
    throw new SlicewiseError('GEOMETRY', {
      ...{ message: text.split(';')[0], expected, got },
      hint: `${hint.replace(/\.$/, '')}; where a file says no place: --crop centre compares the middles, --spacing says voxels`,
    });
  }
}

/** The middles of two volumes, of the smaller size along every axis, on one lattice. @throws SlicewiseError SHAPE */
function middles(a: Volume, b: Volume): [Volume, Volume] {
  if (a.shape.length !== b.shape.length) {
    throw new SlicewiseError('SHAPE', { message: 'the volumes differ in axes', expected: a.shape.join('×'), got: b.shape.join('×') });
  }
  const shape = a.shape.map((n, axis) => Math.min(n, b.shape[axis]));
  const middle = (volume: Volume): Volume => {
    const real = magnitudeOf(volume);
    const first = shape.map((n, axis) => Math.floor(real.shape[axis] / 2) - Math.floor(n / 2));
    const data = new Float32Array(elements(shape));
    for (let n = 0; n < data.length; n++) {
      let [rest, at, stride] = [n, 0, 1];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += (first[axis] + (rest % shape[axis])) * stride;
        rest = Math.floor(rest / shape[axis]);
        stride *= real.shape[axis];
      }
      data[n] = real.data[at];
    }
    const { axes, placement, units, modality, meta } = a;
    return makeVolume(data, shape, { axes, placement, units: volume.units === units ? units : volume.units, modality, meta });
  };
  return [middle(a), middle(b)];
}

/** Of a volume whose file says which traces are interpolated (and some are), their samples. */
function newTraces({ meta, shape }: Volume): { readonly [part: string]: Uint8Array } | undefined {
  const { interpolated } = meta;
  if (!(interpolated instanceof Uint8Array) || !interpolated.includes(1)) return undefined;
  const samples = shape[shape.length - 1];
  const part = new Uint8Array(interpolated.length * samples);
  for (let trace = 0; trace < interpolated.length; trace++) part.fill(interpolated[trace], trace * samples, (trace + 1) * samples);
  return { 'interpolated traces': part };
}

/** Low and high, or null for none. */
function parseClip(text: string): { low: number; high: number } | null {
  if (text === 'none') return null;
  const [low, high, ...rest] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (low < high && rest.length === 0) return { low, high };
  throw new SlicewiseError('ARGUMENT', {
    message: '--clip',
    expected: 'low,high with low < high, or none',
    got: `'${text}'`,
  });
}

/** The numbers of a comparison for people. */
export function comparisonTable(c: Comparison): string {
  const unit = c.units === 'arbitrary' ? '' : ` ${c.units}`;
  const clip = c.clip ? `both clipped to ${number(c.clip.low)} … ${number(c.clip.high)}${unit}` : 'not clipped';
  const decibels = (value: number | null): string => (value === null ? '∞ dB (equal)' : `${value.toFixed(2)} dB`);
  const ssim = (value: number | null): string => (value === null ? '– (smaller than 11×11)' : value.toFixed(4));
  return columns([
    ['PSNR', c.psnr === null ? '∞ dB (equal)' : `${c.psnr.toFixed(2)} dB`, `peak ${number(c.peak)}${unit}, ${c.peakSource}; ${clip}`],
    ['SNR', decibels(c.snr), 'reference over error, not clipped'],
    ...Object.entries(c.snrOf ?? {}).map(([part, value]) => ['', decibels(value), part]),
    ...Object.entries(c.ssimByPlane).map(([plane, value], n) => [
      `SSIM ${plane}`,
      ssim(value),
      n === 0 ? 'mean over slices, 11×11 Gaussian' : '',
    ]),
    ...(c.spectral ? spectralRows(c.spectral) : []),
    ['bias', `${number(c.error.mean)}${unit}`, 'mean of volume − reference, not clipped'],
    ['mean |error|', `${number(c.error.mae)}${unit}`, ''],
    ['RMSE', `${number(c.error.rmse)}${unit}`, ''],
    ['95 % of |error|', `${number(c.error.p95)}${unit}`, 'below this'],
  ]);
}

/** What spectroscopists go by. */
function spectralRows({ mpsnr, mssim, sam, ergas, peakSource, constantBands, darkPixels }: SpectralComparison): string[][] {
  const left = constantBands > 0 ? `; ${constantBands} constant bands left out` : '';
  const dark = darkPixels > 0 ? `; ${darkPixels} pixels without a spectrum left out` : '';
  const told = (value: number | null, digits: number, unit = ''): string => (value === null ? '–' : `${value.toFixed(digits)}${unit}`);
  return [
    ['MPSNR', told(mpsnr, 2, ' dB'), `mean over bands, peak ${peakSource}${left}`],
    ['MSSIM', told(mssim, 4), 'mean over bands'],
    ['SAM', told(sam, 3, '°'), `mean angle between spectra${dark}`],
    ['ERGAS', told(ergas, 3), '100 √(mean over bands of (RMSE / mean)²)'],
  ];
}
