import type { PenaltyWeight } from '../solvers/solver.js';

/** Tuned weights lie within a factor of 10 of the defaults on all data tried. */
const FAR = 50;

/**
 * A weight that leaves nothing of the penalty, or of the data: often one that was meant for data of another scale. 0 is no penalty on
 * purpose.
 */
export function weightWarning({ lambda, usual }: PenaltyWeight): string | undefined {
  if (!(lambda > 0 && usual > 0)) return undefined;
  const ratio = lambda / usual;
  if (ratio <= FAR && ratio >= 1 / FAR) return undefined;
  const [times, than] = ratio > 1 ? [ratio, 'larger'] : [1 / ratio, 'smaller'];
  return (
    `λ = ${short(lambda)} is ${short(times, 2)} times ${than} than the default for these data, ${short(usual)}: a λ goes with the ` +
    `scale of the data`
  );
}

const short = (value: number, digits = 3): string => `${Number(value.toPrecision(digits))}`;
