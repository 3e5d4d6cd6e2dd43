"""Decides upserts of products, one after the other, against what the batch has loaded and changed so far."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from mainstem.domains.catalog.contracts import (
    BAD_GTIN,
    DUPLICATE_GTIN,
    DUPLICATE_SKU,
    NO_VARIANTS,
    UNIT_IN_USE,
    UNKNOWN_UNIT,
    ProductChanged,
    UpsertProduct,
    VariantInput,
)
from mainstem.domains.catalog.rules.texts import SHOWN_LENGTH_MAX, bad_code, bad_text, revision_conflict, too_many
from mainstem.kernel.identifiers import normal_gtin
from mainstem.kernel.quantity import UNITS
from mainstem.kernel.refusals import Refusal, refuse

VARIANTS_MAX = 1000
"""Variants that one command may name."""

GTINS_MAX = 50
"""GTINs of one variant: its packagings and its renewed ones."""

ATTRIBUTES_MAX = 100
ATTRIBUTE_NAME_LENGTH_MAX = 64
ATTRIBUTE_LENGTH_MAX = 1000


@dataclass(slots=True)
class ProductState:
    """A product as the batch sees it."""

    id: int
    external_id: str
    name: str
    brand: str
    category: str
    revision: int = 1
    changed: bool = False


@dataclass(slots=True)
class VariantState:
    """A variant as the batch sees it; `owner` is its product's external id, None of a placeholder."""

    id: int
    product: int
    owner: str | None
    sku: str
    name: str
    unit: str
    attributes: dict[str, str]
    placeholder: bool
    gtins: frozenset[str] = frozenset()
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """An accepted upsert; `change` is None when everything was so already."""

    product: int
    created: bool
    revision: int
    change: ProductChanged | None


def read_product(command: UpsertProduct) -> UpsertProduct | Refusal:
    """The command with its GTINs in 14 digits, or why it cannot be accepted whatever the catalogue holds."""
    refusal = (
        bad_code("/external_id", command.external_id)
        or bad_text("/name", command.name)
        or bad_text("/brand", command.brand)
        or bad_text("/category", command.category)
        or too_many("/variants", len(command.variants), VARIANTS_MAX)
    )
    if refusal is not None:
        return refusal
    if not command.variants:
        return refuse(NO_VARIANTS, "/variants", product=command.external_id)
    skus: set[str] = set()
    gtins: dict[str, str] = {}
    variants = []
    for number, variant in enumerate(command.variants):
        where = f"/variants/{number}"
        read = _unreadable(where, variant) or _with_gtins(where, variant, gtins)
        if isinstance(read, Refusal):
            return read
        if variant.sku in skus:
            return refuse(DUPLICATE_SKU, f"{where}/sku", sku=variant.sku, product=command.external_id)
        skus.add(variant.sku)
        variants.append(read)
    return msgspec.structs.replace(command, variants=tuple(variants)) if gtins else command


def _unreadable(where: str, variant: VariantInput) -> Refusal | None:
    refusal = bad_code(f"{where}/sku", variant.sku) or bad_text(f"{where}/name", variant.name)
    if refusal is not None:
        return refusal
    if variant.unit not in UNITS:
        shown = variant.unit[:SHOWN_LENGTH_MAX]
        return refuse(UNKNOWN_UNIT, f"{where}/unit", unit=shown, units=", ".join(UNITS))
    if not variant.attributes:
        return None
    where = f"{where}/attributes"
    refusal = too_many(where, len(variant.attributes), ATTRIBUTES_MAX)
    for name, value in variant.attributes.items():
        refusal = (
            refusal or bad_text(where, name, ATTRIBUTE_NAME_LENGTH_MAX) or bad_text(where, value, ATTRIBUTE_LENGTH_MAX)
        )
    return refusal


def _with_gtins(where: str, variant: VariantInput, seen: dict[str, str]) -> VariantInput | Refusal:
    """The variant with its GTINs in 14 digits; `seen` gathers the GTINs of the command and whose they are."""
    if not variant.gtins:
        return variant
    refusal = too_many(f"{where}/gtins", len(variant.gtins), GTINS_MAX)
    if refusal is not None:
        return refusal
    normal = []
    for number, given in enumerate(variant.gtins):
        gtin = normal_gtin(given)
        if gtin is None:
            return refuse(BAD_GTIN, f"{where}/gtins/{number}", gtin=given[:SHOWN_LENGTH_MAX])
        if gtin in seen:
            return refuse(DUPLICATE_GTIN, f"{where}/gtins/{number}", gtin=given, sku=seen[gtin])
        seen[gtin] = variant.sku
        normal.append(gtin)
    return msgspec.structs.replace(variant, gtins=tuple(normal))


@dataclass(slots=True)
class Assortment:
    """The products, variants and GTINs that a batch names, as they are after the commands decided so far.

    `gtins` tells whose SKU a GTIN is; `in_use` holds the variants the ledger counts, among those whose unit a command
    would change; `emptied` gathers the products of adopted placeholders, which nothing belongs to any more.
    """

    products: dict[str, ProductState]
    variants: dict[str, VariantState]
    gtins: dict[str, str]
    in_use: set[int] = field(default_factory=set)
    emptied: list[int] = field(default_factory=list)

    def decide(self, command: UpsertProduct, take_id: Callable[[], int]) -> Decision | Refusal:
        """Accept a command that `read_product` returned, or refuse it and change nothing."""
        return self._refusal(command) or self._apply(command, take_id)

    def unit_changes(self, commands: list[UpsertProduct]) -> set[int]:
        """Which variants the commands could count in another unit: the ledger must not know them yet.

        A placeholder is among them: once a command has adopted it, the next one finds a described variant.
        """
        wanted = ((self.variants.get(variant.sku), variant) for command in commands for variant in command.variants)
        return {known.id for known, variant in wanted if known and (known.placeholder or known.unit != variant.unit)}

    def _refusal(self, command: UpsertProduct) -> Refusal | None:
        product = self.products.get(command.external_id)
        refusal = revision_conflict(
            "product", command.external_id, command.expected_revision, 0 if product is None else product.revision
        )
        if refusal is not None:
            return refusal
        named = {variant.sku for variant in command.variants}
        for number, variant in enumerate(command.variants):
            known = self.variants.get(variant.sku)
            # Nobody described a placeholder: any product may adopt it, and its unit was only assumed.
            if known is not None and not known.placeholder:
                if known.owner != command.external_id:
                    where = f"/variants/{number}/sku"
                    return refuse(DUPLICATE_SKU, where, sku=variant.sku, product=str(known.owner))
                if known.unit != variant.unit and known.id in self.in_use:
                    return refuse(UNIT_IN_USE, f"/variants/{number}/unit", sku=variant.sku, unit=known.unit)
            for position, gtin in enumerate(variant.gtins):
                owner = self.gtins.get(gtin)
                # A GTIN may move between two variants that the same command describes.
                if owner is not None and owner not in named:
                    return refuse(DUPLICATE_GTIN, f"/variants/{number}/gtins/{position}", gtin=gtin, sku=owner)
        return None

    def _apply(self, command: UpsertProduct, take_id: Callable[[], int]) -> Decision:
        product = self.products.get(command.external_id)
        created = product is None
        if product is None:
            product = ProductState(take_id(), command.external_id, command.name, command.brand, command.category)
            self.products[command.external_id] = product
        described = command.name, command.brand, command.category
        changed = created or (product.name, product.brand, product.category) != described
        product.name, product.brand, product.category = described
        adopted = []
        for variant in command.variants:
            known = self.variants.get(variant.sku)
            touched = known is None or known.placeholder
            if known is None:
                known = self._create(variant, product, take_id())
            elif known.placeholder:
                self._adopt(known, product)
                adopted.append(variant.sku)
            touched |= self._describe(known, variant)
            known.changed |= touched
            changed |= touched
        if not changed:
            return Decision(product.id, created, product.revision, None)
        product.changed = True
        product.revision += not created
        ids = {variant.sku: self.variants[variant.sku].id for variant in command.variants}
        said = msgspec.structs.replace(command, expected_revision=msgspec.UNSET)
        return Decision(product.id, created, product.revision, ProductChanged(said, created, ids, tuple(adopted)))

    def _create(self, variant: VariantInput, product: ProductState, new_id: int) -> VariantState:
        created = VariantState(
            id=new_id,
            product=product.id,
            owner=product.external_id,
            sku=variant.sku,
            name=variant.name,
            unit=variant.unit,
            attributes=variant.attributes,
            placeholder=False,
        )
        self.variants[variant.sku] = created
        return created

    def _adopt(self, known: VariantState, product: ProductState) -> None:
        self.emptied.append(known.product)
        known.product, known.owner, known.placeholder = product.id, product.external_id, False

    def _describe(self, known: VariantState, variant: VariantInput) -> bool:
        """Take over what the command says of the variant; whether that is other than what was known."""
        described = variant.name, variant.unit, variant.attributes
        gtins = frozenset(variant.gtins)
        changed = (known.name, known.unit, known.attributes) != described or known.gtins != gtins
        known.name, known.unit, known.attributes = described
        for gone in known.gtins - gtins:
            if self.gtins.get(gone) == known.sku:
                del self.gtins[gone]
        self.gtins.update(dict.fromkeys(gtins, known.sku))
        known.gtins = gtins
        return changed
