/** Keys of ENVI's own header that decide about the numbers or their bands; one of them misspelt would be passed over. */
const KEYS = [
  'wavelength',
  'wavelength units',
  'fwhm',
  'bbl',
  'band names',
  'data ignore value',
  'data gain values',
  'data offset values',
  'reflectance scale factor',
  'byte order',
  'header offset',
  'interleave',
  'data type',
  'map info',
  'file type',
] as const;

/** Of `present`, those that a misspelling could have made of `key`. */
export const nearKeys = (key: string, present: readonly string[]): string[] =>
  present.filter((other) => other !== key && other.length < 64 && distance(key, other) <= (key.length < 6 ? 1 : 2));

/** What is told of keys that nobody knows and that look like one that is missing. */
export function misspellings(entries: ReadonlyMap<string, string>, name: string): string[] {
  const present = [...entries.keys()].filter((key) => !(KEYS as readonly string[]).includes(key));
  return KEYS.filter((key) => !entries.has(key)).flatMap((key) =>
    nearKeys(key, present).map((near) => `${name} has no '${key}'; '${near}' looks like it and is not used`),
  );
}

/** Letters to insert, leave out or change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
