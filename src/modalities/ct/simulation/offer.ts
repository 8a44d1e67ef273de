import * as z from 'zod';
import { SlicewiseError } from '../../../../core/errors.js';
import { sizes } from '../../../../core/text.js';
import type { NamedBytes } from '../../../../volumes/format.js';
import { parseAngleFile } from '../../../../volumes/kinds/radon/angle-file.js';
import { anglesInDegrees, parseAngles } from '../../../../volumes/kinds/radon/angles.js';
import { parseVectorFile } from '../../../../volumes/kinds/radon/vector-file.js';
import { fileOption, valueOrFile } from '../../reading.js';
import type { Volume } from '../../../../volumes/volume.js';
import type { Simulation } from '../../simulation.js';
import { phantoms, type Phantom } from '../phantoms/index.js';
import { scannedObject, simulateCt, simulateCtSchema, type SimulateCtOptions } from './simulate.js';

const schema = simulateCtSchema.extend({
  angles: valueOrFile(
    z.union([z.string(), z.array(z.number())]),
    ['.npy', '.txt', '.csv'],
    'all angles in degrees instead: start:stop:step, a list or a file (.npy, .txt, .csv)',
  ).optional(),
  vectors: fileOption('vectors of every view in mm (.npy, text), as ASTRA has them, instead of angles, distances and pitch').optional(),
});

type Options = z.output<typeof schema>;

/** `simulate ct`. */
export const ctSimulation: Simulation<Phantom, typeof schema> = {
  summary: 'Simulates a CT scan of a volume or phantom.',
  source: 'NIfTI, DICOM folder, … in HU or 1/mm, or phantom:NAME',
  examples: [
    'simulate ct chest.nii.gz -o scan.h5 --slices 30:45 --views 20 --photons 1e5 --seed 1     16 slices: 30 and 45 are included',
    'simulate ct chest.nii.gz -o limited.h5 --views 90 --arc 90 --photons 1e5',
    'simulate ct phantom:thorax -o scan.h5 --geometry fan --views 60 --object truth.nii.gz',
  ],
  schema,
  computes: true,
  words: {
    object: 'the object that was scanned',
    grid: 'also write the object that was scanned, on the grid of the scan (to compare with)',
  },
  named: (name) => (name.startsWith('phantom:') ? phantoms.get(name.slice('phantom:'.length)).make() : undefined),

  check(source, { size, depth }) {
    if ('ellipsoids' in source || (size ?? depth) === undefined) return;
    const hint = 'leave --size and --depth out, or resample the volume first';
    throw new SlicewiseError('ARGUMENT', { message: 'a volume is scanned on its own grid', hint });
  },

  run: (source, options, { backend, signal }) => simulateCt(source, plain(options), backend(), signal),
  object: (source: Volume | Phantom, options) => scannedObject(source, plain(options)),
  describe: ({ grid }) => `, image ${sizes(grid.shape)} (slices first)`,
};

const plain = ({ angles, vectors, ...rest }: Options): SimulateCtOptions => ({
  ...rest,
  ...(angles === undefined ? {} : { angles: anglesOf(angles as Given) }),
  ...(vectors === undefined ? {} : { vectors: parseVectorFile((vectors as readonly NamedBytes[])[0]) }),
});

type Given = string | readonly number[] | readonly NamedBytes[];

function anglesOf(given: Given): number[] {
  if (typeof given === 'string') return parseAngles(given);
  const [first] = given;
  if (typeof first !== 'object') return [...(given as readonly number[])];
  const { values, unit } = parseAngleFile(first);
  return unit === 'rad' ? anglesInDegrees(values, unit) : values;
}
