import { elements } from '../../core/array.js';
import { writeFileAtomic } from '../../core/platform/files.js';
import { describeVoxels } from '../../volumes/describe.js';
import { withDicomSource, type DicomSource } from '../../volumes/formats/dicom/source.js';
import type { Volume } from '../../volumes/volume.js';
import { heldOutChoice, heldOutTable } from '../engine/judge/record.js';
import type { Manifest } from '../report/manifest.js';
import type { ReconstructionResult } from '../engine/reconstruct.js';
import { unmeasuredText } from '../engine/support.js';
import { VERSION } from '../version.js';
import { decompositionText } from '../engine/trust/decompose.js';
import { uncertaintyText } from '../engine/trust/uncertainty.js';
import { trustText } from '../engine/trust/sentence.js';
import type { CommandContext, Terminal } from './command.js';
import { saveJson, saveVolume } from './outputs.js';
import type { Flags } from './recon-flags.js';
import { inputRecord, reportOf } from './recon-report.js';
import { STREAM } from './streams.js';
import { duration, sizes } from './text.js';

/** Writes everything that a run was asked for, and tells of it. */
export async function save(
  result: ReconstructionResult,
  flags: Flags,
  { terminal, print }: Pick<CommandContext, 'terminal'> & { readonly print: (text: string) => void },
  {
    source,
    ...from
  }: { path: string; scan: Parameters<typeof reportOf>[0]['scan']; reference?: Volume; source?: DicomSource; command?: string },
): Promise<void> {
  const { output, std, support, report, json } = flags;
  /** What a DICOM series says of itself. */
  const derived = (volume: Volume, what: string): Volume => {
    const own = { ...volume, meta: { ...volume.meta, derivation: `slicewise ${VERSION}: ${what} by ${flags.method}, seed ${flags.seed}` } };
    return source ? withDicomSource(own, source) : own;
  };
  await saveVolume(output, derived(result.volume, 'reconstruction'), flags.format);
  const { units } = result.volume;
  const { method, timings } = result.manifest;
  const { lambda } = method.options;
  const weight = typeof lambda === 'number' && !flags.prior ? ` with λ ${Number(lambda.toPrecision(4))}` : '';
  terminal.out(
    `${output === STREAM ? 'standard output' : output}: ${describeVoxels(result.volume, sizes)}, ${units}; ${method.name}${weight} in ` +
      `${duration(timings.totalSeconds)}`,
  );
  tellHeldOut(result.manifest, terminal);
  if (std && result.std) {
    await saveVolume(std, derived(result.std, 'standard deviation'));
    terminal.out(`${std}: standard deviation over ${Number(method.options.samples)} samples`);
  }
  const interval = result.manifest.uncertainty;
  if (flags.uncertainty && result.halfWidth && interval) {
    await saveVolume(flags.uncertainty, derived(result.halfWidth, 'half width of the 90 % interval'));
    terminal.out(`${flags.uncertainty}: ${uncertaintyText(interval, units)}`);
  }
  const { unmeasured } = result.manifest;
  if (unmeasured) terminal.out(`not measured: ${unmeasuredText(unmeasured)}`);
  if (support) {
    await saveVolume(support, derived(result.support ?? everywhere(result.volume), 'mask of what was measured'));
    terminal.out(`${support}: 1 where data say something of the image${unmeasured ? '' : ', which is everywhere'}`);
  }
  if (result.decomposition && flags.decompose) {
    for (const { part, file, what } of partFiles(flags.decompose)) {
      await saveVolume(file, derived(result.decomposition[part], what));
      terminal.out(`${file}: ${what}`);
    }
    terminal.out(`measured or made up: ${decompositionText(result.decomposition.record)}`);
  }
  if (!report && !json) return;
  const made = reportOf({
    ...from,
    method: flags.method,
    result: { ...result, manifest: { ...result.manifest, inputs: [await inputRecord(from.path)] } },
  });
  if (json === STREAM) print(JSON.stringify(made.manifest, null, 2));
  else if (json) await saveJson(json, made.manifest);
  if (report) await writeReport(report, made, terminal);
}

/** The files of an image that is taken apart, beside each other. @example partFiles('out.nii.gz')[0].file // 'out-measured.nii.gz' */
export function partFiles(name: string): { part: 'measured' | 'added' | 'resolution'; file: string; what: string }[] {
  const [, stem, extension] = /^(.*?)((?:\.nii)?\.[^./\\]+)?$/s.exec(name)!;
  const named = (part: 'measured' | 'added' | 'resolution', what: string) => ({ part, file: `${stem}-${part}${extension ?? ''}`, what });
  return [
    named('measured', 'A⁺A x, what the data say of the image'),
    named('added', 'x − A⁺A x, what prior or regulariser added'),
    named('resolution', 'diagonal of A⁺A: 1 determined by the data, 0 invented'),
  ];
}

/** 1 on all of a volume's grid. */
const everywhere = (volume: Volume): Volume => ({
  ...volume,
  data: new Float32Array(elements(volume.shape)).fill(1),
  dtype: 'float32',
  units: 'arbitrary',
});

/** What is known without truth: of hidden measurements, where some were hidden, and of the prior's world. */
export function tellHeldOut(
  { heldOut, world, prior }: Pick<Manifest, 'heldOut' | 'world' | 'prior'>,
  { out }: Pick<Terminal, 'out'>,
): void {
  if (heldOut?.table) out(`tried on hidden ${heldOut.what}: ${heldOutTable(heldOut)}`);
  if (heldOut?.chosen) out(`chosen: ${heldOutChoice(heldOut)}`);
  // what is unlike the prior's training was told as a warning
  const text = trustText({ prior: prior?.name, world, heldOut }, true);
  if (text) out(text);
}

/** The picture that goes beside a report. */
export const montageOf = (report: string): string => `${report.replace(/\.html?$/i, '')}.png`;

/** @param of what the report is of, where it is not all of the result */
export async function writeReport(file: string, made: ReturnType<typeof reportOf>, { out }: Pick<Terminal, 'out'>, of = ''): Promise<void> {
  await writeFileAtomic(file, new TextEncoder().encode(made.html()));
  const montage = montageOf(file);
  await writeFileAtomic(montage, await made.png());
  out(`${file} and ${montage}: report${of}`);
}
