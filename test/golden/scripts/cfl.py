"""BART's files: NAME.hdr and NAME.cfl, first dimension fastest."""
import numpy as np


def write_cfl(name, a):
    dims = [*a.shape] + [1] * (16 - a.ndim)
    with open(name + '.hdr', 'w') as f:
        f.write('# Dimensions\n' + ' '.join(map(str, dims)) + '\n')
    np.asfortranarray(a.astype(np.complex64)).ravel('F').tofile(name + '.cfl')


def read_cfl(name):
    with open(name + '.hdr') as f:
        f.readline()
        dims = [int(n) for n in f.readline().split()]
    return np.fromfile(name + '.cfl', np.complex64).reshape(dims, order='F')
