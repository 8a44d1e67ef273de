"""CG-SENSE and L1-wavelet of SigPy, CG-SENSE of BART, for bench/mri-real and bench/cg-sense: reads one JSON request a line, answers one line each.

    {"op": "setup", "folder": PATH, "shape": [slices, coils, rows, columns]}
    {"op": "sigpy-sense" | "bart-sense", "lambda": λ, "iterations": N, "out": PATH | null}
    {"op": "sigpy-wavelet", "lambda": λ, "iterations": N, "out": PATH | null}    →  {"wall": seconds, "cpu": seconds}, or {} where there is no BART

`folder` holds kspace.c64 and maps.c64 (complex64 of `shape`) and mask.f32 [rows, columns]. Images are written to `out` as complex64 [slice, row, column]. SigPy's time is
that of building and running the app; BART's that of the program less one with no iteration, whose files are read and written all the same.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time

import numpy as np
import sigpy.mri as mr


def used(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def timed(work, who=resource.RUSAGE_SELF):
    wall, cpu = time.perf_counter(), used(who)
    out = work()
    return out, time.perf_counter() - wall, used(who) - cpu


class Peer:
    def setup(self, q):
        self.folder, self.shape = q["folder"], q["shape"]
        read = lambda name: np.fromfile(os.path.join(self.folder, name + ".c64"), np.complex64).reshape(self.shape)
        self.kspace, self.maps = read("kspace"), read("maps")
        self.mask = np.fromfile(os.path.join(self.folder, "mask.f32"), np.float32).reshape(self.shape[2:])
        if shutil.which("bart"):
            for k in range(self.shape[0]):
                for name, data in (("kspace", self.kspace[k]), ("maps", self.maps[k]), ("pattern", self.mask[None])):
                    self.write(f"{name}{k}", data.astype(np.complex64))
        return {}

    def write(self, name, data):
        """[coil, row, column] in C order is BART's [column, row, 1, coil] in Fortran's."""
        data.tofile(os.path.join(self.folder, name + ".cfl"))
        coils, rows, columns = data.shape
        with open(os.path.join(self.folder, name + ".hdr"), "w") as header:
            header.write(f"# Dimensions\n{columns} {rows} 1 {coils}\n")

    def answer(self, q, images, wall, cpu):
        if q["out"]:
            np.stack(images).astype(np.complex64).tofile(q["out"])
        return {"wall": wall, "cpu": cpu}

    def sigpy(self, q, app):
        return self.answer(q, *timed(lambda: [app(y, s) for y, s in zip(self.kspace, self.maps)]))

    def sigpy_sense(self, q):
        options = {"lamda": q["lambda"], "max_iter": q["iterations"], "tol": 0, "weights": self.mask, "show_pbar": False}
        return self.sigpy(q, lambda y, s: mr.app.SenseRecon(y, s, **options).run())

    def sigpy_wavelet(self, q):
        options = {"max_iter": q["iterations"], "wave_name": "db4", "weights": self.mask, "show_pbar": False}
        return self.sigpy(q, lambda y, s: mr.app.L1WaveletRecon(y, s, q["lambda"], **options).run())

    def bart_sense(self, q):
        if not shutil.which("bart"):
            return {}
        images = []
        wall = cpu = 0
        for k in range(self.shape[0]):
            for iterations, sign in ((q["iterations"], 1), (0, -1)):
                command = ["bart", "pics", "-l2", "-r", str(q["lambda"]), "-i", str(iterations), "-w", "1", "-p", f"pattern{k}", f"kspace{k}", f"maps{k}", f"image{k}"]
                if sign < 0 and q["out"]:
                    continue
                run = lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
                _, w, c = timed(run, resource.RUSAGE_CHILDREN)
                wall, cpu = wall + sign * w, cpu + sign * c
            if q["out"]:
                images.append(np.fromfile(os.path.join(self.folder, f"image{k}.cfl"), np.complex64).reshape(self.shape[2:]))
        return self.answer(q, images, wall, cpu)


peer = Peer()
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(getattr(peer, request["op"].replace("-", "_"))(request)), flush=True)
