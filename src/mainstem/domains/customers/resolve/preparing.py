"""A statement made ready: checked, its identifiers normalised and hashed, before anything is asked of the database."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import msgspec

from mainstem.domains.catalog import BAD_CODE, TOO_LONG, TOO_MANY
from mainstem.domains.customers.contracts import (
    CUSTOM_MAX,
    FUTURE_STATEMENT,
    IDENTIFIERS_MAX,
    NOTHING_SAID,
    TEXT_LENGTH_MAX,
    TOO_MANY_IDENTIFIERS,
    UNKNOWN_IDENTIFIER_TYPE,
    Attributes,
    Identifier,
    Identify,
)
from mainstem.domains.customers.identifiers import POLICIES, TYPES, normalise
from mainstem.domains.customers.profile.folding import ToldIdentifier, said
from mainstem.domains.customers.resolve.digests import fingerprint, identifier_digest, record_key, unnamed_key
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.moments import CLOCK_SKEW_MAX, EARLIEST
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call
from mainstem.platform.vault import Vault

_SHOWN_LENGTH_MAX = 80
_VERIFIED = 1  # by the source that states it; 2 is proven here

_encode = msgspec.json.Encoder(order="deterministic").encode


class Prepared(msgspec.Struct, frozen=True):
    """A statement that can be decided. `identifiers` are by digest; `refused` the types of values of no use."""

    call: Call[Identify]
    key: bytes
    fingerprint: bytes
    at: datetime
    identifiers: dict[bytes, ToldIdentifier]
    refused: tuple[str, ...]

    @property
    def command(self) -> Identify:
        """What was said."""
        return self.call.command

    def named(self) -> Mapping[tuple[str, str, str], ToldIdentifier]:
        """The identifiers by type, scope and value."""
        return {(one.type, one.scope, one.value): one for one in self.identifiers.values()}


def prepare(vault: Vault, call: Call[Identify], now: datetime) -> Prepared | Refusal:
    """The statement made ready; refused when it cannot be one.

    A value that cannot be an identifier is left out and told. A record that its source calls nothing is known by its
    identifiers, and by its attributes when it has none.
    """
    command = call.command
    wrong = _unacceptable(command, now)
    if wrong is not None:
        return wrong
    at = (command.occurred_at or now).astimezone(UTC)
    found: dict[bytes, ToldIdentifier] = {}
    refused: list[str] = []
    for one in command.identifiers:
        value = normalise(one.type, one.value)
        if value is None:
            refused.append(one.type)
            continue
        told = _told(one, value, command.source, at)
        digest = identifier_digest(vault, told.type, told.scope, value)
        found[digest] = told.joined(found[digest]) if digest in found else told
    content = _encode((command.reference, command.occurred_at, command.identifiers, command.attributes))
    print_ = fingerprint(vault, content)
    reference = command.reference.strip()
    if reference:
        key = record_key(vault, command.source, reference)
    elif found or said(command.attributes):
        key = unnamed_key(vault, command.source, found or [print_], _year(found.values(), at))
    else:
        return refuse(NOTHING_SAID)
    return Prepared(call, key, print_, at, found, tuple(sorted(set(refused))))


def _year(found: Collection[ToldIdentifier], at: datetime) -> int | None:
    """The year that a record without a name is of, when all that it is known by may pass to another person.

    Otherwise what a till was told by the former owner of a number and what it is told by the present one would be one
    record, and could never be parted.
    """
    passing = found and all(POLICIES[one.type].sleep_days is not None for one in found)
    return at.year if passing else None


def _told(one: Identifier, value: str, source: str, at: datetime) -> ToldIdentifier:
    scope = (one.scope or source) if POLICIES[one.type].scoped else ""
    return ToldIdentifier(one.type, scope, value, one.role, _VERIFIED if one.verified else 0, at, at)


def _unacceptable(command: Identify, now: datetime) -> Refusal | None:
    if not is_code(command.source):
        return refuse(BAD_CODE, "/source", code=command.source[:_SHOWN_LENGTH_MAX])
    if len(command.identifiers) > IDENTIFIERS_MAX:
        return refuse(TOO_MANY_IDENTIFIERS, "/identifiers", size=len(command.identifiers), limit=IDENTIFIERS_MAX)
    if len(command.reference) > TEXT_LENGTH_MAX:
        return refuse(TOO_LONG, "/reference", field="reference", size=len(command.reference), limit=TEXT_LENGTH_MAX)
    moment = command.occurred_at
    if moment is not None and (moment.tzinfo is None or not EARLIEST <= moment <= now + CLOCK_SKEW_MAX):
        return refuse(FUTURE_STATEMENT, "/occurred_at", moment=moment.isoformat())
    for place, one in enumerate(command.identifiers):
        where = f"/identifiers/{place}"
        if one.type not in POLICIES:
            shown = one.type[:_SHOWN_LENGTH_MAX]
            return refuse(UNKNOWN_IDENTIFIER_TYPE, f"{where}/type", type=shown, types=", ".join(TYPES))
        if one.scope and not is_code(one.scope):
            return refuse(BAD_CODE, f"{where}/scope", code=one.scope[:_SHOWN_LENGTH_MAX])
    return _long_attributes(command.attributes)


def _long_attributes(attributes: Attributes) -> Refusal | None:
    custom = attributes.custom
    if len(custom) > CUSTOM_MAX:
        return refuse(TOO_MANY, "/attributes/custom", field="custom", size=len(custom), limit=CUSTOM_MAX)
    texts = {name: getattr(attributes, name) for name in attributes.__struct_fields__ if name != "custom"}
    for name, text in (*texts.items(), *(("custom", text) for pair in custom.items() for text in pair)):
        if len(text) > TEXT_LENGTH_MAX:
            where = f"/attributes/{name}"
            return refuse(TOO_LONG, where, field=name, size=len(text), limit=TEXT_LENGTH_MAX)
    return None
