/** Which views of a scan serve for what; no view is in two of `sparse`, `choose` and `judge`. */
export interface ViewSets {
  /** Every `every`-th: the sparse scan. */
  readonly sparse: number[];
  /** Left out of it; what λ is chosen on. */
  readonly choose: number[];
  /** Left out of every reconstruction and of every choice: what all methods are judged on. */
  readonly judge: number[];
  /** All but those to be judged on: the scan of the methods that get many views. */
  readonly most: number[];
}

/**
 * Of the views between two sparse ones, a middle one is for choosing and the two nearest to a quarter are for judging; of two, one each.
 */
export function viewSets(views: number, every: number): ViewSets {
  const quarters = every > 3 ? [Math.round(every / 4), Math.round((3 * every) / 4)] : [every - 1];
  const middle = every > 3 ? Math.floor(every / 2) : 1;
  const all = Array.from({ length: views }, (_, i) => i);
  const judged = (i: number): boolean => quarters.includes(i % every);
  return {
    sparse: all.filter((i) => i % every === 0),
    choose: all.filter((i) => i % every === middle),
    judge: all.filter(judged),
    most: all.filter((i) => !judged(i)),
  };
}
