import type { MeasurementFormat } from '../../format.js';
import { sniffMat73 } from '../matlab/mat73.js';
import { sniffHdf5 } from './open.js';

/** HDF5 measurements: our own scan files, DXchange, NXtomo, ISMRMRD, fastMRI, and any dataset with the geometry given (`ScanOptions`). */
export const hdf5Measurement: MeasurementFormat = {
  name: 'HDF5 scan',
  extensions: ['.h5', '.hdf5', '.hdf', '.nxs'],
  maxFiles: 1,
  sniff: ({ bytes }) => sniffHdf5(bytes) && !sniffMat73(bytes),
  read: async (files, options) => (await import('./read-scan.js')).readHdf5Scan(files, options),
  images: async (files, options) => (await import('./read-scan.js')).imagesOfHdf5(files, options),
  write: async (_name, measurement) => (await import('./scan-file.js')).writeScan(measurement),
};
