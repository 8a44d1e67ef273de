"""Cubes with their wavelengths beside them, as MATLAB 7, MATLAB 7.3 and HDF5 files hold them, made by SciPy and h5py.

Entry (line, sample, band) is 100 line + 10 sample + band, of 3 × 4 × 5; the wavelengths do not rise.
Run: python wavelengths.py   (numpy, scipy, h5py)
"""
import os
import struct
import h5py
import numpy as np
import scipy.io

OUT = os.path.join(os.path.dirname(__file__), '..', 'arrays')
line, sample, band = np.meshgrid(np.arange(3), np.arange(4), np.arange(5), indexing='ij')
cube = (100 * line + 10 * sample + band).astype('float32')
nm = np.array([450.5, 550, 650, 640, 900])


def path(name):
    return os.path.join(OUT, name)


scipy.io.savemat(path('cube-v7.mat'), {'cube': cube, 'Wavelength': nm, 'gain': np.ones(5)}, do_compression=True)
scipy.io.savemat(path('cube-in-struct.mat'), {'scene': {'cube': cube, 'wl_nm': nm}, 'wavelength': np.arange(5) + 1.0})

with h5py.File(path('cube-v73.mat'), 'w', userblock_size=512) as f:
    for key, array in [('cube', cube), ('wavelengths', nm[None, :])]:
        f.create_dataset(key, data=array.T).attrs['MATLAB_class'] = np.bytes_('single' if key == 'cube' else 'double')
with open(path('cube-v73.mat'), 'r+b') as f:
    f.write(b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(124) + struct.pack('<H', 0x0200) + b'IM')

with h5py.File(path('cube.h5'), 'w') as f:
    f['scene/reflectance'] = cube
    f['scene/wavelength'] = nm / 1000
    f['scene/wavelength'].attrs['units'] = 'micrometers'
