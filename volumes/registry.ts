import { Registry } from '../core/registry.js';
import { arrayFormats } from './array-formats.js';
import { arrayMeasurement } from './array-measurement.js';
import { arrayVolume } from './array-volume.js';
import type { MeasurementFormat, VolumeFormat } from './format.js';
import { bart } from './formats/bart/bart.js';
import { bartImage } from './formats/bart/image.js';
import { dicom } from './formats/dicom/dicom.js';
import { envi } from './formats/envi/envi.js';
import { hdf5Volume } from './formats/hdf5/volume-file.js';
import { hdf5Measurement } from './formats/hdf5/measurement.js';
import { metaImage } from './formats/metaimage/metaimage.js';
import { nikon } from './formats/nikon/xtekct.js';
import { nrrd } from './formats/nrrd/nrrd.js';
import { nifti } from './formats/nifti/nifti.js';
import { npy, npz } from './formats/npy/npy.js';
import { segyScan, segyVolume, suScan, suVolume } from './formats/segy/format.js';
import { tiffVolume } from './formats/tiff/tiff-cube.js';

/**
 * The formats there are, in the order in which their bytes are sniffed. A new format is a file in formats/ and a line here.
 */
export const volumeFormats = new Registry<VolumeFormat>('volume format', 'FORMAT')
  .add('envi', envi)
  .add('nifti', nifti)
  .add('dicom', dicom)
  .add('metaimage', metaImage)
  .add('nrrd', nrrd)
  .add('bart', bartImage)
  .add('npy', npy)
  .add('npz', npz)
  .add('tiff', tiffVolume)
  .add('png', arrayVolume(arrayFormats.get('png')))
  .add('mat5', arrayVolume(arrayFormats.get('mat5')))
  .add('mat4', arrayVolume(arrayFormats.get('mat4')))
  .add('mat73', arrayVolume(arrayFormats.get('mat73')))
  .add('hdf5', hdf5Volume)
  .add('segy', segyVolume)
  .add('su', suVolume);

/** Formats that hold measurements. */
export const measurementFormats = new Registry<MeasurementFormat>('measurement format', 'FORMAT')
  .add('bart', bart)
  .add('hdf5', hdf5Measurement)
  .add('mat5', arrayMeasurement(arrayFormats.get('mat5')))
  .add('mat4', arrayMeasurement(arrayFormats.get('mat4')))
  .add('mat73', arrayMeasurement(arrayFormats.get('mat73')))
  .add('npy', arrayMeasurement(arrayFormats.get('npy')))
  .add('npz', arrayMeasurement(arrayFormats.get('npz')))
  .add('tiff', arrayMeasurement(arrayFormats.get('tiff')))
  .add('png', arrayMeasurement(arrayFormats.get('png')))
  .add('nikon', nikon)
  .add('segy', segyScan)
  .add('su', suScan);
