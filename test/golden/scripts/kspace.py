"""Golden k-space files: ISMRMRD (ismrmrd-python), fastMRI (h5py), BART (bart), and what they hold (NumPy).

    python kspace.py ../kspace          needs numpy h5py ismrmrd, and bart on the path
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile

import h5py
import ismrmrd
import numpy as np

from cfl import read_cfl

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
rng = np.random.default_rng(5)
truth = {}


def fft(a, axes):
    return np.fft.fftshift(np.fft.fftn(np.fft.ifftshift(a, axes=axes), axes=axes, norm='ortho'), axes=axes)


def ifft(a, axes):
    return np.fft.fftshift(np.fft.ifftn(np.fft.ifftshift(a, axes=axes), axes=axes, norm='ortho'), axes=axes)


def crop(a, axis, keep):
    start = a.shape[axis] // 2 - keep // 2
    return np.take(a, range(start, start + keep), axis=axis)


def keep(name, a):
    a = np.ascontiguousarray(a).astype(np.complex64)
    flat = np.stack([a.real, a.imag], -1).ravel()
    truth[name] = {'shape': list(a.shape), 'data': [float(f'{v:.6g}') for v in flat]}


def noise_like(*shape):
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)


def path(name):
    full = os.path.join(out, name)
    if os.path.exists(full):
        os.remove(full)
    return full


HEADER = """<?xml version="1.0"?>
<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <subjectInformation><patientName>nobody</patientName></subjectInformation>
  <acquisitionSystemInformation>
    <systemVendor>maker</systemVendor><systemFieldStrength_T>1.5</systemFieldStrength_T>
    <relativeReceiverNoiseBandwidth>0.8</relativeReceiverNoiseBandwidth><receiverChannels>{coils}</receiverChannels>
  </acquisitionSystemInformation>
  <experimentalConditions><H1resonanceFrequency_Hz>63500000</H1resonanceFrequency_Hz></experimentalConditions>
  <encoding>
    <trajectory>{trajectory}</trajectory>
    <encodedSpace>
      <matrixSize><x>{nx}</x><y>{ny}</y><z>{nz}</z></matrixSize>
      <fieldOfView_mm><x>{fx}</x><y>{fy}</y><z>{fz}</z></fieldOfView_mm>
    </encodedSpace>
    <reconSpace>
      <matrixSize><x>{rx}</x><y>{ry}</y><z>{rz}</z></matrixSize>
      <fieldOfView_mm><x>{gx}</x><y>{gy}</y><z>{gz}</z></fieldOfView_mm>
    </reconSpace>
    <encodingLimits>
      <kspace_encoding_step_1><minimum>{y0}</minimum><maximum>{y1}</maximum><center>{yc}</center></kspace_encoding_step_1>
      <kspace_encoding_step_2><minimum>0</minimum><maximum>{z1}</maximum><center>{zc}</center></kspace_encoding_step_2>
      <slice><minimum>0</minimum><maximum>{s1}</maximum><center>0</center></slice>
    </encodingLimits>
    {parallel}
  </encoding>
  <sequenceParameters><TR>500</TR><TE>11.5</TE><TE>23</TE><flipAngle_deg>70</flipAngle_deg></sequenceParameters>
</ismrmrdHeader>"""


def header(**given):
    fields = dict(coils=1, trajectory='cartesian', nx=1, ny=1, nz=1, fx=1, fy=1, fz=1, rx=1, ry=1, rz=1, gx=1, gy=1, gz=1,
                  y0=0, y1=0, yc=0, z1=0, zc=0, s1=0, parallel='')
    assert set(given) <= set(fields)
    return HEADER.format(**{**fields, **given})


def acquisition(samples, flags=(), center=None, pre=0, post=0, dwell=5.0, position=(0, 0, 0), dirs=np.eye(3), **counters):
    """samples [coil, sample], as the scanner sends them"""
    a = ismrmrd.Acquisition.from_array(np.ascontiguousarray(samples, np.complex64))
    a.center_sample = samples.shape[1] // 2 if center is None else center
    a.discard_pre, a.discard_post, a.sample_time_us = pre, post, dwell
    for n, field in enumerate(('read_dir', 'phase_dir', 'slice_dir')):
        getattr(a, field)[:] = dirs[n]
    a.position[:] = position
    for flag in flags:
        a.set_flag(flag)
    for name, value in counters.items():
        setattr(a.idx, {'ky': 'kspace_encode_step_1', 'kz': 'kspace_encode_step_2'}.get(name, name), value)
    return a


def write(file, group, xml, acquisitions):
    dataset = ismrmrd.Dataset(file, group, create_if_needed=True)
    dataset.write_xml_header(xml.encode())
    for a in acquisitions:
        dataset.append_acquisition(a)
    dataset.close()


# --- 2-D: 2 slices stored against their positions, 3 coils, 2 averages, readout oversampled twice, odd lines reversed, partial Fourier along the
#     phase, a noise scan, a navigator and a dummy; oblique directions in LPS
coils, nx, ny = 3, 12, 7
full = noise_like(2, coils, ny, nx)  # by slice counter
c, s = np.cos(0.3), np.sin(0.3)
dirs = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
positions = [dirs.T @ [3, -4, 10], dirs.T @ [3, -4, 4]]
first, center = 0, 1  # counter 1 is the k-space origin: rows 2 … 6 of 7 are measured
noise = noise_like(coils, 40)
lines = []
file = path('ismrmrd-2d.h5')
for half in range(2):
    lines.append(acquisition(noise[:, 20 * half:20 * half + 20], [ismrmrd.ACQ_IS_NOISE_MEASUREMENT], dwell=10.0))
for average in range(2):
    for ky in range(5):
        for slice_ in (0, 1):
            place = dict(position=positions[slice_], dirs=dirs, slice=slice_, average=average, ky=ky)
            row = full[slice_, :, ky - center + ny // 2, :]
            row = row + (1 if average else -1) * 0.25 * (1 + ky)  # the two averages differ, their mean is `full`
            if ky == 2:
                lines.append(acquisition(99 * np.ones((coils, nx)), [ismrmrd.ACQ_IS_NAVIGATION_DATA], **place))
                lines.append(acquisition(99 * np.ones((coils, nx)), [ismrmrd.ACQ_IS_DUMMYSCAN_DATA], **place))
            if ky % 2:
                lines.append(acquisition(row[:, ::-1], [ismrmrd.ACQ_IS_REVERSE], **place))
            elif ky == 4:  # two samples before and one after belong to no line
                padded = np.concatenate([77 * np.ones((coils, 2)), row, 88 * np.ones((coils, 1))], 1)
                lines.append(acquisition(padded, center=nx // 2 + 2, pre=2, post=1, **place))
            else:
                lines.append(acquisition(row, **place))
xml = header(coils=coils, nx=nx, ny=ny, fx=240, fy=140, fz=5, rx=6, ry=6, gx=120, gy=120, gz=5, y0=0, y1=4, yc=center, s1=1)
write(file, 'dataset', xml, lines)
sampled = full[::-1].copy()  # ascending positions: counter 1, then 0
sampled[:, :, :ny // 2 - center] = 0
keep('2d', fft(crop(ifft(sampled, (3,)), 3, 6), (3,)))
keep('noise', noise)

# --- partial echo: the first 3 of 12 samples are missing, no oversampling; even and odd lines reversed in turn
echo = noise_like(1, 1, 5, 12)
lines = []
for ky in range(5):
    row = echo[0, :, ky, 3:]
    lines.append(acquisition(row[:, ::-1] if ky % 2 else row, [ismrmrd.ACQ_IS_REVERSE] if ky % 2 else [],
                             center=9 - 3 if ky % 2 else 3, ky=ky))
write(file, 'echo', header(nx=12, ny=5, fx=120, fy=50, fz=4, rx=12, ry=5, gx=120, gy=50, gz=4, y1=4, yc=2), lines)
echo[..., :3] = 0
keep('echo', echo)

# --- 3-D: two phase directions, readout oversampled twice, a third of the lines left out
nx, ny, nz, coils = 8, 5, 4, 2
full = noise_like(coils, nz, ny, nx)
taken = rng.random((nz, ny)) > 0.35
taken[nz // 2, ny // 2] = True
file = path('ismrmrd-3d.h5')
lines = [acquisition(full[:, z, y], position=(1, 2, 3), ky=y, kz=z) for z in range(nz) for y in range(ny) if taken[z, y]]
xml = header(coils=coils, nx=nx, ny=ny, nz=nz, fx=160, fy=75, fz=20, rx=4, ry=5, rz=4, gx=80, gy=75, gz=20, y1=4, yc=2, z1=3, zc=2,
             parallel='<parallelImaging><accelerationFactor><kspace_encoding_step_1>1.5</kspace_encoding_step_1>'
                      '<kspace_encoding_step_2>1</kspace_encoding_step_2></accelerationFactor></parallelImaging>')
write(file, 'dataset', xml, lines)
sampled = full * taken[None, :, :, None]
hybrid = crop(ifft(sampled, (3,)), 3, 4)  # [coil, kz, ky, x]
keep('3d', hybrid.transpose(3, 0, 2, 1))
truth['3d-mask'] = {'shape': [ny, nz], 'data': taken.T.astype(float).ravel().tolist()}

# --- scans with something wrong, one group each
file = path('ismrmrd-wrong.h5')
plain = dict(nx=4, ny=6, fx=40, fy=60, fz=5, rx=4, ry=6, gx=40, gy=60, gz=5, y1=5, yc=3)
row = np.ones((1, 4)) * (1 + 2j)
whole = [(s, ky) for s in range(2) for ky in range(6)]
up = lambda s: (0, 0, 5.0 * s)
write(file, 'stopped', header(**plain, s1=1), [acquisition(row, ky=k, slice=s, position=up(s)) for s, k in whole[:-2]])
write(file, 'slices', header(**plain, s1=3), [acquisition(row, ky=k, slice=s, position=up(s)) for s, k in whole])
write(file, 'centre', header(**plain), [acquisition(row, ky=k) for k in (0, 1, 2, 4, 5)])
write(file, 'one', header(**plain), [acquisition(row, ky=k) for k in (0, 2, 3, 4, 5)])
parallel = ('<parallelImaging><accelerationFactor><kspace_encoding_step_1>2</kspace_encoding_step_1><kspace_encoding_step_2>1'
            '</kspace_encoding_step_2></accelerationFactor><calibrationMode>{}</calibrationMode></parallelImaging>')
flag = lambda k, ks: [ismrmrd.ACQ_IS_PARALLEL_CALIBRATION_AND_IMAGING] if k in ks else []
write(file, 'calibration', header(**plain, parallel=parallel.format('embedded')),
      [acquisition(row, flag(k, (1, 3)), ky=k) for k in (1, 3, 5)])
write(file, 'separate', header(**plain, parallel=parallel.format('separate')),
      [acquisition(9 * row, [ismrmrd.ACQ_IS_PARALLEL_CALIBRATION], ky=k) for k in (2, 3, 4)] + [acquisition(row, ky=k) for k in (1, 3, 5)])
write(file, 'embedded', header(**plain, parallel=parallel.format('embedded')),
      [acquisition(row, [ismrmrd.ACQ_IS_PARALLEL_CALIBRATION], ky=k) for k in (2, 3, 4)] + [acquisition(row, ky=k) for k in (1, 3, 5)])
write(file, 'contrasts', header(**plain), [acquisition((1 + e) * row, ky=k, contrast=e) for e in range(2) for k in range(6)])
write(file, 'radial', header(**plain, trajectory='radial'), [acquisition(row, ky=k) for k in range(6)])
write(file, 'outside', header(**plain), [acquisition(row, ky=k) for k in range(7)])
write(file, 'long', header(**plain), [acquisition(np.ones((1, 6)), ky=k) for k in range(6)])
write(file, 'coils', header(**plain), [acquisition(np.ones((1 + k // 5, 4)), ky=k) for k in range(6)])
write(file, 'noise', header(**plain), [acquisition(row, [ismrmrd.ACQ_IS_NOISE_MEASUREMENT])])
turned = np.eye(3)[[1, 2, 0]]
write(file, 'planes', header(**plain, s1=1), [acquisition(row, ky=k, slice=s, dirs=turned if s else np.eye(3)) for s, k in whole])
write(file, 'zero', header(coils=2, **plain), [acquisition(np.array([[1, 2, 3, 4], [0, 0, 0, 0]]), ky=k) for k in range(6)])

with open(file, 'rb') as f, open(file + '.gz', 'wb') as g:
    g.write(gzip.compress(f.read(), mtime=0))
os.remove(file)

# --- fastMRI: readout [row] oversampled twice, phase columns 0 and 6 of 7 filled with zeros, undersampled; and single coil without a mask
rows, columns = 8, 7
kspace = noise_like(2, 3, rows, columns)
kspace[..., [0, 6]] = 0
mask = np.array([1, 0, 1, 1, 0, 1, 1], np.float32)
xml = header(coils=3, nx=rows, ny=columns, fx=160, fy=77, fz=4.5, rx=4, ry=6, gx=80, gy=66, gz=4.5, y0=0, y1=4, yc=2)
with h5py.File(path('fastmri.h5'), 'w') as f:
    f['kspace'] = kspace * mask
    f['mask'] = mask
    f['reconstruction_rss'] = np.full((2, 4, 6), 7, np.float32)
    f['ismrmrd_header'] = xml
    f.attrs.update({'acquisition': 'CORPD_FBK', 'max': 7.0, 'norm': 8.0, 'patient_id': 'secret', 'acceleration': 4})
keep('fastmri', fft(crop(ifft(kspace * mask, (2,)), 2, 4), (2,)))
with h5py.File(path('fastmri-single.h5'), 'w') as f:
    f['kspace'] = kspace[:, 0]
    f.attrs.update({'acquisition': 'CORPD_FBK', 'patient_id': 'secret'})
keep('fastmri-single', kspace[:, :1])

# --- BART: a phantom with coils, odd sizes; two slices; 3-D; maps
bart_folder = os.path.join(out, 'bart')
os.makedirs(bart_folder, exist_ok=True)


with tempfile.TemporaryDirectory() as work:
    def bart(*args):
        subprocess.run(['bart', *map(str, args)], cwd=work, check=True)

    def result(name, to):
        for ext in ('cfl', 'hdr'):
            with open(os.path.join(work, f'{name}.{ext}'), 'rb') as f, open(os.path.join(bart_folder, f'{to}.{ext}'), 'wb') as g:
                lines = f.read()
                g.write(lines if ext == 'cfl' else b'\n'.join(lines.split(b'\n')[:2]) + b'\n')

    bart('phantom', '-x', 9, '-s', 3, 'square')
    bart('resize', '-c', 0, 8, 1, 7, 'square', 'one')
    bart('flip', 1, 'one', 'other')
    bart('join', 13, 'one', 'other', 'images')
    bart('fft', '-u', 3, 'images', 'k2d')
    result('k2d', 'kspace-2d')
    bart('slice', 3, 1, 'images', 'image')
    result('image', 'image-2d')
    images = read_cfl(os.path.join(work, 'images'))  # [x, y, 1, coil, …, slice]
    keep('bart-images', images[:, :, 0, :, 0, 0, 0, 0, 0, 0, 0, 0, 0, :, 0, 0].transpose(3, 2, 1, 0))
    bart('phantom', '-3', '-x', 6, '-s', 2, 'cube')
    bart('resize', '-c', 0, 5, 2, 4, 'cube', 'block')
    bart('fft', '-u', 7, 'block', 'k3d')
    result('k3d', 'kspace-3d')
    bart('slice', 3, 1, 'block', 'volume')
    result('volume', 'image-3d')
    block = read_cfl(os.path.join(work, 'block'))  # [x, y, z, coil]
    keep('bart-block', block[:, :, :, :, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].transpose(0, 3, 1, 2))
    bart('phantom', '-x', 9, '-S', 3, 'wide')
    bart('resize', '-c', 0, 8, 1, 7, 'wide', 'set')
    bart('scale', 2, 'set', 'second')
    bart('join', 4, 'set', 'second', 'sets')
    bart('join', 13, 'sets', 'sets', 'maps')
    result('maps', 'maps')
    maps = read_cfl(os.path.join(work, 'set'))
    keep('bart-maps', maps[:, :, 0, :].reshape(8, 7, 3).transpose(2, 1, 0)[None])

with open(os.path.join(out, 'kspace.json'), 'w') as f:
    json.dump(truth, f)
    f.write('\n')
