"""Batched 2-D FFTs of PyTorch (cuFFT) for bench/gpu-fft: reads one JSON request a line, answers one line each.

    {"op": "available"}  →  {"device": NAME or null}
    {"op": "setup", "images": N, "rows": N, "columns": N}  →  {}
    {"op": "plain" | "centred" | "copy", "repeat": N}  →  {"seconds": seconds of one pass over all images}

complex64 on the GPU. `plain` is torch.fft.fft2, which does not centre; `centred` moves the origin before and after, as k-space needs.
"""

import json
import sys
import time

try:
    import torch
except ImportError:
    torch = None


class Peer:
    def available(self, _):
        there = torch is not None and torch.cuda.is_available()
        return {"device": f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}" if there else None}

    def setup(self, q):
        self.x = None
        self.x = torch.randn(q["images"], q["rows"], q["columns"], dtype=torch.complex64, device="cuda")
        self.out = torch.empty_like(self.x)
        return {}

    def timed(self, q, work):
        work()
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(q["repeat"]):
            work()
        torch.cuda.synchronize()
        return {"seconds": (time.perf_counter() - start) / q["repeat"]}

    def plain(self, q):
        return self.timed(q, lambda: torch.fft.fft2(self.x, norm="ortho", out=self.out))

    def centred(self, q):
        axes = (-2, -1)
        shift = lambda: torch.fft.fftshift(torch.fft.fft2(torch.fft.ifftshift(self.x, dim=axes), norm="ortho"), dim=axes)
        return self.timed(q, shift)

    def copy(self, q):
        return self.timed(q, lambda: self.out.copy_(self.x))


peer = Peer()
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(getattr(peer, request["op"])(request)), flush=True)
