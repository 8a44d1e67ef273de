import type { Measurement } from '../../volumes/measurement.js';
import type { HeldOut } from './held-out.js';

/** A scan as it is tried. */
export interface TriedScan {
  /** At a reduced size. */
  readonly scan: Measurement;
  /** What is hidden of it; default what `HoldOut.draw` hides of that scan, which must be the same measurements for all. */
  readonly trials?: readonly HeldOut[];
}

/** A way in which a scan may have been meant, other than as it was read. */
export interface Alternative extends TriedScan {
  /** For people: 'views the other way round'. */
  readonly what: string;
  /** The option that reads it so, or how the file is to be mended. */
  readonly mend: string;
  /** Is the number of `Alternatives.along` searched for here, too? */
  readonly moves?: boolean;
}

/** A number of the geometry that may be wrong by any amount. */
export interface Along {
  /** What is added to the number as read, from one end to the other; 0 among them. */
  readonly values: readonly number[];
  /** The scan with so much added. */
  at(scan: Measurement, added: number): Measurement;
  /** As of an `Alternative`. */
  told(added: number): { readonly what: string; readonly mend: string };
}

/** How a scan may have been meant, for `slicewise check scan`: all at one reduced size, each tried by measurements that are hidden. */
export interface Alternatives {
  /** A quick method without a prior. */
  readonly method: string;
  readonly methodOptions?: { readonly [option: string]: unknown };
  /** dB below which hidden measurements are not predicted: no reading is right. Default: that is not judged. */
  readonly explained?: number;
  /** The scan as it was read, at the reduced size. */
  readonly asRead: TriedScan;
  readonly others: readonly Alternative[];
  readonly along?: Along;
  /** What no measurement can tell, since another image explains the data as well. */
  readonly untold: readonly string[];
}
