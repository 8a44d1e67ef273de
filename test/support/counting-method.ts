import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { entriesOfScan } from '../../operators/sampling/entries-mask.js';
import { defineKind, defineModality, registerModality, type DirectMethod } from '../../src/index.js';
import { spectralEntries } from '../../src/modalities/spectral/entries.js';
import { simulateSpectral } from '../../src/modalities/spectral/simulation/simulate.js';
import { spectral } from '../../src/modalities/spectral/spectral.js';
import type { Measurement } from '../../volumes/index.js';
import { entries } from '../../volumes/kinds/spectral/kind.js';
import { smallCube } from './cube.js';

/**
 * A modality with a direct method, `counting`, that adds 1 to zeros in every step and keeps its state, but with its option `keeps` false;
 * `forgetful` is the same without a state to keep.
 *
 * @param after told the number of every step that is done, before its state is kept
 * @returns a scan of its kind, and the steps that were done so far
 */
export function countingModality(steps: number, after: (step: number) => void = () => undefined): { scan: Measurement; done: number[] } {
  const done: number[] = [];
  const counting: DirectMethod = {
    schema: z.strictObject({ keeps: z.boolean().default(true) }),
    keepsState: ({ keeps }) => keeps === true,
    async run(scan, _, { kept, signal }) {
      let sum = kept?.from?.fields.sum ?? new Float32Array(scan.data.length);
      for (let step = kept?.from?.step ?? 0; step < steps; step++) {
        if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
        sum = sum.map((value) => value + 1);
        done.push(step + 1);
        after(step + 1);
        const now = { step: step + 1, fields: { sum } };
        await kept?.after(async () => now);
      }
      return { data: sum, units: 'arbitrary', map: { scale: 1, offset: 0 } };
    },
  };
  const { keepsState: _, ...forgetful } = counting;
  registerModality(
    defineModality({
      ...{ name: 'counting', title: 'counting', images: ['counting'], options: spectral.options },
      kinds: [
        {
          ...spectralEntries,
          kind: defineKind({ ...entries, name: 'counting.entries' }),
          operator: entriesOfScan,
          method: 'counting',
          direct: { counting, forgetful },
          candidates: undefined,
        },
      ],
    }),
  );
  return { scan: { ...simulateSpectral(smallCube([6, 7, 8]), { noiseStd: 0.1 }), kind: 'counting.entries' }, done };
}
