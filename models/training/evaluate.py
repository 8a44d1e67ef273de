"""Noise levels of the priors, and what a denoiser reaches on slices that were not trained on."""

import math

import torch

SIGMA_MIN, SIGMA_MAX = 0.002, 400.0
PROGRESS_SIGMAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 30.0, 400.0)


def psnr(estimate, truth):
    """dB, with peak 1."""
    return -10 * math.log10((estimate - truth).square().mean().item())


@torch.no_grad()
def psnr_by_sigma(denoiser, clean, sigmas, shown, seed=0):
    """PSNR (peak 1) of denoised slices [N, C, H, W] at each sigma, and pictures [sigma, 2, H, W] (noisy, denoised).

    `denoiser` is D(x [1, C, H, W], sigma [1]). `shown` maps images to what is compared: CT is clipped to 0...1, like the metric of a reconstruction.
    """
    generator = torch.Generator().manual_seed(seed)
    result, pictures = {}, []
    for sigma in sigmas:
        noise = torch.randn(clean.shape, generator=generator)
        noisy = clean + sigma * noise
        level = torch.tensor([float(sigma)])
        estimate = torch.cat([denoiser(x[None], level) for x in noisy])
        result[sigma] = psnr(shown(estimate), shown(clean))
        pictures.append(torch.stack([_picture(noisy[0]), _picture(estimate[0])]))
    return result, torch.stack(pictures)


def _picture(image):
    return image[0] if len(image) == 1 else image.square().sum(0).sqrt()
