"""Two customers beside each other: what they agree in and what they differ in, masked or in the clear."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from mainstem.domains.customers.identifiers import TYPES, compare_names, full_name
from mainstem.domains.customers.profile.golden import ADDRESS, NAMES, GoldenValue, masked
from mainstem.domains.customers.resolve.queries import Member, golden_of, members_of
from mainstem.domains.customers.resolve.searching import CustomerRow
from mainstem.platform.personal import tail
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask
from mainstem.platform.vault import Vault

Agreement = Literal["same", "close", "different", "one_sided"]
"""`close`: names that are written or heard alike. `one_sided`: of one of the two it is not known."""

_FIRST = (*NAMES, "gender", "birth_date", *ADDRESS, "language", "company")
_ALIKE: dict[str, Agreement] = {"equal": "same", "close": "close", "compatible": "close"}


class Field(msgspec.Struct, frozen=True):
    """What both are known by of one attribute, or of one type of identifier. Agreement is that of the whole values."""

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    agreement: Agreement


async def people(connection: Connection, vault: Vault, customers: Collection[int]) -> dict[int, CustomerRow]:
    """Customers, named by their ids of today, as lists show them: masked. Who is none is left out."""
    (members,) = await ask(connection, members_of(vault, customers))
    return {
        customer: CustomerRow(
            id=customer,
            records=len(records),
            sources=sorted({one.source for one in records}),
            golden={name: masked(name, one.value) for name, one in golden_of(records).items()},
            erased=any(one.erased_at is not None for one in records),
        )
        for customer, records in members.items()
    }


async def side_by_side(connection: Connection, vault: Vault, one: int, other: int) -> list[Field]:
    """What two customers, named by their ids of today, agree and differ in; values masked."""
    (members,) = await ask(connection, members_of(vault, {one, other}))
    left, right = members.get(one, []), members.get(other, [])
    return [*_attributes(golden_of(left), golden_of(right)), *_identifiers(left, right)]


def _attributes(left: Mapping[str, GoldenValue], right: Mapping[str, GoldenValue]) -> list[Field]:
    known = (left.keys() | right.keys()) - {"phone", "email"}
    ordered = [name for name in _FIRST if name in known] + sorted(known - set(_FIRST))
    return [_attribute(name, left, right) for name in ordered]


def _attribute(name: str, left: Mapping[str, GoldenValue], right: Mapping[str, GoldenValue]) -> Field:
    one, other = (side[name].value if name in side else "" for side in (left, right))
    agreement: Agreement = "different"
    if not one or not other:
        agreement = "one_sided"
    elif one.casefold() == other.casefold():
        agreement = "same"
    elif name in NAMES:
        agreement = _ALIKE.get(compare_names(_name(left), _name(right)), "different")
    return Field(name, _shown(name, one), _shown(name, other), agreement)


def _name(golden: Mapping[str, GoldenValue]) -> str:
    name, given, family = (golden[part].value if part in golden else "" for part in NAMES)
    return full_name(name, given, family)


def _shown(name: str, value: str) -> tuple[str, ...]:
    return (masked(name, value),) if value else ()


def _identifiers(left: Sequence[Member], right: Sequence[Member]) -> list[Field]:
    fields = []
    for type_ in TYPES:
        one, other = _values(left, type_), _values(right, type_)
        if not one and not other:
            continue
        agreement: Agreement = "different"
        if one & other:
            agreement = "same"
        elif not one or not other:
            agreement = "one_sided"
        fields.append(Field(type_, _tails(one, one & other), _tails(other, one & other), agreement))
    return fields


def _values(members: Sequence[Member], type_: str) -> set[tuple[str, str]]:
    return {(one.scope, one.value) for member in members for one in member.folded.identifiers if one.type == type_}


def _tails(values: set[tuple[str, str]], first: set[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(tail(value) for _, value in sorted(values, key=lambda one: (one not in first, one)))
