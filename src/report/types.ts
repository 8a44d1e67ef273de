import type { HeldOutRecord } from '../engine/judge/record.js';
import type { Volume } from '../../volumes/volume.js';
import type { Comparison } from '../metrics/compare.js';
import type { Convention } from './slice-view.js';
import type { DisplayWindow } from './window.js';

/** What is kept of one step of a solver for the plots. */
export interface StepRecord {
  readonly step: number;
  readonly steps: number;
  readonly sigma?: number;
  /** ‖Ax − y‖ / ‖y‖ */
  readonly residual?: number;
  readonly seconds: number;
}

/** One method's result. All volumes of a report are on one grid, in one unit. */
export interface ReportResult {
  readonly name: string;
  readonly volume: Volume;
  /** 1 where data say something of the image, 0 where nothing was measured, which is hatched; absent: all of it was measured. */
  readonly support?: Volume;
  /** Standard deviation over samples. */
  readonly std?: Volume;
  readonly events?: readonly StepRecord[];
  /** Against the reference; computed outside, since no report changes a number. */
  readonly metrics?: Comparison;
  readonly seconds?: number;
  readonly peakBytes?: number;
}

export interface PanelInput {
  readonly results: readonly ReportResult[];
  readonly reference?: Volume;
  /** One for all panels; default `defaultWindow` of the reference or the first result. */
  readonly window?: DisplayWindow;
  /** Errors are coloured from −errorLimit to +errorLimit; default a seventh of the window (200 HU for the CT window). */
  readonly errorLimit?: number;
  /** Default radiological: the patient's right is at the left of axial and coronal images. */
  readonly convention?: Convention;
}

/**
 * A picture of what was measured, pixels across and down, and words: a PNG file, an SVG file, or an SVG chart, which stands in a page with
 * the page's ink and so has no style sheet of its own.
 */
export type Figure = {
  readonly width: number;
  readonly height: number;
  readonly alt: string;
  readonly caption: string;
} & ({ readonly png: Uint8Array } | { readonly svg: string } | { readonly chart: string });

/** The data as they were measured, images of two of their axes that are scrolled along the others. */
export interface DataStack {
  /** C order of `shape`; of complex data the logarithm (base 10) of the magnitude, −Infinity where nothing was measured. */
  readonly values: Float32Array;
  readonly shape: readonly number[];
  /** Names of all axes; numbers of those that run across and down. */
  readonly axes: readonly string[];
  readonly across: number;
  readonly down: number;
  readonly logarithm: boolean;
  /** Values from black to white. */
  readonly low: number;
  readonly high: number;
  /** Which of them these are, where they are not all: 'slice 5 to 12 of 40'. */
  readonly part: string;
}

/** What there is to tell of a scan: lines of a table, and pictures beside it. */
export interface ScanSection {
  readonly rows: readonly (readonly [name: string, text: string])[];
  readonly figures: readonly Figure[];
  /** To be scrolled and windowed, where a page can carry it. */
  readonly data?: DataStack;
}

/** What a report shows. */
export interface ReportInput extends PanelInput {
  readonly title: string;
  /** How well the method predicted measurements that it did not see. */
  readonly heldOut?: HeldOutRecord;
  /** What can be said without truth of how far the image is to be trusted: sentences. */
  readonly trust?: readonly string[];
  /** The image taken apart: pictures, and how much was added. */
  readonly decomposition?: { readonly text: string; readonly figures: readonly Figure[] };
  /** Samples beside each other. */
  readonly samples?: readonly Figure[];
  /** How much of the image was not measured, and what was done there. */
  readonly unmeasured?: string;
  /** The command line that made the results. */
  readonly command?: string;
  /** Any JSON; shown as it is. */
  readonly manifest: unknown;
  readonly warnings?: readonly string[];
  /** `scanSection` of the scan. */
  readonly scan?: ScanSection;
  /** What the modality shows of the images beside themselves. */
  readonly spectra?: readonly Figure[];
}
