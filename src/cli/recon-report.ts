import { sha256 } from '../../core/sha256.js';
import { SlicewiseError } from '../../core/errors.js';
import { elements } from '../../core/array.js';
import { matchVolumes } from '../../volumes/match.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { magnitudeOf, makeVolume, type Units, type Volume } from '../../volumes/volume.js';
import { compareVolumes } from '../metrics/index.js';
import type { ReconstructionResult } from '../engine/reconstruct.js';
import { unmeasuredText } from '../engine/support.js';
import { decompositionText } from '../engine/trust/decompose.js';
import { uncertaintyText } from '../engine/trust/uncertainty.js';
import { trustText } from '../engine/trust/sentence.js';
import { scanSection, spectraOf } from '../modalities/scan-section.js';
import { readPath } from './streams.js';
import { decompositionFigures, renderMontage, renderReport, sampleFigures, type InputRecord, type Manifest } from '../report/index.js';

/**
 * The part of the reference that a reconstruction on `grid` in `units` will show, voxel for voxel. Asked before the run, so that a
 * reference that does not fit costs no result.
 * @throws SlicewiseError GEOMETRY (another lattice, too small), UNITS
 */
export function matchReference(grid: Grid, units: Units, reference: Volume): Volume {
  if (reference.units !== units) {
    throw new SlicewiseError('UNITS', {
      message: 'the reference and the result are in different units',
      expected: `a reference in ${units}`,
      got: reference.units,
      hint: 'leave --reference out and compare after converting one of them',
    });
  }
  return matchVolumes(makeVolume(new Float32Array(elements(grid.shape)), grid.shape, grid), reference).region;
}

/** Name, size and hash of what was read. */
export async function inputRecord(path: string): Promise<InputRecord> {
  const files = await readPath(path);
  const hashes = await Promise.all(files.map((file) => sha256(file.bytes)));
  const all = hashes.length === 1 ? hashes[0] : await sha256(new TextEncoder().encode(hashes.join('\n')));
  return { name: path, bytes: files.reduce((sum, file) => sum + file.bytes.byteLength, 0), sha256: all };
}

/** What can be said without truth, and how far off the image may be. */
function trustOf({ world, prior, heldOut, uncertainty }: Manifest, units: string): string[] {
  const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('?') ? '' : '.'}`;
  const text = trustText({ prior: prior?.name, world, heldOut });
  return [...(text ? [sentence(text)] : []), ...(uncertainty ? [sentence(uncertaintyText(uncertainty, units))] : [])];
}

/** Manifest, page and montage of one run. */
export function reportOf(run: {
  readonly path: string;
  readonly scan: Measurement;
  readonly method: string;
  readonly result: ReconstructionResult;
  readonly reference?: Volume;
  /** The command line. */
  readonly command?: string;
}): { manifest: Manifest; html(): string; png(): Promise<Uint8Array> } {
  const { path, scan, method, result, reference, command } = run;
  const metrics = reference && compareVolumes(result.volume, reference);
  // resident memory of the whole process at its peak, workers included
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const manifest: Manifest = { ...result.manifest, peakBytes, metrics: metrics ?? null };
  const { volume, support, std, events, decomposition } = result;
  const seconds = manifest.timings.totalSeconds;
  const panels = { results: [{ name: method, volume, support, std, events, metrics, seconds, peakBytes }], reference };
  const { norm, noiseLevel } = manifest.operator as { norm?: number; noiseLevel?: number };
  // the solver's own numbers back in the units of the data
  const noise = norm && noiseLevel && manifest.dataRange ? noiseLevel * norm * manifest.dataRange.scale : undefined;
  const section = scanSection(scan, manifest.method, noise, result.volume);
  return {
    manifest,
    html: () =>
      renderReport({
        ...panels,
        title: `${method} of ${path}${scan.meta.image === undefined ? '' : `, ${scan.meta.image}`}`,
        manifest,
        command,
        scan: section,
        spectra: spectraOf({ data: scan.data, result: magnitudeOf(volume), reference }),
        heldOut: manifest.heldOut ?? undefined,
        trust: trustOf(manifest, volume.units),
        decomposition: decomposition && {
          text: decompositionText(decomposition.record),
          figures: decompositionFigures(volume, decomposition),
        },
        samples: result.samples && sampleFigures(volume, result.samples, result.std, result.halfWidth),
        unmeasured: manifest.unmeasured ? unmeasuredText(manifest.unmeasured) : undefined,
        warnings: manifest.warnings,
      }),
    png: () => renderMontage(panels),
  };
}
