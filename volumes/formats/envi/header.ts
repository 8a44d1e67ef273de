import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';

/**
 * ENVI headers: text, `ENVI` in the first line, then `key = value`, values in braces over as many lines as they need, comments after
 * `;` at the beginning of a line. Source: ENVI documentation, "ENVI Header Files". What is not understood is kept, so that it can be
 * written back.
 */

/** A line of the header, or several where a value is in braces. */
export type EnviLine = EnviEntry | { readonly text: string };

export interface EnviEntry {
  /** As written, without the blanks around it. */
  readonly key: string;
  /** As written, braces included. */
  readonly value: string;
}

export interface EnviHeader {
  readonly lines: readonly EnviLine[];
  /** UTF-8 where its bytes are that, else every byte one character. */
  readonly encoding: 'utf-8' | 'latin1';
}

export const isEntry = (line: EnviLine): line is EnviEntry => 'key' in line;

/** Keys are the same in capitals, and with any blanks between their words. */
export const keyName = (key: string): string =>
  key
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, ' ');

/** `ENVI` at the beginning, after a byte order mark or blank lines. */
export const isEnviHeader = (bytes: Uint8Array): boolean => /^(\u00ef\u00bb\u00bf)?\s*ENVI\s*[\r\n;]/.test(headText(bytes));

/** The first bytes as text, each a character. */
export const headText = (bytes: Uint8Array, count = 512): string => new TextDecoder('latin1').decode(bytes.subarray(0, count));

/** A header is text of a few bytes a band; more than this is none. */
const MOST_BYTES = 1 << 26;

/**
 * @param warn of lines that are no `key = value`
 * @throws SlicewiseError FORMAT for what is no ENVI header, or a list that is not closed
 */
export function parseEnviHeader({ name, bytes }: NamedBytes, warn: (message: string) => void): EnviHeader {
  if (!isEnviHeader(bytes) || bytes.length > MOST_BYTES) {
    throw new SlicewiseError('FORMAT', {
      message: `${name} is no ENVI header`,
      expected: `text that begins with the line ENVI, at most ${MOST_BYTES} bytes`,
      got: bytes.length > MOST_BYTES ? `${bytes.length} bytes` : JSON.stringify(headText(bytes, 24)),
    });
  }
  const { text, encoding } = decode(bytes);
  const source = text
    .replace(/^\ufeff/, '')
    .trimStart()
    .split(/\r\n|\n|\r/);
  const lines: EnviLine[] = [];
  let odd = 0;
  for (let n = 1; n < source.length; n++) {
    const line = source[n];
    if (line.trim() === '') continue;
    const equals = line.indexOf('=');
    if (line.trimStart().startsWith(';') || equals < 1) {
      lines.push({ text: line });
      if (!line.trimStart().startsWith(';') && ++odd === 1) warn(`${name}, line ${n + 1}: no 'key = value', left as it is`);
      continue;
    }
    const key = line.slice(0, equals).trim();
    const pieces = [line.slice(equals + 1).trim()];
    if (pieces[0].startsWith('{')) {
      const from = n;
      while (!pieces[pieces.length - 1].includes('}') && n + 1 < source.length) pieces.push(source[++n]);
      if (!pieces[pieces.length - 1].includes('}')) {
        throw new SlicewiseError('FORMAT', {
          message: `${name}, line ${from + 1}: the list of '${key.slice(0, 40)}' is not closed`,
          expected: '} before the end of the header',
          got: 'none',
          hint: 'the header is truncated or damaged: copy it again',
        });
      }
    }
    lines.push({ key, value: pieces.join('\n') });
  }
  return { lines, encoding };
}

/** The header as bytes. */
export function writeEnviHeader({ lines, encoding }: EnviHeader): Uint8Array<ArrayBuffer> {
  const written = lines.map((line) => (isEntry(line) ? `${line.key} = ${line.value}` : line.text));
  const text = ['ENVI', ...written, ''].join('\n');
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}

/** Values by key; of a key that stands twice the last one, as in ENVI. */
export const entriesOf = ({ lines }: EnviHeader): Map<string, string> =>
  new Map(lines.filter(isEntry).map(({ key, value }) => [keyName(key), value]));

/**
 * The header with other values, each where its key stands, or at the end; undefined takes a key out. A key that stands twice is left
 * once.
 */
export function withEntries(header: EnviHeader, values: { readonly [key: string]: string | undefined }): EnviHeader {
  const open = new Map(Object.entries(values));
  const lines: EnviLine[] = [];
  for (const line of header.lines) {
    const name = isEntry(line) ? keyName(line.key) : '';
    if (!isEntry(line) || !(name in values)) lines.push(line);
    else {
      const value = open.get(name);
      open.delete(name);
      if (value !== undefined) lines.push({ key: line.key, value });
    }
  }
  for (const [key, value] of open) if (value !== undefined) lines.push({ key, value });
  return { ...header, lines };
}

/** A value in braces as a list: `{a, b, c}`; without braces one entry. Comments in it are left out. */
export function listOf(value: string): string[] {
  const lines = value.split('\n').filter((line) => !line.trimStart().startsWith(';'));
  const inside = lines
    .join('\n')
    .replace(/^\s*\{/, '')
    .replace(/\}[^}]*$/, '');
  const entries = inside.split(',').map((entry) => entry.replace(/\s+/g, ' ').trim());
  while (entries.length > 0 && entries[entries.length - 1] === '') entries.pop();
  return entries;
}

/** Numbers or words as ENVI writes a list, a few to a line. */
export const listText = (entries: readonly (string | number)[]): string =>
  `{\n${chunks(entries, 8)
    .map((line) => ` ${line.join(', ')}`)
    .join(',\n')}}`;

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size));

function decode(bytes: Uint8Array): { text: string; encoding: EnviHeader['encoding'] } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8' };
  } catch {
    return { text: Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''), encoding: 'latin1' };
  }
}
