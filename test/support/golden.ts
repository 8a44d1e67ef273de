import { readFileSync } from 'node:fs';

/** A golden file of test/golden; the script that made it lies in test/golden/scripts. */
export const golden = <T>(name: string): T => JSON.parse(readFileSync(`test/golden/${name}`, 'utf8')) as T;

export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(base64, 'base64'));

/** float32 values in base64. */
export const floatsOf = (base64: string): Float32Array => new Float32Array(bytesOf(base64).buffer);
