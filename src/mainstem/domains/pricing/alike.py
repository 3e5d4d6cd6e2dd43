"""Letters that look alike, read as one: for codes that people read aloud, copy by hand and type."""

import unicodedata

_LATIN = "ABCEHIJKMOPSTXY" + "ABEZHIKMNOPTYX"
_OTHERS = "АВСЕНІЈКМОРЅТХУ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # noqa: RUF001 - Cyrillic, then Greek
_ALIKE = {ord(other): latin for latin, other in zip(_LATIN, _OTHERS, strict=True)}
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
"""Crockford's reading: O is 0, I and L are 1; he has no U, which is written like V."""


def alike(code: str) -> str:
    """A code as it is compared: capitals, full-width and foreign letters as those they look like, no blanks or dashes.

    Two codes that people could take for each other are equal.
    """
    plain = unicodedata.normalize("NFKC", code).upper().translate(_ALIKE)
    kept = [letter for letter in plain if not letter.isspace() and unicodedata.category(letter) not in ("Pd", "Cf")]
    return "".join(kept).translate(_MEANT)


def mixes_scripts(code: str) -> bool:
    """Whether letters that look like Latin ones of another script stand beside Latin ones."""
    letters = unicodedata.normalize("NFKC", code).upper()
    return any(ord(one) in _ALIKE for one in letters) and any("A" <= one <= "Z" for one in letters)
