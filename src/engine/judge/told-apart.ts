/** Student's t at 95 %, two-sided, of 1, 2, … degrees of freedom. */
const STUDENT = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** Fewer trials tell nothing of how much they scatter. */
const LEAST_TRIALS = 3;

/**
 * Which methods a few trials (or places of one) cannot tell from the best one: those whose errors, trial by trial, are no larger than its
 * own by more than chance makes them (paired t-test of the logarithms, 95 %). The best one comes first; of methods that predict the same
 * only the best is named, so that in a mean they count once.
 *
 * @param errors of each method in every trial, in dB; the best method first
 * @param alike whether two of them predict the same
 * @returns indices into `errors`
 */
export function notToldApart(
  errors: readonly (readonly number[])[],
  alike: (one: number, other: number) => boolean = (one, other) => same(errors[one], errors[other]),
): number[] {
  const trials = errors[0].length;
  if (trials < LEAST_TRIALS) return [0];
  const student = STUDENT[trials - 2] ?? 2;
  const found: number[] = [];
  errors.forEach((own, n) => {
    if (found.some((other) => alike(other, n))) return;
    const more = own.map((error, trial) => error - errors[0][trial]);
    const mean = more.reduce((sum, value) => sum + value, 0) / trials;
    const squares = more.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / (trials - 1) / trials);
    if (n === 0 || mean <= student * deviation) found.push(n);
  });
  return found;
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.every((value, n) => Math.abs(value - b[n]) < 1e-3);
