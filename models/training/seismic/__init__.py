"""Priors for missing seismic traces: data, masks, gain, classical guides. README.md here has the networks' contract."""
