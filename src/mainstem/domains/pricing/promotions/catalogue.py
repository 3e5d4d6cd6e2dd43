"""What a form names, looked up: channels, nodes, goods, lists, segments. Everything of a batch in two round trips."""

from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import product as pairs

import msgspec

from mainstem.domains import catalog, customers
from mainstem.domains.catalog import UNKNOWN_CHANNEL, UNKNOWN_NODE, UNKNOWN_SKU, Channel, ProductFilter, ProductView
from mainstem.domains.pricing.promotions import contracts as c
from mainstem.domains.pricing.promotions import form as f
from mainstem.domains.pricing.promotions.checking import selectors_of
from mainstem.domains.pricing.promotions.comparing import gifts_of
from mainstem.domains.pricing.promotions.conditions import conditions_within
from mainstem.domains.pricing.promotions.queries import list_names
from mainstem.kernel.refusals import Refusal, RefusalCode, refuse
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

NODES_MAX = 20_000
PRODUCTS_LOOKED_AT = 200
"""Products of a category and brand that are looked at for an attribute; of more it is taken to be there."""

PROBES_MAX = 100
"""Pairs of category and brand that are looked for; of more, one is taken to be there."""

Probe = tuple[str | None, str | None, bool]
"""(category, brand, whether attributes matter)"""

_KINDS: tuple[str, ...] = catalog.ChannelKind.__args__  # type: ignore[attr-defined]
Faults = Iterator[Refusal | None]


class Named(msgspec.Struct):
    """What forms name."""

    channels: set[str] = msgspec.field(default_factory=set)
    nodes: set[str] = msgspec.field(default_factory=set)
    regions: bool = False
    skus: set[str] = msgspec.field(default_factory=set)
    products: set[str] = msgspec.field(default_factory=set)
    probes: set[Probe] = msgspec.field(default_factory=set)
    lists: set[str] = msgspec.field(default_factory=set)
    segments: bool = False


class Known(msgspec.Struct):
    """What there is of what forms name; `goods` are the category and brand of SKUs."""

    channels: dict[str, Channel]
    nodes: set[str]
    regions: set[str]
    goods: dict[str, tuple[str, str]]
    products: dict[str, ProductView]
    probes: dict[Probe, list[ProductView]]
    lists: set[str]
    segments: set[str]


def name_all(forms: Sequence[f.Promotion]) -> Named:
    """Collect what forms name."""
    named = Named()
    for form in forms:
        named.skus.update(gifts_of(form))
        for _, condition, _ in conditions_within("/when", form.when):
            if isinstance(condition, f.Channels):
                named.channels.update(condition.codes)
            elif isinstance(condition, f.Nodes):
                named.nodes.update(condition.codes)
                named.regions |= bool(condition.regions)
            elif isinstance(condition, f.InSegment):
                named.segments = True
        for _, selector in selectors_of(form):
            for one in _chain(selector):
                named.skus.update(one.skus)
                named.products.update(one.products)
                named.lists.update(one.lists)
                named.probes.update(_probes(one))
    return named


def _chain(selector: f.Selector | None) -> Iterator[f.Selector]:
    """A selector, what it excludes, and so on."""
    while selector is not None:
        yield selector
        selector = selector.exclude


def _probes(selector: f.Selector) -> set[Probe]:
    found: set[Probe] = {(category, None, False) for category in selector.categories}
    found |= {(None, brand, False) for brand in selector.brands}
    return found | set(_together(selector))


def _together(selector: f.Selector) -> list[Probe]:
    """The pairs of which one must be there for the selector to select something; [] when that is not asked."""
    deep = bool(selector.attributes)
    if selector.skus or selector.products or not (deep or (selector.categories and selector.brands)):
        return []
    wanted = list(pairs(selector.categories or (None,), selector.brands or (None,)))
    return [(category, brand, deep) for category, brand in wanted] if len(wanted) <= PROBES_MAX else []


async def look_up(connection: Connection, named: Named) -> Known:
    """What there is of what was named."""
    products, probes = sorted(named.products), sorted(named.probes, key=repr)
    questions: list[Query[object]] = [catalog.find_product(number) for number in products]  # type: ignore[misc]
    for category, brand, deep in probes:
        narrow = ProductFilter(category=category, brand=brand)
        questions.append(catalog.list_products(narrow, PRODUCTS_LOOKED_AT if deep else 1))  # type: ignore[arg-type]
    channels, nodes, places, variants, lists, segments, *answers = await ask(
        connection,
        catalog.channels_by_code(named.channels),
        catalog.nodes_by_code(named.nodes),
        catalog.list_nodes(NODES_MAX if named.regions else 0),
        catalog.variants_by_sku(named.skus),
        list_names(named.lists),
        customers.all_segment_names(),
        *questions,
    )
    (described,) = await ask(connection, catalog.variants_described([one.id for one in variants.values()]))
    found = dict(zip(products, answers, strict=False))
    return Known(
        channels=channels,
        nodes=set(nodes),
        regions={place.region for place in places},
        goods={sku: (one.category, described[one.id].brand) for sku, one in variants.items()},
        products={number: view for number, view in found.items() if view is not None},
        probes=dict(zip(probes, answers[len(products) :], strict=True)),
        lists=lists,
        segments={name for _, name in segments},
    )


def unknown(form: f.Promotion, known: Known, tiers: set[str]) -> Refusal | None:
    """The first name in a form that nothing has, or a selector that selects nothing."""
    return next(filter(None, _faults(form, known, tiers)), None)


def _faults(form: f.Promotion, known: Known, tiers: set[str]) -> Faults:
    for place, condition, _ in conditions_within("/when", form.when):
        yield from _condition(place, condition, form, known, tiers)
    for place, selector in selectors_of(form):
        yield from _selector(place, selector, known)
    yield _missing("/reward/skus", gifts_of(form), known.goods, UNKNOWN_SKU, "sku")


def _condition(place: str, condition: f.Condition, form: f.Promotion, known: Known, tiers: set[str]) -> Faults:
    if isinstance(condition, f.Channels):
        yield _missing(f"{place}/codes", condition.codes, known.channels, UNKNOWN_CHANNEL, "channel")
        for i, code in enumerate(condition.codes):
            channel = known.channels.get(code)
            if channel is not None and form.currency not in (None, channel.currency):
                told = {"channel": code, "currency": channel.currency, "wanted": form.currency or ""}
                yield refuse(c.CURRENCY_DIFFERS, f"{place}/codes/{i}", **told)
        for i, kind in enumerate(condition.kinds):
            if kind not in _KINDS:
                yield refuse(c.UNKNOWN_KIND, f"{place}/kinds/{i}", kind=kind[:80], kinds=", ".join(_KINDS))
    elif isinstance(condition, f.Nodes):
        yield _missing(f"{place}/codes", condition.codes, known.nodes, UNKNOWN_NODE, "node")
        yield _missing(f"{place}/regions", condition.regions, known.regions, c.UNKNOWN_REGION, "region")
    elif isinstance(condition, f.InSegment):
        yield _missing(f"{place}/names", condition.names, known.segments, c.UNKNOWN_SEGMENT, "segment")
    elif isinstance(condition, f.Member):
        yield _missing(f"{place}/tiers", condition.tiers, tiers, c.UNKNOWN_TIER, "tier")


def _missing(
    place: str, names: Sequence[str], there: Container[str], code: RefusalCode, parameter: str
) -> Refusal | None:
    """Refused with the first name that is not there."""
    for i, name in enumerate(names):
        if name not in there:
            return refuse(code, f"{place}/{i}", **{parameter: name[:80]})
    return None


def _selector(place: str, selector: f.Selector, known: Known) -> Faults:
    categories = {one for one in selector.categories if known.probes[one, None, False]}
    brands = {one for one in selector.brands if known.probes[None, one, False]}
    yield _missing(f"{place}/skus", selector.skus, known.goods, UNKNOWN_SKU, "sku")
    yield _missing(f"{place}/products", selector.products, known.products, c.UNKNOWN_PRODUCT, "product")
    yield _missing(f"{place}/categories", selector.categories, categories, c.UNKNOWN_CATEGORY, "category")
    yield _missing(f"{place}/brands", selector.brands, brands, c.UNKNOWN_BRAND, "brand")
    yield _missing(f"{place}/lists", selector.lists, known.lists, c.UNKNOWN_LIST, "name")
    if not _something(selector, known):
        yield refuse(c.SELECTS_NOTHING, place)
    if selector.exclude is not None:
        yield from _selector(f"{place}/exclude", selector.exclude, known)


def _something(selector: f.Selector, known: Known) -> bool:
    """Whether some goods meet all fields, as far as can be told."""
    if selector.skus:
        goods = [known.goods[sku] for sku in selector.skus if sku in known.goods]
        return any(_fits(selector, *one) for one in goods)
    if selector.products:
        views = [known.products[number] for number in selector.products if number in known.products]
        return any(_fits(selector, view.category, view.brand) and _has(view, selector) for view in views)
    together = _together(selector)
    if not together:
        return True
    found = [known.probes[probe] for probe in together]
    return any(len(views) >= PRODUCTS_LOOKED_AT or any(_has(view, selector) for view in views) for views in found)


def _fits(selector: f.Selector, category: str, brand: str) -> bool:
    below = any(category == one or category.startswith(f"{one}/") for one in selector.categories)
    return (not selector.categories or below) and (not selector.brands or brand in selector.brands)


def _has(view: ProductView, selector: f.Selector) -> bool:
    """Whether a variant of a product has all attributes."""
    wanted: Mapping[str, tuple[str, ...]] = selector.attributes
    return any(all(one.attributes.get(name) in values for name, values in wanted.items()) for one in view.variants)
