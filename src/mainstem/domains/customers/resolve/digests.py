"""The keyed hashes of identity: nothing in the database says a name, a number or an address to who reads it.

The purpose of each digest is fixed for good: with another one nobody who is known would be found.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from mainstem.domains.customers.identifiers import Name, full_name, read_name
from mainstem.domains.customers.matching import blocking_keys
from mainstem.domains.customers.profile.folding import Folded
from mainstem.platform.vault import Vault

TAIL_DIGITS = 4
"""The end of a telephone number, a card or a reference by which people are searched."""

TAILED = frozenset({"phone", "member_card"})
"""Types of identifiers that are searched by their end."""

_ACCOUNT_BYTES = 12
_BETWEEN = "\x1f"
_BLANK = re.compile(r"[\s'’·.,-]+")


def record_key(vault: Vault, source: str, reference: str) -> bytes:
    """The key of the record that a source calls so."""
    return vault.digest("customers.record", f"{source}{_BETWEEN}{reference}")


def unnamed_key(vault: Vault, source: str, digests: Iterable[bytes], year: int | None) -> bytes:
    """The key of a record that has no name with its source: it is known by these digests.

    A year makes it a record of that year alone; the records of all years are one account (`account_of`).
    """
    known_by = _BETWEEN.join(sorted(digest.hex() for digest in digests))
    key = vault.digest("customers.unnamed", f"{source}{_BETWEEN}{known_by}")
    return key if year is None else key[:_ACCOUNT_BYTES] + year.to_bytes(len(key) - _ACCOUNT_BYTES)


def account_of(key: bytes) -> int:
    """What the records of one who has no name with his source have in common, whatever the year; else its own."""
    return int.from_bytes(key[:_ACCOUNT_BYTES])


def identifier_digest(vault: Vault, type_: str, scope: str, value: str) -> bytes:
    """The digest of a normalised identifier."""
    return vault.digest("customers.identifier", f"{type_}{_BETWEEN}{scope}{_BETWEEN}{value}")


def fingerprint(vault: Vault, content: bytes) -> bytes:
    """What tells a statement from another of the same record."""
    return vault.digest("customers.statement", content.decode("utf-8", "surrogatepass"))


def block_digests(vault: Vault, attributes: Mapping[str, str]) -> frozenset[bytes]:
    """Where a record with these attributes meets those that may be the same person."""
    return frozenset(vault.digest("customers.block", key) for key in blocking_keys(attributes))


def search_digest(vault: Vault, kind: str, text: str) -> bytes:
    """The digest of what somebody is searched by: kind `name`, `pinyin`, `tail` or `reference`."""
    return vault.digest("customers.search", f"{kind}{_BETWEEN}{folded_text(text)}")


def search_digests(vault: Vault, folded: Folded) -> frozenset[bytes]:
    """All under which a record is found."""
    values = folded.values()
    name = name_of(values)
    ended = [folded.reference, *(one.value for one in folded.identifiers if one.type in TAILED)]
    wanted = {("tail", text[-TAIL_DIGITS:]) for text in map(folded_text, ended) if len(text) >= TAIL_DIGITS}
    if name is not None:
        wanted.add(("name", name.text))
        wanted |= {("pinyin", text) for text in (*name.spellings, name.initials) if text}
    if folded.reference:
        wanted.add(("reference", folded.reference))
    return frozenset(search_digest(vault, kind, text) for kind, text in wanted)


def folded_text(text: str) -> str:
    """A text without what people type differently: width, case, blanks, hyphens."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text).casefold())


def name_of(values: Mapping[str, str]) -> Name | None:
    """The name among attributes, in the form in which names are compared."""
    return _read(full_name(values.get("name", ""), values.get("given_name", ""), values.get("family_name", "")))


_read = lru_cache(maxsize=65_536)(read_name)
