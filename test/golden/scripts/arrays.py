"""Golden containers for the MATLAB, HDF5, TIFF and scan-file readers, made by SciPy, h5py and tifffile.

Every array is also written, in C order, to arrays.json, so that the tests compare with what NumPy holds.
Run: python arrays.py   (numpy, scipy, h5py, tifffile)
"""
import json
import os
import struct
import h5py
import numpy as np
import scipy.io
import tifffile

OUT = os.path.join(os.path.dirname(__file__), '..', 'arrays')
os.makedirs(OUT, exist_ok=True)
rng = np.random.default_rng(3)
golden = {}


def keep(name, a):
    a = np.asarray(a)
    flat = np.stack([a.real, a.imag], -1) if np.iscomplexobj(a) else a
    golden[name] = {'shape': list(a.shape), 'data': [float(v) for v in flat.ravel(order='C')]}
    return a


def path(name):
    return os.path.join(OUT, name)


# --- MATLAB 5: every numeric class, 3-D, complex, logical, struct, struct array, cell, char; plain and compressed
types = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64']
content = {}
for t in types:
    content['v_' + t] = keep('v_' + t, (np.arange(6).reshape(2, 3) * 7 + (0 if t.startswith('u') else -9)).astype(t))
content['cube'] = keep('cube', rng.integers(-1000, 1000, (2, 3, 4)).astype('int16'))
content['cube4'] = keep('cube4', rng.standard_normal((2, 3, 2, 2)))
content['z'] = keep('z', rng.standard_normal((3, 2)) + 1j * rng.standard_normal((3, 2)))
content['z32'] = keep('z32', (rng.standard_normal((2, 2)) + 1j * rng.standard_normal((2, 2))).astype('complex64'))
content['flag'] = keep('flag', np.array([[True, False, True]]))
content['small'] = keep('small', np.array([[5]], dtype='uint8'))  # fits a small data element
content['name'] = 'Größe'
content['scan'] = {
    'sinogram': keep('scan.sinogram', rng.standard_normal((4, 5))),
    'parameters': {'pitch': keep('scan.parameters.pitch', np.array([[0.2]])), 'unit': 'mm'},
}
s = np.zeros((1, 2), dtype=[('c', object), ('label', object)])
s[0, 0] = (keep('b(1).c', np.arange(4.0).reshape(2, 2)), 'first')
s[0, 1] = (keep('b(2).c', 10 + np.arange(6.0).reshape(3, 2)), 'second')
content['b'] = s
cell = np.empty((2, 2), dtype=object)
for i in range(2):
    for j in range(2):
        cell[i, j] = keep(f'cell({i + 1},{j + 1})', np.full((2, 2), 10 * i + j + 0.5))
content['cell'] = cell
scipy.io.savemat(path('v6.mat'), content, do_compression=False)
scipy.io.savemat(path('v7.mat'), content, do_compression=True)


# --- MATLAB 5, big endian, written by hand from the format description; SciPy must agree
def element(kind, payload):
    return struct.pack('>II', kind, len(payload)) + payload + b'\0' * (-len(payload) % 8)


def matrix(name, a, cls, kind, flags=0):
    body = element(6, struct.pack('>II', cls | flags, 0))
    body += element(5, struct.pack(f'>{a.ndim}i', *a.shape))
    body += element(1, name.encode())
    be = a.real.astype(a.real.dtype.newbyteorder('>'))
    body += element(kind, be.tobytes(order='F'))
    if np.iscomplexobj(a):
        body += element(kind, a.imag.astype(be.dtype).tobytes(order='F'))
    return element(14, body)


big = keep('big', rng.standard_normal((3, 2, 2)))
big16 = keep('big16', rng.integers(-30000, 30000, (2, 5)).astype('int16'))
bigz = keep('bigz', rng.standard_normal((2, 2)) + 1j * rng.standard_normal((2, 2)))
small = struct.pack('>HH', 1, 2) + b'\x07\x00\x00\x00'  # small data element: length and type share a word
tiny = element(6, struct.pack('>II', 9, 0)) + element(5, struct.pack('>2i', 1, 1)) + element(1, b'tiny') + small
header = b'MATLAB 5.0 MAT-file, big endian'.ljust(124) + struct.pack('>H', 0x0100) + b'MI'
with open(path('big-endian.mat'), 'wb') as f:
    f.write(header + matrix('big', big, 6, 9) + matrix('big16', big16, 10, 3) + matrix('bigz', bigz, 6, 9, 0x0800))
    f.write(element(14, tiny))
loaded = scipy.io.loadmat(path('big-endian.mat'))
assert np.array_equal(loaded['big'], big) and np.array_equal(loaded['big16'], big16)
assert np.array_equal(loaded['bigz'], bigz) and loaded['tiny'] == 7

# --- MATLAB 7.3, as MATLAB writes it: user block, transposed data, MATLAB_class, references into #refs#
with h5py.File(path('v73.mat'), 'w', userblock_size=512) as f:
    def put(where, key, a, cls='double'):
        d = where.create_dataset(key, data=np.asarray(a).T)
        d.attrs['MATLAB_class'] = np.bytes_(cls)
        return d
    put(f, 'cube', golden_cube := np.array(golden['cube']['data']).reshape(2, 3, 4).astype('int16'), 'int16')
    zt = np.array(golden['z']['data']).reshape(3, 2, 2).transpose(1, 0, 2)
    zc = np.zeros((2, 3), dtype=[('real', '<f8'), ('imag', '<f8')])
    zc['real'], zc['imag'] = zt[..., 0], zt[..., 1]
    f.create_dataset('z', data=zc).attrs['MATLAB_class'] = np.bytes_('double')
    refs = f.create_group('#refs#')
    g = f.create_group('scan')
    g.attrs['MATLAB_class'] = np.bytes_('struct')
    put(g, 'sinogram', np.array(golden['scan.sinogram']['data']).reshape(4, 5))
    b = f.create_group('b')
    b.attrs['MATLAB_class'] = np.bytes_('struct')
    elems = [put(refs, 'e1', np.array(golden['b(1).c']['data']).reshape(2, 2)),
             put(refs, 'e2', np.array(golden['b(2).c']['data']).reshape(3, 2))]
    b.create_dataset('c', data=np.array([[e.ref] for e in elems], dtype=h5py.ref_dtype))
    cells = [[put(refs, f'c{i}{j}', np.full((2, 2), 10 * i + j + 0.5)).ref for i in range(2)] for j in range(2)]
    c = f.create_dataset('cell', data=np.array(cells, dtype=h5py.ref_dtype))  # [column, row]: transposed too
    c.attrs['MATLAB_class'] = np.bytes_('cell')
    name = f.create_dataset('name', data=np.array([[ord(x)] for x in 'mm'], dtype='uint16'))
    name.attrs['MATLAB_class'] = np.bytes_('char')
with open(path('v73.mat'), 'r+b') as f:
    f.write(b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(124) + struct.pack('<H', 0x0200) + b'IM')

# --- HDF5: element types, both byte orders, chunks and gzip
with h5py.File(path('types.h5'), 'w') as f:
    for t in types + ['float16', 'complex64', 'complex128']:
        for order in '<>':
            a = (np.arange(12).reshape(3, 4) * 3 - (0 if t.startswith('u') else 11)).astype(t)
            if t.startswith('complex'):
                if order == '>':
                    continue
                a = (a + 1j * a[::-1]).astype(t)
            name = t + ('_be' if order == '>' else '')
            f.create_dataset(name, data=a.astype(a.dtype.newbyteorder(order)))
            keep('h5/' + name, a)
    f.create_dataset('packed', data=keep('h5/packed', rng.integers(0, 9, (5, 6, 7)).astype('uint16')), chunks=(2, 3, 7),
                     compression='gzip', shuffle=True)
    f.create_dataset('flag', data=keep('h5/flag', np.array([True, False])))
    f.create_dataset('empty', data=np.zeros((0, 3), 'float32'))
    f['packed'].attrs.update({'axes': 'theta:y:x', 'pitch': 0.5, 'count': np.int64(7), 'list': [1, 2, 3], 'ok': True})

# --- DXchange with everything that goes wrong in practice: dead pixel, zero counts, radians without a unit
views, rows, columns = 5, 2, 6
dark = np.full((3, rows, columns), 10, 'uint16')
white = np.full((4, rows, columns), 1010, 'uint16')
white[:, 1, 2] = 10  # dead
line = rng.uniform(0, 2, (views, rows, columns))
data = np.round(10 + 1000 * np.exp(-line)).astype('uint16')
data[2, 0, 3] = 4  # darker than dark
keep('dx/raw', data)
for name, theta, units in [('dx-degrees', np.linspace(0, 180, views), 'degrees'), ('dx-radians', np.linspace(0, np.pi, views), None)]:
    with h5py.File(path(name + '.h5'), 'w') as f:
        f['exchange/data'], f['exchange/data_white'], f['exchange/data_dark'] = data, white, dark
        f['exchange/theta'] = theta
        if units:
            f['exchange/theta'].attrs['units'] = units
with h5py.File(path('dx-sinograms.h5'), 'w') as f:
    f['exchange/data'], f['exchange/data_white'], f['exchange/data_dark'] = data.transpose(1, 0, 2), white, dark
    f['exchange/data'].attrs['axes'] = 'y:theta:x'
    f['exchange/theta'] = np.linspace(0, 180, views)
    f['exchange/theta'].attrs['units'] = 'degrees'

# --- Our scan file, written by h5py from docs/reference/formats.md alone
with h5py.File(path('scan.h5'), 'w') as f:
    f.attrs['format'], f.attrs['format_version'], f.attrs['kind'] = 'slicewise-scan', 1, 'radon.fan'
    f.create_dataset('data', data=keep('scan/data', rng.standard_normal((2, 3, 4)).astype('float32')), chunks=(1, 3, 4),
                     compression='gzip')
    f.create_dataset('weights', data=keep('scan/weights', rng.uniform(1, 2, (2, 3, 4)).astype('float32')))
    g = f.create_group('geometry')
    g.attrs.update({'detectorCount': 4, 'detectorPitch': 0.5, 'detectorOffset': -0.25, 'sourceToAxis': 100.0, 'sourceToDetector': 150.0})
    g['angles'] = [0.0, 60.0, 120.0]
    grid = f.create_group('grid')
    grid.attrs.update({'shape': [2, 4, 4], 'spacing': [0.3, 0.3, 1.0], 'origin': [-0.45, -0.45, 0.0],
                       'direction': np.eye(3), 'units': '1/mm', 'modality': 'CT'})
    noise = f.create_group('noise')
    noise.attrs.update({'type': 'poisson', 'photons': 1e5})
    f['meta'] = json.dumps({'source': 'h5py', 'note': 'Größe'})

# --- TIFF
for t in ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32']:
    a = keep('tiff/' + t, (np.arange(24).reshape(2, 3, 4) * 5 - (0 if t.startswith('u') else 60)).astype(t))
    tifffile.imwrite(path(t + '.tif'), a, photometric='minisblack', metadata=None)
a = keep('tiff/deflate', rng.integers(-500, 500, (3, 5, 6)).astype('int16'))
for order, predictor in (('<', True), ('>', False), ('>', True)):
    name = 'deflate-' + ('le' if order == '<' else 'be') + ('-predictor' if predictor else '') + '.tif'
    tifffile.imwrite(path(name), a, photometric='minisblack', compression='zlib', predictor=predictor, byteorder=order, metadata=None)
f32 = keep('tiff/float-predictor', rng.standard_normal((2, 5, 6)).astype('float32'))
tifffile.imwrite(path('float-predictor.tif'), f32, photometric='minisblack', compression='zlib', predictor=3, metadata=None)
for i, name in enumerate(['slice_1', 'slice_2', 'slice_10']):
    tifffile.imwrite(path(name + '.tif'), a[i], photometric='minisblack', metadata=None)
tifffile.imwrite(path('colour.tif'), np.zeros((4, 4, 3), 'uint8'), photometric='rgb', metadata=None)

with open(path('arrays.json'), 'w') as f:
    json.dump(golden, f, separators=(',', ':'))
