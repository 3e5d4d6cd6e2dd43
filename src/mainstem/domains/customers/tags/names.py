"""Names of tags: small letters, digits, and _ - : between them; Chinese characters too."""

import re

from mainstem.kernel.refusals import Kind, Refusal, declare, refuse

LENGTH_MAX = 64

BAD_TAG_NAME = declare(
    "bad_tag_name",
    Kind.INVALID,
    "{tag} cannot be the name of a tag.",
    "Use 1 to 64 small letters, Chinese characters, digits, and _ - : between them.",
)

_NAME = re.compile(r"[a-z0-9㐀-鿿](?:[a-z0-9㐀-鿿_:-]{0,62}[a-z0-9㐀-鿿])?")


def bad_tag_name(tag: str, where: str = "/tag") -> Refusal | None:
    """Why this cannot be the name of a tag; None when it can."""
    return None if _NAME.fullmatch(tag) else refuse(BAD_TAG_NAME, where, tag=tag[:80])
