import { readFile } from 'node:fs/promises';
import { saveJson } from '../outputs.js';
import type { Manifest } from '../../report/index.js';

/** How a scan of a batch fared: kept beside its checkpoints, in the folder that all machines share. */
export interface ScanRecord {
  readonly scan: string;
  readonly output: string;
  /** 'running' also where the process was killed: then there is nothing that says otherwise. */
  readonly status: 'running' | 'done' | 'failed';
  /** Hash of the options that it was asked for with. */
  readonly options: string;
  readonly tries: number;
  readonly machine: string;
  /** Id of its process there. */
  readonly process?: number;
  /** The checkpoint that it went on from. */
  readonly resumed?: string;
  /** Bytes of memory that were planned. */
  readonly planned?: number;
  /** Of the volume as it was written, hexadecimal. */
  readonly sha256?: string;
  /** Kernels it ran on. */
  readonly build?: string;
  readonly steps?: number;
  readonly residual?: number;
  readonly code?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
}

export const writeRecord = (path: string, record: ScanRecord): Promise<void> => saveJson(path, record);

/** Undefined where there is none, or none that can be read. */
export const readRecord = (path: string): Promise<ScanRecord | undefined> => readJson<ScanRecord>(path);

export const readManifest = (path: string): Promise<Manifest | undefined> => readJson<Manifest>(path);

export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
