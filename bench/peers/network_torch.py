"""The zoo's denoisers in PyTorch for bench/gpu-network: reads one JSON request a line, answers one line each.

    {"op": "open", "onnx": PATH, "images": PATH, "shape": [N, C, H, W], "sigma": S}  →  {"device": NAME, "flops": of one slice}
    {"op": "denoise", "precision": P, "batch": N}  →  {"seconds": a slice}, {"failed": WHY} (out of memory)
    {"op": "result", "path": PATH}  →  {} after writing D(x; sigma) of all images in float32

D = c_skip x + c_out F(c_in x, c_noise), preconditioning included, on CUDA where there is one. P: `fp32` (sums of float32 products), `tf32` (products of 10 bits,
what CUDA takes by default for convolutions), `bf16` (autocast but for the first and last layer), all with channels last and cuDNN's search for the fastest kernels.
"""

import json
import math
import sys
import time

import torch
from torch.utils.flop_counter import FlopCounterMode
from zoo_network import denoise, zoo_network

LEAST = 0.2  # seconds of one round


class Denoiser:
    def __init__(self, q):
        self.cuda = torch.cuda.is_available()
        device = "cuda" if self.cuda else "cpu"
        torch.backends.cudnn.benchmark = True
        self.network = zoo_network(q["onnx"]).to(device, memory_format=torch.channels_last)
        with open(q["images"], "rb") as file:
            images = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(q["shape"])
        self.images = images.to(device).contiguous(memory_format=torch.channels_last)
        self.sigma = torch.tensor([q["sigma"]], dtype=torch.float32, device=device)

    def flops(self):
        with FlopCounterMode(display=False) as counter:
            denoise(self.network, self.images[:1], self.sigma)
        return counter.get_total_flops()

    def all(self, precision, batch):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
        with torch.autocast(self.images.device.type, torch.bfloat16, enabled=precision == "bf16"):
            return [
                denoise(self.network, part, self.sigma.expand(len(part)))
                for part in self.images.split(batch)
            ]

    def seconds(self, precision, batch):
        wait = torch.cuda.synchronize if self.cuda else lambda: None

        def rounds(times):
            wait()
            start = time.perf_counter()
            for _ in range(times):
                self.all(precision, batch)
            wait()
            return (time.perf_counter() - start) / times

        rounds(1)
        return rounds(max(1, min(1000, math.ceil(LEAST / rounds(1))))) / len(self.images)


@torch.inference_mode()
def main():
    denoiser = None
    for line in sys.stdin:
        q = json.loads(line)
        if q["op"] == "open":
            denoiser = Denoiser(q)
            name = torch.cuda.get_device_name() if denoiser.cuda else f"{torch.get_num_threads()} threads of the processor"
            answer = {"device": f"{name}, torch {torch.__version__}", "flops": denoiser.flops()}
        elif q["op"] == "denoise":
            try:
                answer = {"seconds": denoiser.seconds(q["precision"], q["batch"])}
            except torch.OutOfMemoryError as error:
                answer = {"failed": str(error)}
        else:
            parts = denoiser.all("fp32", q["batch"])
            torch.cat(parts).cpu().contiguous().numpy().tofile(q["path"])
            answer = {}
        print(json.dumps(answer), flush=True)


main()
