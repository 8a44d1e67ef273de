"""What several tests share."""

import torch


def randomised(network, seed=0):
    """Weights of a size that keeps activations near 1 through the network, none of them zero; the network itself."""
    generator = torch.Generator().manual_seed(seed)
    for name, p in network.named_parameters():
        noise = torch.randn(p.shape, generator=generator)
        if p.ndim == 1:
            centre = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
            p.data = centre + 0.2 * noise
        else:
            p.data = noise / p[0].numel() ** 0.5
    return network.eval().requires_grad_(False)


def images(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))
