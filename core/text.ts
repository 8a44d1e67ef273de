/** Up to six significant digits, no trailing zeros. */
export const number = (value: number): string => String(Number(value.toPrecision(6)));

export const sizes = (values: readonly number[], between = ' × '): string => values.map(number).join(between);

/** 1.4 GiB, 312 MiB, 40 KiB */
export function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, count)) / 10)));
  const value = count / 2 ** (10 * power);
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toPrecision(3)} ${units[power]}`;
}

/** `innerIterations` → `inner-iterations` */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** A word as a shell takes it literally. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
