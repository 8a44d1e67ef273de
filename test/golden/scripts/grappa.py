"""GRAPPA with explicit matrices: kernels by ridge regression over the calibration lines, missing lines filled point by point.

    python grappa.py > ../grappa.json          needs numpy
"""
import json
import sys

import numpy as np

rng = np.random.default_rng(11)
COILS, NY, NX, POINTS, RIDGE = 3, 26, 16, 3, 0.02


def kspace():
    """A smooth object under smooth coils, so that neighbouring samples tell of each other."""
    y, x = np.meshgrid(np.linspace(-1, 1, NY), np.linspace(-1, 1, NX), indexing='ij')
    image = (x**2 + y**2 < 0.7) * (1 + 0.5 * np.sin(5 * x) + 0.3j * np.cos(4 * y))
    coils = [np.exp(-((x - a)**2 + (y - b)**2)) * np.exp(1j * (a * y - b * x)) for a, b in ((1, 0), (-0.5, 0.9), (-0.5, -0.9))]
    out = np.stack([np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(image * c), norm='ortho')) for c in coils])
    return (out + 0.01 * (rng.standard_normal(out.shape) + 1j * rng.standard_normal(out.shape))).astype(np.complex64)


def sources(line, measured, rows, wanted):
    """Nearest measured lines, half on either side; the farthest dropped while the kernel does not fit the calibration."""
    below = [m for m in measured if m < line][::-1][:wanted // 2]
    above = [m for m in measured if m > line][:wanted // 2]
    near = sorted([m - line for m in below + above], key=lambda d: (abs(d), d))
    while near:
        positions = rows - max(0, *near, 0) + min(0, *near, 0)
        if positions > 0 and positions * (NX - POINTS + 1) >= len(near) * POINTS * COILS:
            break
        near.pop()
    return sorted(near)


def grappa(y, measured, acs):
    half = POINTS // 2
    out = y.astype(np.complex128)
    padded = np.pad(out, ((0, 0), (0, 0), (half, half)))
    for line in (k for k in range(NY) if k not in measured):
        d = sources(line, measured, len(acs), 4)
        if not d:
            continue
        rows = [k for k in acs if all(k + o in acs for o in d)]
        a, b = [], []
        for k in rows:
            for s in range(half, NX - half):
                a.append([y[c, k + o, s + p] for c in range(COILS) for o in d for p in range(-half, half + 1)])
                b.append(y[:, k, s])
        a, b = np.array(a, np.complex128), np.array(b, np.complex128)
        gram = a.conj().T @ a
        w = np.linalg.solve(gram + RIDGE * np.trace(gram).real / len(gram) * np.eye(len(gram)), a.conj().T @ b)
        for s in range(NX):
            out[:, line, s] = np.array([padded[c, line + o, s + half + p]
                                        for c in range(COILS) for o in d for p in range(-half, half + 1)]) @ w
    return out


def numbers(a):
    return [float(f'{v:.6g}') for v in np.stack([a.real, a.imag], -1).ravel()]


y = kspace()
acs = list(range(8, 18))  # 10 lines about DC, line 13
cases = {  # the measured lines, and those about DC that are measured without a gap
    'equispaced ×2': (sorted(set(range(0, NY, 2)) | set(acs)), acs + [18]),
    'equispaced ×3': (sorted(set(range(1, NY, 3)) | set(acs)), acs),
    'uneven': (sorted({3, 6, 20, 21, 24} | set(acs)), acs),
}
json.dump({
    'shape': [COILS, NY, NX], 'points': POINTS, 'regularisation': RIDGE, 'kspace': numbers(y),
    'cases': [{'name': name, 'measured': m, 'filled': numbers(grappa(y * np.isin(np.arange(NY), m)[:, None], m, a))}
              for name, (m, a) in cases.items()],
}, sys.stdout)
print()
