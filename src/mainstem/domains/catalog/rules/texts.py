"""Checks of texts that every command shares. `where` is the JSON pointer of the text; its last part names the field."""

import msgspec

from mainstem.domains.catalog.contracts import BAD_CODE, BAD_TEXT, REVISION_CONFLICT, TOO_LONG, TOO_MANY, Expected
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import Refusal, refuse

NAME_LENGTH_MAX = 300
"""Characters of a name, brand, category path, street."""

SHOWN_LENGTH_MAX = 80
"""Characters of a refused value that the refusal repeats."""


def bad_code(where: str, code: str) -> Refusal | None:
    """Refuse what cannot be a code."""
    return None if is_code(code) else refuse(BAD_CODE, where, code=code[:SHOWN_LENGTH_MAX])


def bad_text(where: str, text: str, limit: int = NAME_LENGTH_MAX) -> Refusal | None:
    """Refuse a text that is too long or holds U+0000, which PostgreSQL cannot store."""
    if len(text) > limit:
        return refuse(TOO_LONG, where, field=where.rpartition("/")[2], size=len(text), limit=limit)
    if "\x00" in text:
        return refuse(BAD_TEXT, where, field=where.rpartition("/")[2])
    return None


def too_many(where: str, size: int, limit: int) -> Refusal | None:
    """Refuse a list that is too long."""
    return refuse(TOO_MANY, where, field=where.rpartition("/")[2], size=size, limit=limit) if size > limit else None


def revision_conflict(what: str, code: str, expected: Expected, revision: int) -> Refusal | None:
    """Refuse a change of what is no longer as it was seen; `revision` is 0 when there is none."""
    if expected is msgspec.UNSET or expected == revision:
        return None
    shown = {"revision": revision, "expected": expected}
    return refuse(REVISION_CONFLICT, "/expected_revision", what=what, id=code, **shown)
