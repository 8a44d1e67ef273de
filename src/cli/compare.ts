import { basename } from 'node:path';
import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { MU_WATER } from '../../core/units.js';
import { compareVolumes, type Comparison, type SpectralComparison } from '../metrics/index.js';
import { attenuationToHu } from '../../volumes/hu.js';
import { matchVolumes } from '../../volumes/match.js';
import type { Volume } from '../../volumes/volume.js';
import type { CliCommand } from './command.js';
import { readVolumeFile, volumeFields } from './inputs.js';
import { renderReport } from '../report/index.js';
import { spectraOf } from '../modalities/scan-section.js';
import { VERSION } from '../version.js';
import { requireWritable, saveJson, saveText } from './outputs.js';
import { requireOneStream } from './streams.js';
import { columns, number } from './text.js';

const { units, series, dataset, bytes } = volumeFields;
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
  units,
  series,
  dataset,
  bytes,
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

  async run([volumePath, referencePath], { json, report, peak, clip, muWater, ...flags }, { terminal }) {
    requireOneStream([volumePath, referencePath]);
    if (json && json !== '-') await requireWritable(json);
    if (report) await requireWritable(report);
    const files = [await readVolumeFile(volumePath, flags), await readVolumeFile(referencePath, flags)];
    const mixed = files.some((f) => f.units === 'HU');
    const [volume, reference] = files.map((f) => (mixed && f.units === '1/mm' ? attenuationToHu(f, muWater) : f));
    const match = matchVolumes(volume, reference);
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
