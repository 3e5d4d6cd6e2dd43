"""Style sheets, scripts and pictures: served under a name that carries the hash of the content, so cached for good."""

import mimetypes
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

FOREVER = (b"cache-control", b"public, max-age=31536000, immutable")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_HASH_LENGTH = 12


class Asset(NamedTuple):
    """A file and the path that it is served at."""

    path: str
    media: str
    body: bytes


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every asset by the name of its file."""
    found = {}
    for file in sorted(files("mainstem.console").joinpath("static").iterdir(), key=lambda file: file.name):
        body = file.read_bytes()
        stem, dot, suffix = file.name.rpartition(".")
        media = _TYPES.get(dot + suffix) or mimetypes.types_map[dot + suffix]
        digest = sha256(body).hexdigest()[:_HASH_LENGTH]
        found[file.name] = Asset(f"/assets/{stem}.{digest}.{suffix}", media, body)
    return found
