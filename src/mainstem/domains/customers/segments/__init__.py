"""Segments: saved conditions with live membership. Conditions in JSON are described in `contracts`."""
