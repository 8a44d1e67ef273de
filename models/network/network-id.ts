let next = 1;

/** Tells the networks of this thread apart in the workers. */
export const networkId = (): number => next++;
