"""From what was typed into a form to a command, and from what is there to a form."""

import re
from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from mainstem.console.catalog.words import WEEKDAYS
from mainstem.console.frame import Form
from mainstem.domains import catalog

BLANK_VARIANTS = 3
"""Empty rows for new variants that a form offers."""

VARIANTS_SHOWN_MAX = 200
"""Variants that one form holds; those it does not name stay as they are."""

NODES_OFFERED_MAX = 100
"""Nodes of a network whose places a channel's form offers one by one."""

NODE_TEXTS = (
    "name",
    "kind",
    "time_zone",
    "country",
    "region",
    "city",
    "postal_code",
    "street",
    "latitude",
    "longitude",
)

_SEPARATORS = re.compile(r"[\s,;|\uff0c\uff1b\u3001]+")
_HOURS = re.compile(r"\s*(\S+?)\s*[-\u2013~\uff5e\u81f3]\s*(\S+)\s*")

Row = dict[str, str]


def product_rows(variants: Iterable[Any]) -> list[Row]:
    """The variants as rows of a form."""
    return [
        {
            "sku": variant.sku,
            "name": variant.name,
            "unit": variant.unit,
            "gtins": " ".join(variant.gtins),
            "attributes": "; ".join(f"{name}={value}" for name, value in sorted(variant.attributes.items())),
        }
        for variant in variants
    ]


def typed_rows(form: Form) -> list[Row]:
    """The rows of variants that say anything."""
    rows = []
    for number in range(VARIANTS_SHOWN_MAX + BLANK_VARIANTS):
        row = {name: form.text(f"v{number}-{name}") for name in ("sku", "name", "unit", "gtins", "attributes")}
        if row["sku"] or row["name"] or row["gtins"] or row["attributes"]:
            rows.append(row)
    return rows


def product(form: Form, external_id: str) -> catalog.UpsertProduct:
    """The product that a form describes."""
    return catalog.UpsertProduct(
        external_id=external_id,
        name=form.text("name"),
        variants=tuple([_variant(row) for row in typed_rows(form)]),
        brand=form.text("brand"),
        category=form.text("category").strip("/"),
        expected_revision=_expected(form),
    )


def _variant(row: Row) -> catalog.VariantInput:
    pairs = (part.partition("=") for part in re.split(r"[;\uff1b\n]", row["attributes"]) if part.strip())
    return catalog.VariantInput(
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"] or "pc",
        gtins=tuple(part for part in _SEPARATORS.split(row["gtins"]) if part),
        attributes={name.strip(): value.strip() for name, _, value in pairs},
    )


def node_values(node: catalog.NodeView | None) -> Row:
    """A node as the fields of a form; a new one when there is none yet."""
    if node is None:
        usual = {f"can-{code}": "1" for code in catalog.USUAL_CAPABILITIES}
        return dict.fromkeys(NODE_TEXTS, "") | {"code": "", "kind": "store"} | _hours(()) | usual
    found = {name: "" if (value := getattr(node, name)) is None else str(value) for name in NODE_TEXTS}
    return found | {"code": node.code} | _hours(node.opening_hours) | {f"can-{code}": "1" for code in node.capabilities}


def _hours(opening_hours: Iterable[catalog.OpeningHours]) -> Row:
    by_day: dict[int, list[str]] = {}
    for entry in opening_hours:
        by_day.setdefault(entry.weekday, []).append(f"{entry.opens}-{entry.closes}")
    return {f"hours-{day}": " ".join(sorted(by_day.get(day, ()))) for day in range(1, len(WEEKDAYS) + 1)}


def node(form: Form, code: str) -> catalog.UpsertNode:
    """The node that a form describes. A coordinate that is no number becomes one that is not on Earth."""
    return catalog.UpsertNode(
        code=code,
        name=form.text("name"),
        kind=form.text("kind") if form.text("kind") in get_args(catalog.NodeKind) else "store",  # type: ignore[arg-type]
        time_zone=form.text("time_zone"),
        country=form.text("country"),
        region=form.text("region"),
        city=form.text("city"),
        postal_code=form.text("postal_code"),
        street=form.text("street"),
        latitude=_degrees(form.text("latitude")),
        longitude=_degrees(form.text("longitude")),
        opening_hours=tuple([entry for day in range(1, len(WEEKDAYS) + 1) for entry in _opening(form, day)]),
        capabilities=tuple(code for code in get_args(catalog.Capability) if form.text(f"can-{code}")),
        expected_revision=_expected(form),
    )


def _degrees(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return float("inf")


def _opening(form: Form, day: int) -> list[catalog.OpeningHours]:
    """The opening hours of a day, `09:00-12:00 14:00-21:00`; what is no span is passed on, to be refused."""
    text = re.sub(r"\s*([-\u2013~\uff5e\u81f3])\s*", r"\1", form.text(f"hours-{day}").replace("\uff1a", ":"))
    found = []
    for part in _SEPARATORS.split(text):
        span = _HOURS.fullmatch(part)
        if part:
            found.append(catalog.OpeningHours(day, span[1], span[2]) if span else catalog.OpeningHours(day, part, ""))
    return found


def channel(form: Form, code: str) -> catalog.UpsertChannel:
    """The channel that a form describes: its nodes by the numbers they were given, then those that were added."""
    numbered = []
    for position, node in enumerate(form.all("node")):
        number = form.integer(f"rank-{position}")
        if number is not None:
            numbered.append((number, position, node))
    order = [node for _, _, node in sorted(numbered)]
    order += [part for part in _SEPARATORS.split(form.text("added")) if part]
    return catalog.UpsertChannel(
        code=code,
        name=form.text("name"),
        kind=form.text("kind") if form.text("kind") in get_args(catalog.ChannelKind) else "web",  # type: ignore[arg-type]
        currency=form.text("currency").upper(),
        nodes=tuple(dict.fromkeys(order)),
        expected_revision=_expected(form),
    )


def _expected(form: Form) -> int | msgspec.UnsetType:
    """The revision that the form was made from; 0 of what did not exist."""
    return form.integer("revision") or 0
