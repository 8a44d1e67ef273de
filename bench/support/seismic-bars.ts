import type { MaskName } from './seismic-lines.js';

type Cells = { readonly [mask in MaskName]?: number };

const cells = (random30: number, random50: number, random70: number, regular?: number, gap20?: number): Cells => ({
  random30,
  random50,
  random70,
  regular,
  gap20,
});

/** SNR over all traces, dB, of a trial in plain NumPy with options tuned by truth: what untuned methods come near. */
export const BARS: { readonly [line: string]: { readonly [method: string]: Cells } } = {
  real3d: {
    linear: cells(15.4, 12.7, 9.3, 13.9, 9.9),
    pocs: cells(18.2, 14.9, 11, 13, 9.7),
    'rank-reduction': cells(18.3, 15, 9.6),
  },
  teapot: { linear: cells(18.7, 12.4, 8.3, 19.5, 18.7), slope: cells(19.1, 12.9, 8.4) },
  shot: {
    linear: cells(2.7, 1, -0.6),
    slope: cells(9.8, 6.2, 2.3, 8.9, 7.5),
    pocs: cells(8, 5, 2.6, 3, 8.4),
    'rank-reduction': cells(9.2, 5.5, 2.8, undefined, 8.8),
  },
  volve: { linear: cells(28.5, 23.4, 17.9, 35.2, 18) },
};

/** dB that an untuned method may be below. */
export const TOLERANCE = 0.5;
