/**
 * How slices are spread over slabs and lanes. A slab holds up to 16 slices, one per SIMD lane; each slab has a private wasm memory.
 * The layout depends on the number of slices only, never on the number of workers, so results do not either. The number of slabs is
 * even (where there are two slices) and slices are spread evenly, so that two, four … workers have equal shares.
 */
export interface Slab {
  readonly index: number;
  /** First slice of the slab. */
  readonly first: number;
  /** Slices in it; lanes beyond are padding that no other slab or slice ever reads. */
  readonly count: number;
}

export interface SlabLayout {
  readonly slices: number;
  readonly lanes: 4 | 8 | 16;
  readonly slabs: readonly Slab[];
}

export function slabLayout(slices: number): SlabLayout {
  const least = Math.ceil(slices / 16);
  const wanted = slices === 1 ? 1 : least + (least % 2);
  const share = Math.ceil(slices / wanted);
  const lanes = share <= 4 ? 4 : share <= 8 ? 8 : 16;
  const slabs: Slab[] = [];
  for (let index = 0; index < wanted; index++) {
    const first = Math.floor((index * slices) / wanted);
    const end = Math.floor(((index + 1) * slices) / wanted);
    slabs.push({ index, first, count: end - first });
  }
  return { slices, lanes, slabs };
}

/** As many slabs of one slice as there are workers: a slice that several of them share is worked on in their memories. */
export function sharesLayout(workers: number): SlabLayout {
  return { slices: workers, lanes: 4, slabs: Array.from({ length: workers }, (_, index) => ({ index, first: index, count: 1 })) };
}
