"""What the statements of one record come to: pure, and the same in whatever order they arrive.

Of each attribute the latest telling counts, of two at one moment the greater text; of an identifier the first and the
last moment, the best verification, and identity before attribute.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from mainstem.domains.customers.contracts import Attributes, Role
from mainstem.platform.vault import SubjectKey

CUSTOM = "custom."
"""How the name of an attribute of a source's own begins."""

_PURPOSE = "customers.record"


class Told(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A value, and when it was told last."""

    at: datetime
    value: str


class ToldIdentifier(msgspec.Struct, frozen=True, array_like=True):
    """A normalised identifier as a record uses it."""

    type: str
    scope: str
    value: str
    role: Role
    verification: int
    first_at: datetime
    last_at: datetime

    def joined(self, other: "ToldIdentifier") -> "ToldIdentifier":
        """What two tellings of the same identifier come to."""
        return ToldIdentifier(
            self.type,
            self.scope,
            self.value,
            "identity" if "identity" in (self.role, other.role) else "attribute",
            max(self.verification, other.verification),
            min(self.first_at, other.first_at),
            max(self.last_at, other.last_at),
        )


class Folded(msgspec.Struct, frozen=True):
    """All that is known of one record. Attributes of its own begin with `CUSTOM`."""

    reference: str = ""
    attributes: dict[str, Told] = {}
    identifiers: tuple[ToldIdentifier, ...] = ()

    def values(self) -> dict[str, str]:
        """The attributes as they are now, without their moments."""
        return {name: told.value for name, told in self.attributes.items()}

    def with_statement(
        self,
        reference: str,
        attributes: Attributes,
        identifiers: Mapping[tuple[str, str, str], ToldIdentifier],
        at: datetime,
    ) -> "Folded":
        """What is known when this was said too; `identifiers` by type, scope and value."""
        told = dict(self.attributes)
        for name, value in said(attributes).items():
            told[name] = max(told.get(name, Told(at, value)), Told(at, value))
        known = {(one.type, one.scope, one.value): one for one in self.identifiers}
        for named, one in identifiers.items():
            known[named] = known[named].joined(one) if named in known else one
        return Folded(self.reference or reference, told, tuple(known[named] for named in sorted(known)))


def said(attributes: Attributes) -> dict[str, str]:
    """What attributes say, by name; what is blank was not said."""
    found = {
        name: value.strip()
        for name in attributes.__struct_fields__
        if name != "custom" and (value := getattr(attributes, name)) and value.strip()
    }
    found.update({CUSTOM + name: value.strip() for name, value in attributes.custom.items() if value.strip()})
    return found


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Folded).decode


def seal(key: SubjectKey, folded: Folded) -> bytes:
    """What is kept of a record."""
    return key.seal(_encode(folded), _PURPOSE)


def unseal(key: SubjectKey, body: bytes) -> Folded:
    """What a record's body holds; raises `SpoiltError`."""
    return _decode(key.open(body, _PURPOSE)) if body else Folded()
