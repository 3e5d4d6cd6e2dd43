"""Text files: the whole file is checked for its encoding before anything of it is used."""

import codecs
from pathlib import Path

from mainstem.connectors.files import contracts as c
from mainstem.kernel.refusals import RefusedError, refuse

_CHUNK_BYTES = 1 << 20


def codec_name(encoding: str) -> str:
    """The codec to read with: UTF-8 with or without BOM is one. Raises RefusedError when it is none for texts."""
    try:
        found = codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, ValueError):
        raise RefusedError(refuse(c.UNKNOWN_ENCODING, encoding=encoding[:80])) from None
    return "utf-8-sig" if found.name == "utf-8" else found.name


def check_encoding(path: Path, codec: str) -> None:
    """Raises RefusedError with row and offset of the first byte that is not of the encoding, and what it may be."""
    # A BOM is a character like any other here, so that offsets count from the first byte of the file.
    decoder = codecs.getincrementaldecoder("utf-8" if codec == "utf-8-sig" else codec)()
    start, lines, kept = 0, 0, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                # The decoder may have kept the beginning of a character from the chunk before.
                within = max(0, error.start - kept)
                row = lines + chunk.count(b"\n", 0, within) + 1
                raise _refused(path, codec, row, start + error.start - kept) from None
            kept = len(decoder.getstate()[0])
            start += len(chunk)
            lines += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _refused(path, codec, lines + 1, start - kept) from None


def _refused(path: Path, codec: str, row: int, offset: int) -> RefusedError:
    shown = "utf-8" if codec == "utf-8-sig" else codec
    suggestion = _suggestion(path, shown, offset)
    return RefusedError(refuse(c.FILE_ENCODING, row=row, encoding=shown, offset=offset, suggestion=suggestion))


def _suggestion(path: Path, tried: str, offset: int) -> str:
    """An encoding that can read the neighbourhood of the byte; GB18030 reads most of what was saved in China."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(offset)
        sample = file.read(4096)
    for name in ("utf-8", "gb18030"):
        if name != tried:
            try:
                codecs.getincrementaldecoder(name)().decode(sample)
            except UnicodeDecodeError:
                continue
            return name
    return "windows-1252"
