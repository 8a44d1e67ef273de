"""Golden files of k-space along trajectories: ISMRMRD (ismrmrd-python), BART (bart), SigPy, and what they hold (NumPy).

    python trajectories.py ../trajectories          needs numpy h5py ismrmrd sigpy, and bart on the path
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile

import ismrmrd
import numpy as np
import sigpy
import sigpy.mri

from cfl import read_cfl, write_cfl

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
rng = np.random.default_rng(7)
truth = {}


def keep(name, a):
    a = np.ascontiguousarray(a)
    flat = np.stack([a.real, a.imag], -1) if np.iscomplexobj(a) else a
    truth[name] = {'shape': list(a.shape), 'data': [float(f'{v:.6g}') for v in flat.ravel()]}


def noise_like(*shape):
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)


HEADER = """<?xml version="1.0"?>
<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD">
  <acquisitionSystemInformation><systemFieldStrength_T>0.55</systemFieldStrength_T></acquisitionSystemInformation>
  <experimentalConditions><H1resonanceFrequency_Hz>23500000</H1resonanceFrequency_Hz></experimentalConditions>
  <encoding>
    <trajectory>{trajectory}</trajectory>
    <encodedSpace><matrixSize><x>{n}</x><y>{n}</y><z>{nz}</z></matrixSize>
      <fieldOfView_mm><x>{f}</x><y>{f}</y><z>5</z></fieldOfView_mm></encodedSpace>
    <reconSpace><matrixSize><x>{rx}</x><y>{ry}</y><z>{nz}</z></matrixSize>
      <fieldOfView_mm><x>{gx}</x><y>{gy}</y><z>5</z></fieldOfView_mm></reconSpace>
    <encodingLimits><slice><minimum>0</minimum><maximum>{s1}</maximum><center>0</center></slice></encodingLimits>
  </encoding>
</ismrmrdHeader>"""


def acquisition(samples, traj=None, flags=(), pre=0, post=0, dwell=5.0, position=(0, 0, 0), dirs=np.eye(3), **counters):
    """samples [coil, sample], traj [sample, coordinate], as the scanner sends them"""
    given = {} if traj is None else {'trajectory': np.ascontiguousarray(traj, np.float32)}
    a = ismrmrd.Acquisition.from_array(np.ascontiguousarray(samples, np.complex64), **given)
    a.discard_pre, a.discard_post, a.sample_time_us = pre, post, dwell
    for n, field in enumerate(('read_dir', 'phase_dir', 'slice_dir')):
        getattr(a, field)[:] = dirs[n]
    a.position[:] = position
    for flag in flags:
        a.set_flag(flag)
    for name, value in counters.items():
        setattr(a.idx, {'ky': 'kspace_encode_step_1', 'kz': 'kspace_encode_step_2'}.get(name, name), value)
    return a


def write(file, group, acquisitions, trajectory='radial', n=16, f=160, rx=8, ry=8, gx=80, gy=80, nz=1, s1=0):
    xml = HEADER.format(trajectory=trajectory, n=n, f=f, rx=rx, ry=ry, gx=gx, gy=gy, nz=nz, s1=s1)
    dataset = ismrmrd.Dataset(file, group, create_if_needed=True)
    dataset.write_xml_header(xml.encode())
    for a in acquisitions:
        dataset.append_acquisition(a)
    dataset.close()


def radial(spokes, samples):
    """[spoke, sample, (kx, ky)], cycles per pixel"""
    angle = 0.2 + np.pi * np.arange(spokes) / spokes
    r = (np.arange(samples) - samples // 2) / samples
    return np.stack([np.cos(angle)[:, None] * r, np.sin(angle)[:, None] * r], -1)


# --- ISMRMRD, radial: 2 slices stored against their positions and interleaved, 2 coils, 2 averages, spokes out of order, discarded samples, a noise scan; encoded
#     matrix and field of view twice those of the image, which is not square
coils, spokes, samples = 2, 5, 6
full = noise_like(2, coils, spokes, samples)  # by slice counter
path = radial(spokes, samples)
c, s = np.cos(0.3), np.sin(0.3)
dirs = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
positions = [dirs.T @ [3, -4, 10], dirs.T @ [3, -4, 4]]
noise = noise_like(coils, 40)
file = os.path.join(out, 'ismrmrd.h5')
if os.path.exists(file):
    os.remove(file)
lines = [acquisition(noise, flags=[ismrmrd.ACQ_IS_NOISE_MEASUREMENT], dwell=10.0)]
for average in range(2):
    for spoke in (3, 0, 4, 1, 2):
        for slice_ in (0, 1):
            place = dict(position=positions[slice_], dirs=dirs, slice=slice_, average=average, ky=spoke)
            row = full[slice_, :, spoke] + (1 if average else -1) * 0.25 * (1 + spoke)  # the mean of both averages is `full`
            padded = np.concatenate([77 * np.ones((coils, 2)), row, 88 * np.ones((coils, 1))], 1)
            traj = np.concatenate([9 * np.ones((2, 2)), path[spoke], 9 * np.ones((1, 2))])
            lines.append(acquisition(padded, traj, pre=2, post=1, **place))
write(file, 'dataset', lines, rx=8, ry=6, gx=80, gy=60, s1=1)
keep('radial', full[::-1].reshape(2, coils, -1))  # ascending positions: counter 1, then 0
keep('radial-trajectory', np.stack([path[..., 1] * 6, path[..., 0] * 8], -1).reshape(-1, 2))  # ten millimetres a pixel of either
keep('noise', noise)

# --- groups with a trait each
ones = np.ones((1, samples)) * (1 + 2j)
three = lambda third: np.concatenate([path, np.broadcast_to(third, (spokes, samples))[..., None]], -1)
plain = lambda traj, **counters: [acquisition((k + 1) * ones, traj[k], ky=k, **counters) for k in range(spokes)]
write(file, 'units', plain(path * 16))  # cycles per encoded field of view
write(file, 'metres', plain(path * 100))  # pixels of 10 mm
write(file, 'spiral', plain(path), trajectory='spiral')
write(file, 'golden', [acquisition((k + 1) * ones, path[k]) for k in range(spokes)], trajectory='goldenangle')  # counters all 0
write(file, 'weights', plain(three(np.abs(np.arange(samples) - 3))))  # density weights, as Gadgetron has them
write(file, 'flat', plain(three(0.0)), nz=4)
write(file, 'kz', plain(three(np.linspace(-0.5, 0.5, samples))))
write(file, 'partition', plain(three(0.25)), nz=4)
write(file, 'stack', [a for z in range(2) for a in plain(path, kz=z)], nz=2)
up = lambda n: (0, 0, 5.0 * n)
write(file, 'turned', plain(path, slice=0, position=up(0)) + plain(path[:, ::-1], slice=1, position=up(1)), s1=1)
write(file, 'stopped', plain(path, slice=0, position=up(0)) + plain(path, slice=1, position=up(1))[:-2], s1=1)
write(file, 'slices', plain(path), s1=3)
write(file, 'none', [acquisition((k + 1) * ones, ky=k) for k in range(spokes)])
write(file, 'epi', plain(path), trajectory='epi')
write(file, 'zero', [acquisition(np.concatenate([ones, 0 * ones]), path[k], ky=k) for k in range(spokes)])
with open(file, 'rb') as f, gzip.GzipFile(file + '.gz', 'wb', mtime=0) as g:
    g.write(f.read())
os.remove(file)

# --- an object without symmetry, [row, column], that BART and SigPy measure
rows, columns = 24, 24
y, x = np.mgrid[:rows, :columns]
blob = lambda r, c, h, w: np.exp(-(((y - r) / h) ** 2) - ((x - c) / w) ** 2)
image = (blob(11, 11, 5, 6) - 0.6 * blob(8, 14, 1.5, 2) + 0.9 * blob(15, 7, 1.2, 1.2) + 0.5 * blob(6, 6, 1, 3)) * np.exp(0.05j * x)
maps = np.stack([np.exp(0.1j * y) * (0.5 + x / columns), np.exp(-0.07j * x) * (0.6 + y / rows)])
maps /= np.sqrt((np.abs(maps) ** 2).sum(0))
keep('image', image)
keep('maps', maps)


# BART's own trajectory and its exact transform (nufft -s, which lacks the factor 1/√N), two slices: the object and half of it
with tempfile.TemporaryDirectory() as work:
    def bart(*args):
        subprocess.run(['bart', *map(str, args)], cwd=work, check=True)

    at = lambda name: os.path.join(work, name)
    bart('traj', '-r', '-x', 24, '-y', 36, 'traj')
    for n, scale in enumerate((1, 0.5)):
        coil_images = (maps * image * scale).transpose(2, 1, 0)[:, :, None, :]  # [x, y, z, coil]
        write_cfl(at(f'images{n}'), coil_images)
        bart('nufft', '-s', 'traj', f'images{n}', f'ksp{n}')
    bart('join', 13, 'ksp0', 'ksp1', 'ksp')
    for name in ('traj', 'ksp'):
        write_cfl(os.path.join(out, name), read_cfl(at(name)))
    write_cfl(at('one'), image.T[:, :, None])
    bart('nufft', '-s', 'traj', 'one', 'single')
    bart('nufft', '-i', '-d', f'{columns}:{rows}:1', 'traj', 'single', 'inverse')
    keep('bart-inverse', read_cfl(at('inverse')).squeeze().T)

# SigPy's own trajectory, half spokes a golden angle apart, in `coord`; the middle 20 of 24 rows
coord = sigpy.mri.radial((60, 12, 2), (20, columns))
ksp = np.stack([sigpy.nufft((m * image)[2:22], coord, oversamp=2, width=8) for m in maps])
np.savez_compressed(os.path.join(out, 'sigpy.npz'), ksp=ksp.astype(np.complex64), coord=coord.astype(np.float32))

with open(os.path.join(out, 'trajectories.json'), 'w') as f:
    json.dump(truth, f)
    f.write('\n')
