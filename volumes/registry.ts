import { Registry } from '../core/registry.js';
import type { MeasurementFormat, VolumeFormat } from './format.js';
import { nifti } from './formats/nifti.js';
import { npy, npz } from './formats/npy.js';

/**
 * The formats there are, in the order in which their bytes are sniffed. A new format is a file in formats/ and a line here.
 */
export const volumeFormats = new Registry<VolumeFormat>('volume format', 'FORMAT')
  .add('nifti', nifti)
  .add('npy', npy)
  .add('npz', npz);

/** Formats that hold measurements. */
export const measurementFormats = new Registry<MeasurementFormat>('measurement format', 'FORMAT');
