"""The keyed hashes by which a record may share a household: what is not an identifier already."""

from mainstem.domains.customers.household.addresses import address_keys
from mainstem.domains.customers.identifiers.texts import clean
from mainstem.domains.customers.matching import columns
from mainstem.domains.customers.profile.folding import CUSTOM, Folded
from mainstem.platform.vault import Vault

STATED = f"{CUSTOM}household"
"""The attribute of a source's own in which it says which household somebody is of."""

FAMILY = "family"
"""The kind of key that joins nobody: the family name, by which a dormitory is told from a family."""

_BETWEEN = "\x1f"


def keys_of(vault: Vault, source: str, folded: Folded) -> frozenset[tuple[str, bytes]]:
    """(kind, digest) of a record: a function of what was told of it, whatever came first."""
    values = folded.values()
    texts = {("address", text) for text in address_keys(values)}
    stated = clean(values.get(STATED, ""))
    if stated is not None:
        texts.add(("stated", f"{source}{_BETWEEN}{stated.casefold()}"))
    family = columns(values).get("family_name_latin", "")
    if family:
        texts.add((FAMILY, family))
    return frozenset((kind, vault.digest("customers.household", f"{kind}{_BETWEEN}{text}")) for kind, text in texts)
