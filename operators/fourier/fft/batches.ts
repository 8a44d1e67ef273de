/** Slices × coils that fill a GPU: with fewer slices, several coils go at once. */
const IMAGES_AT_ONCE = 32;

/** How many coils a GPU transforms at a time: one, unless there are few slices. That many images of a slice are scratch. */
export const coilsAtOnce = (slices: number, coils: number): number => Math.min(coils, Math.max(1, Math.floor(IMAGES_AT_ONCE / slices)));

/** Runs of coils, of `most` at a time. */
export function* batches(coils: number, most: number): Generator<{ first: number; images: number }> {
  for (let first = 0; first < coils; first += most) yield { first, images: Math.min(most, coils - first) };
}
