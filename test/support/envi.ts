import type { NamedBytes } from '../../volumes/index.js';

/** Header lines of a small cube; `undefined` leaves a key out. */
export function enviHeader(values: { readonly [key: string]: string | number | undefined } = {}): string {
  const all = {
    ...{ samples: 4, lines: 2, bands: 3, 'header offset': 0, 'file type': 'ENVI Standard', 'data type': 2 },
    ...{ interleave: 'bsq', 'byte order': 0 },
    ...values,
  };
  const lines = Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${value}`]));
  return ['ENVI', ...lines, ''].join('\n');
}

/** Header and data as two files. */
export const enviFiles = (
  header: string | Uint8Array,
  data: Uint8Array,
  [headerName, dataName]: readonly [string, string] = ['c.hdr', 'c.dat'],
): NamedBytes[] => [
  { name: headerName, bytes: typeof header === 'string' ? new TextEncoder().encode(header) : header },
  { name: dataName, bytes: data },
];

/** 100 + 30 band + 10 line + sample, as the golden files have it; [3, 2, 4]. */
export const enviValues = (): Float32Array =>
  Float32Array.from({ length: 24 }, (_, n) => 100 + 30 * Math.floor(n / 8) + 10 * (Math.floor(n / 4) % 2) + (n % 4));

/** The same as int16, little endian, BSQ. */
export const enviBytes = (values: ArrayLike<number> = enviValues()): Uint8Array => new Uint8Array(Int16Array.from(values).buffer);
