"""Which value of each attribute survives, and what decided: the table of rules, one by one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains.customers.profile.folding import Folded, Told, ToldIdentifier
from mainstem.domains.customers.profile.golden import RULES, Source, golden, masked, trust

NOON = datetime(2024, 1, 5, 12, tzinfo=UTC)


def source(record: int, code: str = "web", /, *, days: int = 0, verified: int = -1, **attributes: str) -> Source:
    """A record, all of it told at one moment; `verified`: with a telephone of that level."""
    at = NOON + timedelta(days=days)
    phone = ToldIdentifier("phone", "", f"+8613900000{record:03}", "identity", verified, at, at)
    told = {attribute: Told(at, value) for attribute, value in attributes.items()}
    return Source(record, code, Folded("", told, (phone,) if verified >= 0 else ()))


def size(value: str, record: int, days: int = 0) -> Source:
    """A record of which an attribute of the source's own is known."""
    return Source(record, "web", Folded("", {"custom.size": Told(NOON + timedelta(days=days), value)}))


@pytest.mark.parametrize(
    ("attribute", "loser", "winner", "by"),
    [
        ("name", source(1, days=9, name="王"), source(2, name="王小明"), "fullness"),
        ("name", source(1, "loyalty", days=9, verified=2, name="王**"), source(2, name="王小明"), "fullness"),
        ("name", source(1, "loyalty", days=9, name="王小明"), source(2, verified=2, name="王晓明"), "verification"),
        ("name", source(1, days=9, name="王小明"), source(2, "loyalty", name="王晓明"), "trust"),
        ("name", source(1, name="王小明"), source(2, days=9, name="王晓明"), "recency"),
        ("name", source(1, name="王小明"), source(2, name="王晓明"), "value"),
        ("gender", source(1, days=9, gender="male"), source(2, "service", gender="female"), "trust"),
        ("birth_date", source(1, days=9, birth_date="1990-01-02"), source(2, verified=1, birth_date="1991-01-02"),
         "verification"),
        ("street", source(1, days=9, street="人民路"), source(2, street="延安中路", city="上海市"), "fullness"),
        ("street", source(1, "loyalty", street="人民路"), source(2, "marketplace", days=1, street="延安路"), "recency"),
        ("language", source(1, "loyalty", language="en"), source(2, "marketplace", days=1, language="zh"), "recency"),
        ("company", source(1, company="A"), source(2, "pos", company="B"), "trust"),
        ("custom.size", size("M", 1), size("L", 2, days=1), "recency"),
        ("phone", source(1, days=9, verified=0), source(2, verified=1), "verification"),
        ("phone", source(1, verified=1), source(2, days=9, verified=1), "recency"),
    ],
)  # fmt: skip
def test_a_criterion_decides(attribute: str, loser: Source, winner: Source, by: str) -> None:
    for order in ([loser, winner], [winner, loser]):
        survivor = golden(order)[attribute]
        assert (survivor.record, survivor.by) == (winner.record, by)
        assert survivor.source == winner.source


def test_what_several_agree_on_survives_before_what_is_newer() -> None:
    found = golden([source(1, name="王小明"), source(2, name="王小明"), source(3, days=9, name="王晓明")])

    assert (found["name"].value, found["name"].by) == ("王小明", "agreement")


def test_what_one_tells_alone_has_no_rival() -> None:
    found = golden([source(1, name="王小明"), source(2, city="上海市")])

    assert {name: (one.record, one.by) for name, one in found.items()} == {"name": (1, "only"), "city": (2, "only")}


def test_an_address_survives_whole() -> None:
    fuller = source(1, street="延安中路", street_number="998", city="上海市")
    newer = source(2, days=9, street="人民路", postal_code="215000")

    found = golden([fuller, newer])

    assert {name: one.value for name, one in found.items()} == {
        "street": "延安中路",
        "street_number": "998",
        "city": "上海市",
    }


def test_nothing_told_is_nothing() -> None:
    assert golden([]) == golden([source(1)]) == {}


@pytest.mark.parametrize(
    ("name", "level"), [("service-desk", 90), ("Loyalty", 80), ("pos7", 70), ("marketplace.tmall", 20), ("web", 50)]
)
def test_sources_are_believed_by_how_their_names_begin(name: str, level: int) -> None:
    assert trust(name) == level


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("gender", "female", "female"),
        ("city", "上海市", "上海市"),
        ("birth_date", "1990-01-02", "1990"),
        ("phone", "+8613917305526", "5526"),
    ],
)
def test_what_tells_a_person_is_masked(name: str, value: str, shown: str) -> None:
    found = masked(name, value)

    assert shown in found
    assert (found == value) == (shown == value)
    assert "延安" not in masked("street", "延安中路998号")
    assert "secret" not in masked("custom.note", "secret")


_texts = st.sampled_from(("王小明", "王晓明", "王", "王**"))
_sources = st.lists(
    st.builds(
        lambda record, code, days, verified, said, city: source(
            record, code, days=days, verified=verified, name=said, **({"city": city} if city else {})
        ),
        st.integers(1, 99),
        st.sampled_from(("web", "loyalty", "marketplace")),
        st.integers(0, 3),
        st.integers(-1, 2),
        _texts,
        st.sampled_from(("", "上海市", "苏州市")),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.record,
)


@given(sources=_sources, order=st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(sources: list[Source], order: Any) -> None:  # noqa: ANN401 - a random
    found = golden(sources)
    order.shuffle(sources)

    assert golden(sources) == found
    for name, one in found.items():
        (told,) = [each.folded for each in sources if each.record == one.record]
        kept = told.values() | {each.type: each.value for each in told.identifiers}
        assert kept[name] == one.value
        assert one.by in {"only", "value", *RULES.get(name, RULES["address"])}
