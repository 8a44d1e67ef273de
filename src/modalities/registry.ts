import { ct } from './ct/ct.js';
import { registerModality } from './lookup.js';
import { mri } from './mri/mri.js';

/** The modalities that come with the package. A new one is a folder here and a line. */
registerModality(ct);
registerModality(mri);

export * from './lookup.js';
