import { kinds } from './kind.js';
import { cartesian } from './kspace/kind.js';
import { radonKinds } from './radon/kind.js';
import { entries } from './spectral/kind.js';
import { reducedCube } from './reduced/kind.js';
import { prestack, traces } from './traces/kind.js';
import { nonCartesian } from './trajectory/kind.js';

/** The kinds that come with the package. One more is a folder here and a line; a user's come with their modality. */
for (const kind of [...radonKinds, cartesian, nonCartesian, traces, prestack, entries, reducedCube]) kinds.add(kind.name, kind);

export * from './kind.js';
