import type { Axis } from '../core/axis.js';
import type { SurveyOptions } from './formats/segy/survey.js';
import type { Geometry, Measurement, MeasurementKind } from './measurement.js';
import type { Modality, Units, Volume } from './volume.js';

/** One file as the readers see it: its name (no folder needed) and all its bytes. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
  /**
   * Gives a file that this one names as its own part (an HDF5 link, a virtual dataset), by the name that it is called by; undefined where
   * there is none. `readInput` looks in the folder of the file.
   */
  beside?(name: string): Promise<NamedBytes | undefined>;
}

/** What a caller may say about the file; a reader uses what applies to its format. */
export interface ReadOptions {
  /** Which array of a container (.npz, HDF5, MATLAB); a path such as `exchange/data` or `scan.sinogram`. */
  readonly dataset?: string;
  /** Which DICOM series: its number, its UID, or the end of its UID. */
  readonly series?: string | number;
  /** Which volume of a 4-D file, or of a DICOM series that holds several, from 0. */
  readonly volumeIndex?: number;
  /** What the numbers mean, where the file does not say; overrides a reader's guess. */
  readonly units?: Units;
  readonly modality?: Modality;
  /** Names, units and steps or coordinates of the array's axes, where the file does not say (NumPy, MATLAB, HDF5, TIFF). */
  readonly volumeAxes?: readonly Axis[];
  /** mm between voxel centres along i, j, k, where the file does not say. */
  readonly spacing?: readonly [number, number, number];
  /** DICOM series with missing or unequally spaced slices: interpolate onto a regular grid instead of an error. */
  readonly resample?: 'linear';
  /** NIfTI or BART of complex numbers: both parts, or their magnitude, instead of an error. */
  readonly complex?: 'keep' | 'magnitude';
  /** DICOM series with gantry tilt: shear every slice back onto a rectangular grid instead of an error. */
  readonly tilt?: 'shear';
  /** DICOM: fill padding, or keep its values; default fill, unless the value occurs in the image. */
  readonly padding?: 'fill' | 'keep';
  /** NIfTI: which of the header's two places of the voxels; default sform where its code is positive. */
  readonly affine?: 'sform' | 'qform';
  /**
   * Files of numbers without a header: type and sizes, slowest axis first, `uint16:720x512x640`; then `,big` and `,offset=BYTES`. Several
   * files lie one after another.
   */
  readonly raw?: string;
  /** What values that are not finite (NaN, infinite) become. */
  readonly fill?: number;
  /** SEG-Y and SU: header words of the trace axes, and what the file does not say or says wrong. */
  readonly survey?: SurveyOptions;
}

/** The same for a scan: what the file does not say, the caller may. */
export interface MeasurementReadOptions extends ReadOptions {
  readonly kind?: MeasurementKind;
  /** Merged over what the file says. */
  readonly geometry?: Geometry;
}

/** How the numbers of a file are stored. */
export interface WriteOptions {
  /**
   * Stored element type, where the format has a choice. Default float32, of complex volumes the magnitude; int16 rounds and refuses values
   * that do not fit; complex64 keeps both parts of a complex volume.
   */
  readonly dtype?: 'float32' | 'int16' | 'complex64';
}

/** What every format says about itself. */
interface Format {
  /** Short name for messages, e.g. `NIfTI`. */
  readonly name: string;
  /** Lower case with the dot, the longer first: `.nii.gz`, `.nii`. */
  readonly extensions: readonly string[];
  /** Is it written as a folder of files, under a name that ends in `/`? */
  readonly folder?: boolean;
  /** The most files that make one volume or scan: 1, 2 for header/image pairs, Infinity for stacks. */
  readonly maxFiles: number;
  /** Do the bytes look like this format? Cheap, never throws. */
  sniff(file: NamedBytes): boolean;
  /** Files whose own bytes do not tell, and that belong to one of this format: raw numbers beside their header. */
  companions?(file: NamedBytes, others: readonly NamedBytes[]): readonly NamedBytes[];
  /** Names of options that this format alone takes, beside those that all do. */
  readonly options?: readonly string[];
}

/**
 * What of a volume a written file gives back, beside the shape and numbers of real ones.
 *
 * - `complex`: both parts, with `dtype: 'complex64'`
 * - `lengths`: the steps of three axes [slice, row, column] in mm, m or µm
 * - `axes`: any axes, of any number, with names, units, first values, steps or coordinates
 * - `placement`, `units`, `modality`
 */
export type Kept = 'complex' | 'lengths' | 'axes' | 'placement' | 'units' | 'modality';

/** A file format that holds volumes: one file in formats/, one line in registry.ts. */
export interface VolumeFormat extends Format {
  /**
   * Of formats that are written; the suite holds them to it (test/volumes/registry.test.ts). A volume of axes that would be lost may be
   * refused instead.
   */
  readonly keeps?: readonly Kept[];
  /** Volumes that it can hold, where it takes none of the suite's (a format that writes back the headers of another file). */
  examples?(): readonly Volume[];
  /** @throws SlicewiseError FORMAT for damaged bytes, FORMAT_UNSUPPORTED for features we do not read */
  read(files: readonly NamedBytes[], options: ReadOptions): Promise<Volume>;
  /** `name` is the file's name: its extension may choose compression. */
  write?(name: string, volume: Volume, options: WriteOptions): Promise<Uint8Array> | Uint8Array;
  /** Instead of `write`, for a volume that is several files; the first one has the name that was asked for. */
  writeFiles?(name: string, volume: Volume, options: WriteOptions): NamedBytes[];
}

/** A file format that holds measurements. */
export interface MeasurementFormat extends Format {
  /** Kinds of scans that it can be written with; default every kind. */
  readonly kinds?: readonly MeasurementKind[];
  /** @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED, GEOMETRY */
  read(files: readonly NamedBytes[], options: MeasurementReadOptions): Promise<Measurement>;
  /**
   * Of a file that may hold several images, one of which `read` takes by `select`: what that must say for each of those asked for by `all`
   * (`contrast=all`), in order.
   * @throws SlicewiseError as `read`, ARGUMENT where there is no such name
   */
  images?(files: readonly NamedBytes[], options: MeasurementReadOptions): Promise<string[]>;
  /**
   * The bytes of a file of that name.
   * @throws SlicewiseError NOT_FINITE, SHAPE for a scan that could not be read back
   */
  write?(name: string, measurement: Measurement, options: WriteOptions): Promise<Uint8Array> | Uint8Array;
}
