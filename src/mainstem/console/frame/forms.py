"""What a form sends: fields and files, parsed by a kept library within limits."""

from collections.abc import Mapping
from io import BytesIO
from typing import NamedTuple
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header

from mainstem.kernel.refusals import MALFORMED, RefusedError, refuse

FIELDS_MAX = 5_000
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"


class Upload(NamedTuple):
    """A file as it was sent."""

    name: str
    body: bytes


class Form:
    """The fields of a form; texts are stripped of surrounding blanks."""

    def __init__(self, fields: Mapping[str, list[str]], uploads: Mapping[str, Upload]) -> None:
        self._fields = fields
        self._uploads = uploads

    def text(self, name: str, default: str = "") -> str:
        """The first value of a field."""
        values = self._fields.get(name)
        return values[0].strip() if values else default

    def integer(self, name: str) -> int | None:
        """The first value of a field as a whole number; None when it is empty or none."""
        try:
            return int(self.text(name))
        except ValueError:
            return None

    def all(self, name: str) -> list[str]:
        """All values of a field, in order."""
        return [value.strip() for value in self._fields.get(name, ())]

    def upload(self, name: str) -> Upload | None:
        """The file of a field; None when none was chosen."""
        return self._uploads.get(name)

    def typed(self) -> dict[str, str]:
        """The first value of every field, to show again what was typed."""
        return {name: values[0] for name, values in self._fields.items()}


def parse(body: bytes, content_type: str) -> Form:
    """The form in a body; raises RefusedError (`malformed`) for what is none."""
    media, options = parse_options_header(content_type)
    if media == MULTIPART:
        return _multipart(body, options.get("boundary", ""))
    if media not in (URLENCODED, ""):
        raise _malformed(f"{media}")
    fields: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX):
            fields.setdefault(name, []).append(value)
    except ValueError as error:
        raise _malformed(str(error)) from error
    return Form(fields, {})


def _multipart(body: bytes, boundary: str) -> Form:
    fields: dict[str, list[str]] = {}
    uploads: dict[str, Upload] = {}
    try:
        parts = MultipartParser(
            BytesIO(body), boundary, len(body), memory_limit=len(body) + 1, part_limit=FIELDS_MAX, strict=True
        )
        for part in parts:
            if part.filename:
                uploads[part.name] = Upload(part.filename, part.raw)
            elif part.filename is None:
                fields.setdefault(part.name, []).append(part.value)
    except (MultipartError, UnicodeDecodeError) as error:
        raise _malformed(str(error)) from error
    return Form(fields, uploads)


def _malformed(detail: str) -> RefusedError:
    return RefusedError(refuse(MALFORMED, detail=detail))
