/** One value of a sweep and what came of it. */
export interface Tried<T> {
  readonly value: number;
  readonly result: T;
}

/**
 * Tries a rising list of values; while the best lies at an end of what was tried, goes on beyond that end by `ratio`, so that the best has
 * a worse value on either side. A result that is undefined (not wanted, not known) is left out and never gone beyond.
 * @param most values in all
 */
export async function sweep<T extends { readonly psnr: number }>(
  values: readonly number[],
  run: (value: number) => Promise<T | undefined>,
  { ratio = 2, most = 10 } = {},
): Promise<Tried<T>[]> {
  const tried: Tried<T>[] = [];
  const attempt = async (value: number): Promise<boolean> => {
    const result = await run(value);
    if (result !== undefined) tried.push({ value, result });
    tried.sort((a, b) => a.value - b.value);
    return result !== undefined;
  };
  for (const value of values) await attempt(value);
  while (tried.length >= values.length && tried.length < most) {
    const at = tried.indexOf(best(tried));
    const next = at === 0 ? tried[0].value / ratio : at === tried.length - 1 ? tried[at].value * ratio : undefined;
    if (next === undefined || !(await attempt(Number(next.toPrecision(3))))) break;
  }
  return tried;
}

/** The value with the greatest PSNR. */
export const best = <T extends { readonly psnr: number }>(tried: readonly Tried<T>[]): Tried<T> =>
  tried.reduce((a, b) => (b.result.psnr > a.result.psnr ? b : a));
