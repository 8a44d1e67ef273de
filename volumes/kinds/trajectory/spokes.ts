/** Straight lines through the centre. */
export interface Spokes {
  readonly spokes: number;
  /** Ways from the centre outwards: two for a full spoke, one for half a spoke. */
  readonly arms: number;
}

/** Samples nearer to the centre than this share of the radius have no direction. */
const CENTRE = 1e-3;
/** Radians between the directions of two spokes, at least. */
const TURN = 1e-3;
/** Samples that a spoke has, on average at least. */
const SAMPLES = 4;

/**
 * The spokes that samples come in, one after another; undefined where they do not lie on straight lines through the centre.
 * @param trajectory pairs (ky, kx)
 */
export function spokesOf(trajectory: ArrayLike<number>): Spokes | undefined {
  const samples = trajectory.length / 2;
  let reach = 0;
  for (let s = 0; s < samples; s++) reach = Math.max(reach, Math.hypot(trajectory[2 * s], trajectory[2 * s + 1]));
  let [spokes, arms, directed] = [0, 0, 0];
  let direction: readonly [number, number] = [0, 0];
  let [before, beyond] = [0, 0];
  const close = (): void => void (arms += Number(before < -reach / 4) + Number(beyond > reach / 4));
  for (let s = 0; s < samples; s++) {
    const [y, x] = [trajectory[2 * s], trajectory[2 * s + 1]];
    const k = Math.hypot(y, x);
    if (!(k > CENTRE * reach)) continue;
    directed++;
    const across = Math.abs(y * direction[1] - x * direction[0]) / k;
    if (spokes === 0 || across > TURN) {
      close();
      direction = [y / k, x / k];
      [before, beyond] = [0, 0];
      spokes++;
    }
    const along = y * direction[0] + x * direction[1];
    before = Math.min(before, along);
    beyond = Math.max(beyond, along);
  }
  close();
  return directed >= SAMPLES * spokes && spokes > 1 ? { spokes, arms } : undefined;
}
