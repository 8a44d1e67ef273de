"""Batched 2-D FFTs of SciPy (pocketfft) and BART for bench/fft: reads one JSON request a line, answers one line each.

    {"op": "setup", "images": PATH, "out": PATH, "slices": N, "coils": N, "rows": N, "columns": N, "threads": N, "bart": true | false}
    {"op": "scipy"} | {"op": "bart"}  →  {"wall": seconds, "cpu": seconds, "images": N}, of one pass over N images

`images` is complex64 [coil, row, column] of one slice, repeated for all; its centred orthonormal transform is written to `out`. SciPy transforms in place
(its fastest way) and does not centre; a user's shifts would come on top. BART is a program: it maps a file of `BART_SLICES` slices and writes one; what
`bart scale 1` takes for the same files is subtracted.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.fft

BART_SLICES = 8


def used(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def timed(work, who=resource.RUSAGE_SELF):
    wall, cpu = time.perf_counter(), used(who)
    work()
    return time.perf_counter() - wall, used(who) - cpu


class Peer:
    def setup(self, q):
        shape = q["coils"], q["rows"], q["columns"]
        one = np.fromfile(q["images"], np.complex64).reshape(shape)
        axes = (-2, -1)
        centred = scipy.fft.fft2(np.fft.ifftshift(one, axes), norm="ortho")
        np.ascontiguousarray(np.fft.fftshift(centred, axes)).astype(np.complex64).tofile(q["out"])
        self.threads = q["threads"]
        self.data = np.broadcast_to(one, (q["slices"], *shape)).copy()
        if q["bart"]:
            self.folder = tempfile.TemporaryDirectory(prefix="slicewise-bart-")
            self.path = os.path.join(self.folder.name, "in")
            few = np.broadcast_to(one, (BART_SLICES, *shape))
            few.astype(np.complex64).tofile(self.path + ".cfl")
            with open(self.path + ".hdr", "w") as header:
                header.write(f"# Dimensions\n{shape[2]} {shape[1]} {BART_SLICES * shape[0]} 1 1\n")
        return {}

    def scipy(self):
        transform = lambda: scipy.fft.fft2(self.data, norm="ortho", overwrite_x=True, workers=self.threads)
        wall, cpu = timed(transform)
        return {"wall": wall, "cpu": cpu, "images": self.data.shape[0] * self.data.shape[1]}

    def bart(self):
        run = lambda *command: subprocess.run(["bart", *command, self.path, self.path + "-out"], check=True, stdout=subprocess.DEVNULL)
        children = resource.RUSAGE_CHILDREN
        wall, cpu = timed(lambda: run("fft", "-u", "3"), children)
        wall0, cpu0 = timed(lambda: run("scale", "1"), children)
        return {"wall": wall - wall0, "cpu": cpu - cpu0, "images": BART_SLICES * self.data.shape[1]}


peer = Peer()
for line in sys.stdin:
    request = json.loads(line)
    answer = peer.setup(request) if request["op"] == "setup" else getattr(peer, request["op"])()
    print(json.dumps(answer), flush=True)
