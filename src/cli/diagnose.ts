import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { space } from '../../core/space.js';
import { loadModel } from '../../models/sources/zoo.js';
import { openNetwork } from '../../models/network/open-network.js';
import { volumeData, type Volume } from '../../volumes/volume.js';
import { codeNorms } from '../engine/trust/code.js';
import { evenSlices, judgeWorld, longestCode, takeSlices, worldOf, worldText } from '../engine/trust/world.js';
import { modelSources, readModelFile } from '../node.js';
import { openBackend } from './backend.js';
import type { CliCommand } from './command.js';
import { readVolumeFile, tellOfVolume, volumeFields, volumeSpacing } from './inputs.js';
import { saveJson } from './outputs.js';
import { where } from './recon-flags.js';
import { STREAM } from './streams.js';
import { columns, number } from './text.js';

const { backend, workers, provider } = where;
const schema = z.object({
  prior: z.string().describe('prior to ask: a name (slicewise models), or the path of a card, NAME.json'),
  slices: z.int().positive().default(3).describe('slices to look at, spread evenly'),
  levels: z.int().min(4).optional().describe('steps of the encoding, one evaluation each; default those of the card’s bound, or 20'),
  low: z.number().optional().describe('value that is 0 of the prior’s range, where the volume is not in its unit; default 0'),
  high: z.number().optional().describe('value that is 1 of it; default the 99.5th percentile'),
  json: z.string().optional().describe('write the numbers as JSON to this file, or - for standard output'),
  backend,
  workers,
  provider,
  ...volumeFields,
  ...volumeSpacing,
});

/** Steps of the encoding where the card has no bound of its length. */
const STEPS = 20;

export const diagnose: CliCommand<typeof schema> = {
  name: 'diagnose',
  summary:
    'Asks a prior whether it knows an image: encodes slices exactly and compares the length of their codes with that of noise, takes ' +
    'noise away again and compares the error with what the prior believes it to be.',
  arguments: [{ name: '<volume>', summary: 'an image, such as a reconstruction' }],
  schema,
  flags: { json: '--json <file>' },
  examples: ['diagnose out.nii.gz --prior ct'],

  async run([path], { prior: name, slices, levels, low, high, json, ...flags }, { terminal }) {
    const volume = await readVolumeFile(path, flags);
    tellOfVolume(volume, terminal, path);
    const entry = name.endsWith('.json') ? await readModelFile(name) : await loadModel(modelSources(), name);
    const { card } = entry;
    if (card.guide || card.block) {
      throw new SlicewiseError('ARGUMENT', {
        message: `the prior '${card.name}' cannot be asked of an image alone`,
        got: card.guide ? 'a guided prior, which is shown a scan' : 'a prior of blocks',
        hint: 'name a prior of single slices (slicewise models)',
      });
    }
    const values = inRange(volume, card.range, { low, high });
    const [rows, width] = volume.shape.slice(-2);
    const count = values.length / (rows * width);
    const whole = space(['slice', 'y', 'x'], [count, rows, width]);
    const chosen = evenSlices(count, slices);
    const taken = takeSlices(values, whole, chosen);
    const complex = card.channels === 2;
    const image = complex ? Float32Array.from({ length: 2 * taken.length }, (_, i) => (i % 2 === 0 ? taken[i / 2] : 0)) : taken;
    const domain = space(['slice', 'y', 'x'], [chosen.length, rows, width], complex ? 'complex64' : 'float32');
    const device = await openBackend(flags, terminal);
    try {
      const prior = await openNetwork(card, entry.weights, device, { provider: flags.provider });
      try {
        const steps = levels ?? card.world?.code?.steps ?? STEPS;
        const codes = await codeNorms(prior, image, domain, device, steps);
        const usualCode = longestCode(card.world, steps);
        const found = await worldOf(prior, image, domain, device);
        const world = card.world && judgeWorld(found, card.world);
        const each = chosen.map((slice, n) => ({ slice, code: codes[n] }));
        const table = { prior: card.name, steps, usualCode, slices: each, levels: found.levels, world };
        if (json === STREAM) return terminal.out(JSON.stringify(table, null, 2));
        if (json) await saveJson(json, table);
        terminal.out(columns([['slice', 'code, of σ√n'], ...chosen.map((slice, n) => [`${slice}`, codes[n].toFixed(3)])]));
        terminal.out(
          columns([
            ['σ', 'error', 'belief', 'ratio'],
            ...found.levels.map(({ sigma, error, belief }) => [number(sigma), number(error), number(belief), (error / belief).toFixed(2)]),
          ]),
        );
        const long = codes.filter((code) => code > usualCode).length;
        const bound = `1, to ${usualCode.toFixed(3)}`;
        terminal.out(
          long > 0
            ? `codes of ${long} of ${codes.length} slices are longer than those of images that the prior makes (${bound})`
            : `codes are as long as those of images that the prior makes (${bound})`,
        );
        if (world) terminal.out(worldText(card.name, world));
        else terminal.out('the card does not say what images of its training are like');
      } finally {
        await prior.dispose();
      }
    } finally {
      await device.dispose();
    }
  },
};

/** Values in the prior's range: by units where they are its own, else by the bounds given. */
function inRange(
  volume: Volume,
  range: { readonly unit: string; readonly low: number; readonly high: number },
  given: { readonly low?: number; readonly high?: number },
): Float32Array {
  const values = volumeData(volume);
  const own = volume.units === range.unit && volume.units !== 'arbitrary';
  const [low, high] = own
    ? [given.low ?? range.low, given.high ?? range.high]
    : [given.low ?? 0, given.high ?? [...values].sort((a, b) => a - b)[Math.floor(0.995 * (values.length - 1))]];
  if (!(high > low)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'values of the prior’s range',
      expected: '--low less than --high',
      got: `${low} and ${high}`,
    });
  }
  return Float32Array.from(values, (v) => (v - low) / (high - low));
}
