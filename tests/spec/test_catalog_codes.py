"""Which texts can be codes and GTINs, and what a product must look like to be accepted."""

import msgspec
import pytest

from mainstem.domains.catalog import UpsertChannel, UpsertNode, UpsertProduct, VariantInput
from mainstem.domains.catalog.contracts import OpeningHours
from mainstem.domains.catalog.rules.nodes import read_channel, read_node
from mainstem.domains.catalog.rules.products import read_product
from mainstem.kernel.identifiers import is_code, normal_gtin
from mainstem.kernel.refusals import Refusal

pytestmark = pytest.mark.spec


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("96385074", "00000096385074"),  # GTIN-8
        ("614141000036", "00614141000036"),  # GTIN-12, UPC
        ("5901234123457", "05901234123457"),  # GTIN-13, EAN
        ("05901234123457", "05901234123457"),  # the same as GTIN-14
        ("10614141000415", "10614141000415"),  # GTIN-14, a case
        ("00000000000000", "00000000000000"),
        ("96385075", None),  # wrong check digit
        ("5901234123475", None),  # two digits swapped
        ("590123412345", None),  # a digit lost: the rest has another check digit
        ("123456", None),
        ("059012341234570", None),
        ("5901234 123457", None),
        ("59012341234-7", None),
        ("\uff15901234123457", None),  # a full-width digit
        ("", None),
    ],
)
def test_gtin(given: str, stored: str | None) -> None:
    assert normal_gtin(given) == stored


@pytest.mark.parametrize(
    ("code", "accepted"),
    [
        ("A", True),
        ("4711", True),
        ("shop-eu/2.1_x", True),
        ("two words", True),
        ("茶叶-01", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        (" A", False),
        ("A ", False),
        ("A\tB", False),
        ("A\n", False),
        ("A\x00B", False),
        ("A\x7fB", False),
    ],
)
def test_code(code: str, accepted: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_code(code) is accepted


GOOD = UpsertProduct(external_id="tea", name="Tea", variants=(VariantInput(sku="tea-1", gtins=("96385074",)),))
REFUSED_PRODUCTS = [
    ({"external_id": " tea"}, "bad_code", "/external_id"),
    ({"name": "x" * 301}, "too_long", "/name"),
    ({"name": "a\x00b"}, "bad_text", "/name"),
    ({"brand": "x" * 301}, "too_long", "/brand"),
    ({"category": "x" * 301}, "too_long", "/category"),
    ({"variants": ()}, "no_variants", "/variants"),
    ({"variants": tuple(VariantInput(sku=str(n)) for n in range(1001))}, "too_many", "/variants"),
    ({"variants": (VariantInput(sku=""),)}, "bad_code", "/variants/0/sku"),
    ({"variants": (VariantInput(sku="a"), VariantInput(sku="a"))}, "duplicate_sku", "/variants/1/sku"),
    ({"variants": (VariantInput(sku="a", name="x" * 301),)}, "too_long", "/variants/0/name"),
    ({"variants": (VariantInput(sku="a", unit="dozen"),)}, "unknown_unit", "/variants/0/unit"),
    ({"variants": (VariantInput(sku="a", gtins=("96385075",)),)}, "bad_gtin", "/variants/0/gtins/0"),
    (
        {"variants": (VariantInput(sku="a", gtins=("5901234123457", "05901234123457")),)},
        "duplicate_gtin",
        "/variants/0/gtins/1",
    ),
    (
        {"variants": (VariantInput(sku="a", gtins=("96385074",)), VariantInput(sku="b", gtins=("96385074",)))},
        "duplicate_gtin",
        "/variants/1/gtins/0",
    ),
    ({"variants": (VariantInput(sku="a", gtins=("96385074",) * 51),)}, "too_many", "/variants/0/gtins"),
    ({"variants": (VariantInput(sku="a", attributes={"k": "\x00"}),)}, "bad_text", "/variants/0/attributes"),
    ({"variants": (VariantInput(sku="a", attributes={"k" * 65: ""}),)}, "too_long", "/variants/0/attributes"),
    ({"variants": (VariantInput(sku="a", attributes={"k": "v" * 1001}),)}, "too_long", "/variants/0/attributes"),
    (
        {"variants": (VariantInput(sku="a", attributes={str(n): "" for n in range(101)}),)},
        "too_many",
        "/variants/0/attributes",
    ),
]


@pytest.mark.parametrize(("change", "code", "where"), REFUSED_PRODUCTS)
def test_refused_product(change: dict[str, object], code: str, where: str) -> None:
    assert_refused(read_product(msgspec.structs.replace(GOOD, **change)), code, where)


def test_accepted_product_has_gtins_of_14_digits() -> None:
    read = read_product(GOOD)

    assert isinstance(read, UpsertProduct)
    assert [variant.gtins for variant in read.variants] == [("00000096385074",)]


NODE = UpsertNode(code="s1", name="Store 1", kind="store", time_zone="Asia/Shanghai", latitude=31.2, longitude=121.5)
REFUSED_NODES = [
    ({"code": "s 1 "}, "bad_code", "/code"),
    ({"name": "x" * 301}, "too_long", "/name"),
    ({"street": "\x00"}, "bad_text", "/street"),
    ({"time_zone": "Asia/Peking"}, "unknown_time_zone", "/time_zone"),
    ({"time_zone": ""}, "unknown_time_zone", "/time_zone"),
    ({"latitude": None}, "bad_coordinates", "/latitude"),
    ({"longitude": None}, "bad_coordinates", "/latitude"),
    ({"latitude": 90.01}, "bad_coordinates", "/latitude"),
    ({"longitude": -180.01}, "bad_coordinates", "/latitude"),
    ({"latitude": float("nan")}, "bad_coordinates", "/latitude"),
    ({"opening_hours": (OpeningHours(0, "09:00", "20:00"),)}, "bad_opening_hours", "/opening_hours/0"),
    ({"opening_hours": (OpeningHours(8, "09:00", "20:00"),)}, "bad_opening_hours", "/opening_hours/0"),
    ({"opening_hours": (OpeningHours(1, "9:00", "20:00"),)}, "bad_opening_hours", "/opening_hours/0"),
    ({"opening_hours": (OpeningHours(1, "09:00", "24:00"),)}, "bad_opening_hours", "/opening_hours/0"),
    ({"opening_hours": (OpeningHours(1, "09:00", "20:60"),)}, "bad_opening_hours", "/opening_hours/0"),
    ({"opening_hours": (OpeningHours(1, "09:00", "20:00\n"),)}, "bad_opening_hours", "/opening_hours/0"),
    ({"opening_hours": (OpeningHours(1, "09:00", "20:00"),) * 51}, "too_many", "/opening_hours"),
]


@pytest.mark.parametrize(("change", "code", "where"), REFUSED_NODES)
def test_refused_node(change: dict[str, object], code: str, where: str) -> None:
    assert_refused(read_node(msgspec.structs.replace(NODE, **change)), code, where)


@pytest.mark.parametrize(
    "change",
    [
        {"latitude": None, "longitude": None},
        {"latitude": -90.0, "longitude": 180.0},
        {"opening_hours": (OpeningHours(7, "22:00", "02:00"), OpeningHours(1, "00:00", "00:00"))},
    ],
)
def test_accepted_node(change: dict[str, object]) -> None:
    command = msgspec.structs.replace(NODE, **change)

    assert read_node(command) == command


REFUSED_CHANNELS = [
    ({"code": "\x00"}, "bad_code", "/code"),
    ({"name": "x" * 301}, "too_long", "/name"),
    ({"currency": "XYZ"}, "unknown_currency", "/currency"),
    ({"currency": "cny"}, "unknown_currency", "/currency"),
    ({"nodes": ("s1", "s3")}, "unknown_node", "/nodes/1"),
    ({"nodes": ("s1", "s2", "s1")}, "duplicate_node", "/nodes/2"),
]


@pytest.mark.parametrize(("change", "code", "where"), REFUSED_CHANNELS)
def test_refused_channel(change: dict[str, object], code: str, where: str) -> None:
    channel = UpsertChannel(code="web", name="Web", kind="web", currency="CNY", nodes=("s1", "s2"))
    nodes = {"s1", "s2"}

    assert read_channel(channel, nodes) is None
    assert_refused(read_channel(msgspec.structs.replace(channel, **change), nodes), code, where)


def assert_refused(answer: object, code: str, where: str) -> None:
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.where) == (code, where)
    assert answer.message()
    assert answer.remedy()
