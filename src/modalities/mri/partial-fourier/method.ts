import * as z from 'zod';
import { SlicewiseError } from '../../../../core/errors.js';
import { centredFft } from '../../../../core/fft.js';
import { count } from '../../../../core/options.js';
import type { KspaceShape } from '../../../../volumes/kinds/kspace/mask.js';
import { partialFourier, type PartialFourier } from '../../../../volumes/kinds/kspace/partial.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import type { DirectMethod } from '../../modality.js';
import { combinedCoils } from '../grappa/combine.js';
import { grappaPlan } from '../grappa/grappa-plan.js';
import { grappaSchema, withGrappa, type GrappaSettings } from '../grappa/method.js';
import type { MriOptions } from '../options.js';
import { maskOf } from '../stages.js';
import { homodyneLine, homodyneWeights, phaseReference, phaseWindow, pocsLine } from './fill.js';

const schema = z.strictObject({
  fill: z
    .enum(['pocs', 'homodyne'])
    .default('pocs')
    .describe('how the missing side of k-space is had: iterations that keep what was measured (POCS), or homodyne detection'),
  iterations: count.default(10).describe('of POCS; further ones change little (own trials)'),
  ...grappaSchema.shape,
});

export type PartialFourierSettings = z.output<typeof schema>;

/**
 * Partial Fourier: k-space of which one side was measured in part is filled by the phase of the image, which is read from the band about
 * the origin that was measured on both sides (fill.ts). Lines that are missing between measured ones are filled by GRAPPA before. Coils are
 * combined by maps, which then also tell their phase (the phase of the combined image has less noise), or as their root sum of squares.
 */
export const partialFourierMri: DirectMethod<MriOptions> = {
  schema,
  check(scan, { complex, methodOptions }) {
    const options = methodOptions as unknown as PartialFourierSettings;
    const slices = Array.from({ length: maskOf(scan).shape[0] }, (_, slice) => partialFourier(maskOf(scan), slice));
    if (slices.every((partial) => partial === undefined)) {
      throw new SlicewiseError('GEOMETRY', {
        message: 'this is no partial Fourier scan: k-space was measured as far on either side of its centre',
        expected: 'lines that end early on one side of the centre',
        got: 'a symmetric mask',
        hint: 'use zero-filled, sense or grappa',
      });
    }
    if (complex && options.combine === 'rss') {
      throw new SlicewiseError('ARGUMENT', {
        message: 'a root sum of squares has no phase',
        expected: '--combine maps for a complex image',
        got: '--combine rss',
      });
    }
    if (!hasGaps(scan)) return;
    if (scan.shape[1] < 2) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'lines are missing between measured ones, and one coil does not tell them',
        expected: 'two coils or more, or every line up to the end',
        got: '1 coil',
        hint: 'use cs-wavelet or dds, which take any mask',
      });
    }
    grappaPlan(maskOf(scan), scan.shape as unknown as KspaceShape, options);
  },

  async run(scan, _, call) {
    const options = call.methodOptions as unknown as PartialFourierSettings;
    const filled = hasGaps(scan) ? await withGrappa(scan, options as GrappaSettings, call) : scan.data.slice();
    const mask = maskOf(scan);
    const slices = scan.shape[0];
    const warnings: string[] = [];
    call.progress?.('partial Fourier', 0, slices);
    for (let slice = 0; slice < slices; slice++) {
      // a turn of the event loop, in which an interruption is heard
      await new Promise((resolve) => setTimeout(resolve));
      if (call.signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'stopped while partial Fourier was filled' });
      const partial = partialFourier(mask, mask.shape[0] === 1 ? 0 : slice);
      if (partial) fillSlice(filled, scan, slice, partial, options);
      if (partial && slice === 0) warnings.push(told(partial, options));
      call.progress?.('partial Fourier', slice + 1, slices);
    }
    const data = await combinedCoils(filled, scan, options.combine, call.backend);
    return { data, units: 'arbitrary', map: { scale: 1, offset: 0 }, warnings };
  },
};

function told({ axis, first, last, count: lines, reach }: PartialFourier, { fill }: PartialFourierSettings): string {
  const how = fill === 'pocs' ? 'POCS' : 'homodyne detection';
  return (
    `partial Fourier along ${axis}: lines ${first} … ${last} of 0 … ${lines - 1}, the rest by ${how} ` +
    `from the phase of the ${2 * reach - 1} lines about the origin: a phase that varies faster than these show is wrong`
  );
}

/** Are samples missing within the part of k-space that was measured? */
function hasGaps(scan: Measurement): boolean {
  const { data, shape } = maskOf(scan);
  const [frames, ny, nx] = shape;
  for (let frame = 0; frame < frames; frame++) {
    const plane = data.subarray(frame * ny * nx, (frame + 1) * ny * nx);
    const box = { y: [ny, -1], x: [nx, -1] };
    let measured = 0;
    plane.forEach((value, n) => {
      if (value === 0) return;
      const [y, x] = [Math.floor(n / nx), n % nx];
      box.y = [Math.min(box.y[0], y), Math.max(box.y[1], y)];
      box.x = [Math.min(box.x[0], x), Math.max(box.x[1], x)];
      measured++;
    });
    if (measured > 0 && measured < (box.y[1] - box.y[0] + 1) * (box.x[1] - box.x[0] + 1)) return true;
  }
  return false;
}

/** One slice of k-space, all coils, in place. */
function fillSlice(
  kspace: Float32Array,
  { shape, arrays }: Measurement,
  slice: number,
  partial: PartialFourier,
  { fill, iterations, combine }: PartialFourierSettings,
): void {
  const [, coils, ny, nx] = shape;
  const plane = ny * nx;
  const data = kspace.subarray(2 * slice * coils * plane, 2 * (slice + 1) * coils * plane);
  const maps = combine === 'maps' ? arrays?.maps?.data.subarray(2 * slice * coils * plane, 2 * (slice + 1) * coils * plane) : undefined;
  const otherAxis = partial.axis === 'ky' ? 2 : 1;
  const [stride, step, others] = partial.axis === 'ky' ? [nx, 1, nx] : [1, nx, ny];
  // the other direction in image space: a line is then of one place
  centredFft(data, [coils, ny, nx], otherAxis, 'inverse');
  const [window, weights] = [phaseWindow(partial), homodyneWeights(partial)];
  for (let other = 0; other < others; other++) {
    const lines = Array.from({ length: coils }, (_, c) => {
      const line = new Float64Array(2 * partial.count);
      // GRAPPA may have filled some lines beyond the last
      for (let n = partial.first; n <= partial.last; n++) {
        const at = 2 * (c * plane + n * stride + other * step);
        line[2 * n] = data[at];
        line[2 * n + 1] = data[at + 1];
      }
      return line;
    });
    const references = lines.map((line) => phaseReference(line, window));
    const joint = maps && combinedPhase(references, maps, (c, n) => 2 * (c * plane + n * stride + other * step));
    lines.forEach((line, c) => {
      const reference = joint?.[c] ?? references[c];
      const whole = fill === 'pocs' ? pocsLine(line, partial, reference, iterations) : homodyneLine(line, weights, reference);
      for (let n = 0; n < partial.count; n++) {
        const at = 2 * (c * plane + n * stride + other * step);
        data[at] = whole[2 * n];
        data[at + 1] = whole[2 * n + 1];
      }
    });
  }
  centredFft(data, [coils, ny, nx], otherAxis, 'forward');
}

/** s_c Σ conj(s) x of each coil c: its phase by all of them; where it has no map, its own. */
function combinedPhase(images: readonly Float64Array[], maps: Float32Array, at: (coil: number, n: number) => number): Float64Array[] {
  const out = images.map((image) => image.slice());
  for (let n = 0; 2 * n < images[0].length; n++) {
    let [re, im] = [0, 0];
    images.forEach((image, c) => {
      const [a, b] = [maps[at(c, n)], maps[at(c, n) + 1]];
      re += a * image[2 * n] + b * image[2 * n + 1];
      im += a * image[2 * n + 1] - b * image[2 * n];
    });
    images.forEach((_, c) => {
      const [a, b] = [maps[at(c, n)], maps[at(c, n) + 1]];
      if (a === 0 && b === 0) return;
      out[c][2 * n] = a * re - b * im;
      out[c][2 * n + 1] = a * im + b * re;
    });
  }
  return out;
}
