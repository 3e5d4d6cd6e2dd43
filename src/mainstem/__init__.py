"""Mainstem: the open omnichannel core for retailers."""
