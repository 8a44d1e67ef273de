import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'fflate';
import type { NamedBytes } from '../../volumes/format.js';
import { golden } from './golden.js';

const FOLDER = 'test/golden/kspace';
const truth = golden<{ [name: string]: { shape: number[]; data: number[] } }>('kspace/kspace.json');

/** An array that NumPy or BART computed (test/golden/scripts/kspace.py); complex interleaved. */
export const kspaceTruth = (name: string): { shape: number[]; data: number[] } => truth[name];

export function kspaceFile(name: string): NamedBytes {
  const path = join(FOLDER, name);
  if (existsSync(path)) return { name: basename(name), bytes: new Uint8Array(readFileSync(path)) };
  return { name: basename(name), bytes: gunzipSync(new Uint8Array(readFileSync(`${path}.gz`))) };
}

export const bartFiles = (name: string): NamedBytes[] => ['cfl', 'hdr'].map((end) => kspaceFile(`bart/${name}.${end}`));
