import { operators, type OperatorFactory } from '../../operators/index.js';
import { phantomGrid, phantoms, rasterise } from '../../src/index.js';
import { volumeData } from '../../volumes/volume.js';

/** One of our operators, and a peer's that does the same. */
export interface RadonCase {
  readonly name: string;
  readonly operator: OperatorFactory;
  readonly geometry: { readonly [field: string]: unknown };
  readonly peer: 'astra' | 'astra-fan' | 'skimage' | 'rtk';
  readonly threads: number;
  /** Slices of one timed pass of a peer that does slice after slice. */
  readonly peerSlices: number;
}

const circle = (views: number, arc: number): number[] => Array.from({ length: views }, (_, v) => (v * arc) / views);

/** 8, 20 and 180 views: the pixels are 1 mm, the detector reaches over the diagonal. */
export function cases(size: number, slices: number): RadonCase[] {
  const detectorCount = Math.ceil(size * Math.SQRT2);
  const distances = { sourceToAxis: 2 * size, sourceToDetector: 3.2 * size };
  return [8, 20, 180].flatMap((views): RadonCase[] => {
    const peerSlices = Math.max(1, Math.round(160 / views));
    const parallel = { angles: circle(views, 180), detectorCount, detectorPitch: 1 };
    const fan = { angles: circle(views, 360), detectorCount, detectorPitch: 1.6, ...distances };
    const rows = Math.ceil(1.2 * slices);
    const cone = {
      angles: circle(views, 360),
      rows,
      columns: detectorCount,
      rowPitch: 1.6,
      columnPitch: 1.6,
      ...distances,
    };
    const each = { threads: 1, peerSlices };
    const [p, f, c] = ['radon.parallel', 'radon.fan', 'radon.cone'].map((kind) => operators.get(kind));
    return [
      { name: `parallel, ${views} views, ASTRA linear`, operator: p, geometry: parallel, peer: 'astra', ...each },
      {
        name: `parallel, ${views} views, scikit-image`,
        operator: p,
        geometry: parallel,
        peer: 'skimage',
        threads: 1,
        peerSlices: Math.max(1, Math.round(20 / views)),
      },
      { name: `fan, ${views} views, ASTRA line_fanflat`, operator: f, geometry: fan, peer: 'astra-fan', ...each },
      { name: `cone, ${views} views, RTK Joseph`, operator: c, geometry: cone, peer: 'rtk', ...each },
      { name: `cone, ${views} views, RTK Joseph`, operator: c, geometry: cone, peer: 'rtk', ...each, threads: 2 },
    ];
  });
}

/**
 * A slice of the thorax phantom again and again, `[slice, row, column]`: work does not depend on the values, and results can be compared.
 * `fade`: towards the first and last slice it fades away, because projectors differ in where they take a volume that is cut off to end.
 */
export function imageOf(size: number, slices: number, fade: boolean): Float32Array {
  const phantom = phantoms.get('thorax').make();
  const one = volumeData(rasterise(phantom, { ...phantomGrid(phantom, [1, size, size]), units: '1/mm' }, 2));
  const image = new Float32Array(slices * size * size);
  for (let k = 0; k < slices; k++) {
    const share = fade ? Math.sin((Math.PI * (k + 0.5)) / slices) ** 2 : 1;
    image.set(
      one.map((v) => share * v),
      k * size * size,
    );
  }
  return image;
}
