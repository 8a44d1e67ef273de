"""ENVI files as SPy (Spectral Python) and GDAL write them: all types x interleaves x byte orders, map info, wavelengths, no data.

    pip install spectral numpy; apt-get install gdal-bin; python envi.py > ../envi.json
"""
import base64
import glob
import json
import os
import subprocess
import tempfile

import numpy as np
import spectral.io.envi as envi

BANDS, LINES, SAMPLES = 3, 2, 4
b, l, s = np.meshgrid(np.arange(BANDS), np.arange(LINES), np.arange(SAMPLES), indexing='ij')
VALUES = 100 + 30 * b + 10 * l + s  # fits every type
TYPES = ['uint8', 'int16', 'int32', 'float32', 'float64', 'uint16', 'uint32', 'int64', 'uint64']


def both(header):
    stem = header[:-4]
    data = [p for p in glob.glob(stem + '*') if not p.endswith(('.hdr', '.xml'))][0]
    with open(header, encoding='latin1') as f, open(data, 'rb') as g:
        return {'header': f.read(), 'dataName': os.path.basename(data), 'data': base64.b64encode(g.read()).decode()}


out = {'shape': [BANDS, LINES, SAMPLES], 'values': VALUES.ravel().tolist(), 'spy': [], 'gdal': [], 'tiff': []}
with tempfile.TemporaryDirectory() as folder:
    for kind in TYPES:
        for interleave in ['bsq', 'bil', 'bip']:
            for order in [0, 1]:
                path = f'{folder}/c.hdr'
                meta = {'wavelength': ['450', '550.5', '500'], 'wavelength units': 'nm', 'fwhm': ['10', '11', '12']}
                cube = VALUES.transpose(1, 2, 0).astype(kind)
                envi.save_image(path, cube, dtype=kind, interleave=interleave, byteorder=order, metadata=meta, force=True)
                read = envi.open(path).load(dtype='float64')
                assert np.array_equal(np.asarray(read), cube)
                out['spy'].append({'type': kind, 'interleave': interleave, 'order': order, **both(path)})
                for p in glob.glob(f'{folder}/c*'):
                    os.remove(p)
    # GDAL: from a SPy file with map info, to every interleave
    meta = {
        'wavelength': [450, 550.5, 500],
        'wavelength units': 'Micrometers',
        'map info': ['UTM', 1, 1, 380952.37, 5820372.35, 30, 20, 33, 'North', 'WGS-84', 'units=Meters'],
        'data ignore value': 113,
        'band names': ['blue', 'green', 'cyan'],
    }
    envi.save_image(f'{folder}/m.hdr', VALUES.transpose(1, 2, 0).astype('int16'), interleave='bip', metadata=meta)
    for interleave in ['BSQ', 'BIL', 'BIP']:
        target = f'{folder}/g.dat'
        subprocess.run(
            ['gdal_translate', '-q', '-of', 'ENVI', '-co', f'INTERLEAVE={interleave}', '-co', 'SUFFIX=ADD', f'{folder}/m.img', target],
            check=True,
        )
        with open(target + '.hdr', encoding='latin1') as header, open(target, 'rb') as data:
            files = {'header': header.read().replace(folder, '.'), 'dataName': 'g.dat', 'data': base64.b64encode(data.read()).decode()}
        out['gdal'].append({'interleave': interleave, 'headerName': 'g.dat.hdr', **files})
        for p in glob.glob(f'{folder}/g.*'):
            os.remove(p)
    # the same cube as GeoTIFF: wavelengths as metadata of the bands
    for interleave in ['PIXEL', 'BAND']:
        target = f'{folder}/t.tif'
        meta['wavelength units'] = 'Nanometers'
        envi.save_image(f'{folder}/n.hdr', VALUES.transpose(1, 2, 0).astype('int16'), interleave='bip', metadata=meta, force=True)
        subprocess.run(
            ['gdal_translate', '-q', '-of', 'GTiff', '-co', f'INTERLEAVE={interleave}', '-co', 'COMPRESS=DEFLATE', '-a_scale', '0.5',
             '-a_offset', '10', f'{folder}/n.img', target],
            check=True,
        )
        with open(target, 'rb') as data:
            out['tiff'].append({'interleave': interleave, 'data': base64.b64encode(data.read()).decode()})
        os.remove(target)
print(json.dumps(out, indent=1))
