/** Where a function of a few numbers is least, and how small. */
export interface Least {
  readonly at: readonly number[];
  readonly value: number;
}

/**
 * Nelder and Mead's simplex (1965) with its usual coefficients (1, 2, ½, ½).
 * @param start of the simplex, with corners a step farther along each axis
 * @param rounds evaluations, about
 */
export async function nelderMead(
  f: (at: readonly number[]) => Promise<number>,
  start: readonly number[],
  steps: readonly number[],
  rounds: number,
): Promise<Least> {
  let evaluations = 0;
  const tried = async (at: readonly number[]): Promise<Least> => {
    evaluations++;
    return { at, value: await f(at) };
  };
  const corners: Least[] = [await tried(start)];
  for (let k = 0; k < start.length; k++) corners.push(await tried(start.map((v, i) => (i === k ? v + steps[k] : v))));
  while (evaluations < rounds) {
    corners.sort((a, b) => a.value - b.value);
    const worst = corners[corners.length - 1];
    const others = corners.slice(0, -1);
    const centre = start.map((_, i) => others.reduce((sum, { at }) => sum + at[i], 0) / others.length);
    const along = (share: number): Promise<Least> => tried(centre.map((v, i) => v + share * (v - worst.at[i])));
    const reflected = await along(1);
    let next = reflected;
    if (reflected.value < corners[0].value) {
      const farther = await along(2);
      if (farther.value < reflected.value) next = farther;
    } else if (reflected.value >= others[others.length - 1].value) {
      next = await along(reflected.value < worst.value ? 0.5 : -0.5);
    }
    if (next.value < worst.value) corners[corners.length - 1] = next;
    else {
      const [least] = corners;
      for (let k = 1; k < corners.length; k++) corners[k] = await tried(corners[k].at.map((v, i) => (v + least.at[i]) / 2));
    }
  }
  return corners.reduce((a, b) => (b.value < a.value ? b : a));
}
