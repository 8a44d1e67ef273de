"""The prior `spectral-maps`: two-dimensional coefficient maps of spectral cubes, to any scale and of either sign."""
