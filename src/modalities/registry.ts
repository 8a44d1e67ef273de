import { ct } from './ct/ct.js';
import { registerModality } from './lookup.js';
import { mri } from './mri/mri.js';
import { seismic } from './seismic/seismic.js';
import { spectral } from './spectral/spectral.js';

/** The modalities that come with the package. A new one is a folder here and a line. */
registerModality(ct);
registerModality(mri);
registerModality(seismic);
registerModality(spectral);

export * from './lookup.js';
