"""Which ways of writing an address are one address, and which are none."""

import pytest

from mainstem.domains.customers.household.addresses import address_keys


def keys(street: str, city: str = "上海市", **more: str) -> set[str]:
    return set(address_keys({"street": street, "city": city, **more}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (keys("延安中路998号3幢502室"), keys("延安中路９９８號３号楼 502房", "上海")),
        (keys("延安中路998号3幢502室"), keys("上海市延安中路998号3座502")),
        (keys("人民路12号2层", "苏州市", region="江苏省"), keys("江苏省苏州市人民路12号2楼", "苏州", region="江苏")),
        (keys("12 High Street, Apt. 4", "Leeds"), keys("12 HIGH ST  flat 4", "leeds")),
        (keys("Hauptstraße", "Köln", street_number="5"), keys("Hauptstr. 5", "Koln")),
        (keys("12 High St", "Leeds", postal_code="LS1 4AP"), keys("12 High Street", "", postal_code="ls14ap")),
    ],
)
def test_the_same_address(one: set[str], other: set[str]) -> None:
    assert one & other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (keys("延安中路998号3幢502室"), keys("延安中路998号3幢501室")),
        (keys("延安中路998号"), keys("延安中路998号", "苏州市")),
        (keys("延安中路998号1幢12室"), keys("延安中路998号11幢2室")),
        (keys("12 High Street", "Leeds"), keys("21 High Street", "Leeds")),
    ],
)
def test_another_address(one: set[str], other: set[str]) -> None:
    assert one
    assert other
    assert not one & other


@pytest.mark.parametrize(
    "found",
    [
        keys("延安中路"),
        keys("延安中路***号502"),
        keys("998号"),
        keys("", ""),
        keys("null", "null"),
        keys("12 High Street", ""),
    ],
)
def test_no_address(found: set[str]) -> None:
    assert found == set()
